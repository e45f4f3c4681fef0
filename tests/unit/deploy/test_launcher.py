"""The launcher makes an environment only when there is none, or another is wanted.

A stand-in for Python notes what it is asked to do: the shell script itself is the real one.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.settings import ROOT

STAND_IN = """#!/bin/sh
# Notes every call; makes an "environment" that is itself; fails to install when told to.
case "$*" in
    "-m venv"*)
        for last; do :; done
        mkdir -p "$last/bin"
        cp "$0" "$last/bin/python"
        echo venv >>"$CALLS" ;;
    *"-m pip install"*) echo install >>"$CALLS"; [ ! -e "$CALLS.fail" ] ;;
    *"-m deploy"*) echo "deploy: $*" ;;
    --version) echo "Python 3.99" ;;
esac
"""


class Checkout:
    """A folder with the launcher in it and a stand-in for Python on the path."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a folder" / "mingdian"
        self.calls = folder / "calls"
        tools = folder / "tools"
        for made in (self.root, tools):
            made.mkdir(parents=True)
        for name in ("mingdian", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, self.root / name)
        (tools / "python3").write_text(STAND_IN)
        (tools / "python3").chmod(0o755)
        self.env = {"PATH": f"{tools}:/usr/bin:/bin", "CALLS": str(self.calls)}

    def run(self, *arguments: str, launcher: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = [str(launcher or self.root / "mingdian"), *arguments]
        return subprocess.run(
            command, env=self.env, cwd="/", capture_output=True, text=True, check=False, timeout=60
        )

    def asked(self) -> list[str]:
        """What was made since the last time this was asked."""
        found = self.calls.read_text().split() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return found


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_first_use_installs_and_the_second_starts_at_once(checkout: Checkout) -> None:
    first = checkout.run("find", "--step", "a b")
    assert first.stdout == "deploy: -P -m deploy find --step a b\n"
    assert checkout.asked() == ["venv", "install"]
    second = checkout.run("status")
    assert (second.stdout, second.stderr) == ("deploy: -P -m deploy status\n", "")
    assert checkout.asked() == []


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_changed_dependencies_are_installed_into_the_same_environment(checkout: Checkout, name: str) -> None:
    checkout.run()
    checkout.asked()
    with (checkout.root / name).open("a") as file:
        file.write("# changed\n")
    checkout.run()
    assert checkout.asked() == ["install"]


def test_a_moved_checkout_gets_an_environment_of_its_own(checkout: Checkout) -> None:
    checkout.run()
    checkout.asked()
    checkout.root = checkout.root.rename(checkout.root.with_name("elsewhere"))
    checkout.run()
    assert checkout.asked() == ["venv", "install"]


def test_a_failed_install_is_not_taken_for_done(checkout: Checkout) -> None:
    fail = Path(f"{checkout.calls}.fail")
    fail.touch()
    assert checkout.run().returncode == 2
    fail.unlink()
    checkout.asked()
    again = checkout.run("up")
    assert (again.returncode, again.stdout) == (0, "deploy: -P -m deploy up\n")
    assert checkout.asked() == ["install"]


def test_it_works_through_a_link(checkout: Checkout, tmp_path: Path) -> None:
    link = tmp_path / "md"
    link.symlink_to(os.path.relpath(checkout.root / "mingdian", tmp_path))
    assert checkout.run("up", launcher=link).returncode == 0
    assert (checkout.root / ".venv" / "mingdian.stamp").exists()


def test_a_linked_environment_of_another_folder_is_left_alone(checkout: Checkout, tmp_path: Path) -> None:
    checkout.run()
    checkout.asked()
    mine = tmp_path / "clone"
    shutil.copytree(checkout.root, mine, ignore=shutil.ignore_patterns(".venv"))
    (mine / ".venv").symlink_to(checkout.root / ".venv")
    refused = checkout.run("up", launcher=mine / "mingdian")
    assert refused.returncode == 2
    assert "is a link" in refused.stderr
    assert checkout.asked() == []
    assert checkout.run("up").stderr == ""  # whole, and not to be made anew


def test_the_lock_of_a_killed_install_is_taken_over(checkout: Checkout) -> None:
    with subprocess.Popen(["/bin/true"]) as gone:
        pass
    lock = checkout.root / ".venv.lock"
    lock.mkdir()
    (lock / "pid").write_text(f"{gone.pid}\n")
    assert checkout.run("up").returncode == 0
    assert not lock.exists()


def test_two_first_uses_at_once_install_once(checkout: Checkout) -> None:
    command = [str(checkout.root / "mingdian"), "up"]
    both = [
        subprocess.Popen(command, env=checkout.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in "ab"
    ]
    for one in both:
        assert one.communicate(timeout=60)[0] == b"deploy: -P -m deploy up\n"
    assert checkout.asked() == ["venv", "install"]


def test_without_a_python_it_says_what_is_needed(checkout: Checkout, tmp_path: Path) -> None:
    tools = tmp_path / "bare"
    tools.mkdir()
    for name in ("sh", "dirname", "readlink", "cat", "cksum", "mkdir", "rm", "sleep"):
        (tools / name).symlink_to(shutil.which(name) or name)
    checkout.env["PATH"] = str(tools)
    done = checkout.run()
    assert done.returncode == 2
    assert "Python 3.11" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
