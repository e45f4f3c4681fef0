"""Two stacks never get the same port, though neither listens on it yet."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from deploy.errors import UserError
from deploy.settings import load_settings
from deploy.stack import claims
from deploy.stack.claims import POOL, free_ports, keep
from deploy.stack.parts import Listener
from deploy.stack.ports import keep_all, private
from deploy.stack.state import Phase, read_state
from deploy.stack.supervisor import Supervisor
from tests.unit.deploy.test_supervisor import nothing, part

CHOOSER = """
import sys
from deploy.stack.claims import free_ports
print("ready", flush=True)
sys.stdin.readline()
print(*free_ports(150, range(20_000, 20_600)), flush=True)
sys.stdin.readline()
"""
KEEPER = """
import sys
from deploy.stack.claims import keep
print(keep(int(sys.argv[1])), flush=True)
sys.stdin.readline()
"""


@contextmanager
def program(text: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Another process, until the block ends; it has said its first line."""
    command = [sys.executable, "-c", text, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one:
        try:
            assert one.stdout is not None
            assert one.stdout.readline().strip() in {"ready", "True"}
            yield one
        finally:
            one.kill()


def go_on(one: subprocess.Popen[str]) -> None:
    assert one.stdin is not None
    one.stdin.write("\n")
    one.stdin.flush()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The processes of a test share their claims with no others, and this one begins with none."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(claims, "_mine", set())
    with claims.open_file() as file:
        monkeypatch.setattr(claims, "_file", file)
        yield


def test_processes_that_choose_at_once_never_choose_the_same_port() -> None:
    with ExitStack() as running:
        choosers = [running.enter_context(program(CHOOSER)) for _ in range(3)]
        for one in choosers:
            go_on(one)
        chosen = [port for one in choosers if one.stdout for port in one.stdout.readline().split()]
    assert len(chosen) == 450
    assert len(set(chosen)) == 450


def test_threads_that_choose_at_once_never_choose_the_same_port() -> None:
    with ThreadPoolExecutor(4) as pool:
        chosen = [port for found in pool.map(lambda _: free_ports(100), range(4)) for port in found]
    assert len(set(chosen)) == 400


def test_what_somebody_listens_on_is_not_chosen_and_what_is_chosen_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match="No port is left"):
            free_ports(1, [port])
    [free] = free_ports(1)
    assert free in POOL
    socket.create_server(("127.0.0.1", free)).close()


def test_a_stack_of_its_own_has_ports_of_its_own(tmp_path: Path) -> None:
    settings = [private(load_settings(), tmp_path / name) for name in "ab"]
    ports = {value for one in settings for name, value in one.model_dump().items() if name.endswith("_port")}
    assert len(ports) == 12


async def test_a_stack_does_not_start_on_a_port_that_another_keeps_and_does_when_that_has_ended(
    tmp_path: Path,
) -> None:
    [port] = free_ports(1)  # for whomever: to keep one is the stack's own affair
    listener = Listener("127.0.0.1", port, "kafka_port")
    with program(KEEPER, str(port)):
        supervisor = Supervisor(tmp_path, tmp_path, [[part("one", listens=(listener,))]], nothing)
        async with asyncio.timeout(15):
            assert await supervisor.run() == 2
    state = read_state(tmp_path)
    assert state is not None
    assert (state.phase, state.code, state.parts[0].restarts) == (Phase.FAILED, "port_in_use", 0)
    assert f"Port {port} belongs to another stack" in state.message
    assert "MINGDIAN_KAFKA_PORT" in state.message
    keep_all([listener])
    assert not keep(port)
