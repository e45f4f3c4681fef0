"""Processes that outlive whoever started them: known by pid *and* time of creation, so none is mistaken."""

import contextlib
import json
import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Self

import psutil


class Identity(NamedTuple):
    """A process that can't be confused with a later one of the same pid."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The identity of a living process; None when there is none."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.Error:
            return None

    def process(self) -> psutil.Process | None:
        """The process, if it is still the same one and not a zombie."""
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.created) < 0.01
            return found if same and found.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process() is not None


def pid_path(run_dir: Path, name: str) -> Path:
    """The pid file of a part."""
    return run_dir / f"{name}.pid"


def write_pid(run_dir: Path, name: str, identity: Identity) -> None:
    """Remember a process, so that a later command finds it though its supervisor is gone."""
    pid_path(run_dir, name).write_text(json.dumps(identity._asdict()), encoding="utf-8")


def read_pid(path: Path) -> Identity | None:
    """The remembered process; None when the file is missing or was cut short."""
    try:
        return Identity(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def forget_pid(run_dir: Path, name: str) -> None:
    """The part has ended."""
    pid_path(run_dir, name).unlink(missing_ok=True)


def remembered(run_dir: Path) -> dict[str, Identity]:
    """Every remembered process that still lives, by the name of its part."""
    found = {path.stem: read_pid(path) for path in sorted(run_dir.glob("*.pid"))}
    return {name: identity for name, identity in found.items() if identity is not None and identity.alive}


def end(identities: Iterable[Identity], *, patience: float = 20.0) -> None:
    """Ask each process to stop, wait, and kill what is left, their descendants included."""
    processes = [process for identity in identities if (process := identity.process())]
    family = {member.pid: member for process in processes for member in _with_children(process)}
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT if process.name() == "postgres" else signal.SIGTERM)
    _, left = psutil.wait_procs(list(family.values()), timeout=patience)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=5)


def clean(run_dir: Path) -> list[str]:
    """End what a killed supervisor left behind; returns the names of the parts found."""
    left = remembered(run_dir)
    # Those that use the servers go first, so that they can still say goodbye to them.
    for servers in (False, True):
        end(identity for name, identity in left.items() if (name in _SERVERS) is servers)
    for path in [*run_dir.glob("*.pid"), *run_dir.glob("*.alive")]:
        path.unlink(missing_ok=True)
    return list(left)


_SERVERS = frozenset({"postgres", "kafka", "temporal"})


def _with_children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return [process]


def kill_group(pid: int) -> None:
    """Kill a child and all of its session that has not left its process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
