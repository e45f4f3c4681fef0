"""The supervisor keeps its parts alive, ends them in order, and leaves nothing behind."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from deploy.errors import UserError
from deploy.stack import keeper, processes
from deploy.stack.parts import Condition, Health, Part
from deploy.stack.state import Phase, StackState, read_state
from deploy.stack.supervisor import Supervisor

SLEEPER = (
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGTERM, lambda *_: exit()); signal.pause()",
)


async def well() -> Health:
    return Health(Condition.OK, "here")


def part(name: str, argv: tuple[str, ...] = SLEEPER, **more: object) -> Part:
    return Part(name=name, address="nowhere", probe=well, argv=argv, probe_seconds=0.05, **more)  # type: ignore[arg-type]


async def nothing() -> None:
    """Between the groups nothing needs to be made."""


def state_of(folder: Path) -> StackState:
    state = read_state(folder)
    assert state is not None
    return state


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not true():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def supervised(folder: Path, *groups: list[Part]) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(folder, folder, groups, nothing)
    running = asyncio.create_task(supervisor.run())
    try:
        await until(lambda: (s := read_state(folder)) is not None and s.well)
        yield supervisor
    finally:
        supervisor.stop.set()
        assert await running == 0


async def test_a_killed_part_comes_back_and_the_death_is_counted(tmp_path: Path) -> None:
    async with supervised(tmp_path, [part("one")], [part("two")]):
        first = state_of(tmp_path).parts[0].pid
        assert first
        os.kill(first, signal.SIGKILL)
        await until(lambda: (row := state_of(tmp_path).parts[0]).well and row.pid != first)
        row = state_of(tmp_path).parts[0]
        assert (row.restarts, row.last_exit) == (1, "SIGKILL")
        assert row.since is not None
        assert row.ended_at is not None
        assert row.since - 15 < row.ended_at <= row.since
        assert state_of(tmp_path).parts[1].restarts == 0


async def test_after_the_stop_nothing_is_left(tmp_path: Path) -> None:
    async with supervised(tmp_path, [part("one")], [part("two")]):
        pids = [row.pid for row in state_of(tmp_path).parts]
        assert len(processes.remembered(tmp_path)) == 2
    assert state_of(tmp_path).phase is Phase.STOPPED
    assert not any(pid and psutil.pid_exists(pid) for pid in pids)
    assert list(tmp_path.glob("*.pid")) == []


async def test_a_part_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    stubborn = (
        sys.executable,
        "-c",
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)\n"
        "while True: signal.pause()",
    )
    async with supervised(tmp_path, [part("deaf", stubborn, stop_seconds=0.3)]):
        await until(lambda: "deaf" in (tmp_path / "deaf.log").read_text())
        pid = state_of(tmp_path).parts[0].pid
    assert pid is not None
    assert not psutil.pid_exists(pid)


async def test_a_silent_part_is_killed_and_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "WEDGED_SECONDS", 0.3)
    silent = False

    async def probe() -> Health:
        return Health(Condition.SILENT if silent else Condition.OK, "")

    wedged = Part(name="one", address="", probe=probe, argv=SLEEPER, probe_seconds=0.05)
    async with supervised(tmp_path, [wedged]):
        silent = True
        await until(lambda: state_of(tmp_path).parts[0].last_exit == "SIGKILL")
        silent = False
        await until(lambda: state_of(tmp_path).well)


async def test_a_part_that_calls_itself_unwell_is_shown_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "WEDGED_SECONDS", 0.2)
    condition = Condition.OK

    async def probe() -> Health:
        return Health(condition, "")

    unwell = Part(name="one", address="", probe=probe, argv=SLEEPER, probe_seconds=0.05)
    async with supervised(tmp_path, [unwell]):
        condition = Condition.DEGRADED
        await until(lambda: state_of(tmp_path).parts[0].state == "degraded")
        await asyncio.sleep(0.5)  # longer than a silent one would be left alive
        assert state_of(tmp_path).parts[0].restarts == 0


async def test_a_part_that_just_begins_is_starting_and_not_degraded_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "START_SECONDS", 0.5)
    condition = Condition.OK
    seen: list[tuple[str, str]] = []

    async def probe() -> Health:
        if row := read_state(tmp_path):
            seen.append((row.parts[0].state, row.parts[0].detail))
        return Health(condition, "so")

    slow = Part(name="one", address="", probe=probe, argv=SLEEPER, probe_seconds=0.05)
    async with supervised(tmp_path, [slow]):
        condition = Condition.DEGRADED
        await until(lambda: state_of(tmp_path).parts[0].state == "degraded")  # it was well before
        first = state_of(tmp_path).parts[0].pid
        assert first
        os.kill(first, signal.SIGKILL)
        await until(lambda: state_of(tmp_path).parts[0].restarts > 0)
        seen.clear()
        await until(lambda: state_of(tmp_path).parts[0].state == "degraded")
    assert ("starting", "so") in seen


async def test_an_end_is_logged_with_what_the_part_said_last(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said = (
        sys.executable,
        "-c",
        "print('no disk', flush=True); import time; time.sleep(0.5); raise SystemExit(3)",
    )
    async with supervised(tmp_path, [part("one", said)]):
        await until(lambda: state_of(tmp_path).parts[0].restarts > 0)
    [first, *_] = [one for one in caplog.records if one.message == "ended, is started again"]
    assert (vars(first)["part"], vars(first)["status"], vars(first)["last_words"]) == (
        "one",
        "exit 3",
        "no disk",
    )


async def test_a_part_that_keeps_dying_fails_the_start_with_its_last_words(tmp_path: Path) -> None:
    async def never() -> Health:
        return Health(Condition.SILENT, "")

    broken = Part(
        name="one", address="", probe=never, argv=(sys.executable, "-c", "raise SystemExit('no such thing')")
    )
    supervisor = Supervisor(tmp_path, tmp_path, [[broken]], nothing)
    assert await supervisor.run() == 2
    assert state_of(tmp_path).phase is Phase.FAILED
    assert "no such thing" in state_of(tmp_path).message


async def test_what_can_not_be_made_stops_everything_again(tmp_path: Path) -> None:
    async def refused() -> None:
        raise UserError("migration_changed", "A file has changed. Restore it.")

    supervisor = Supervisor(tmp_path, tmp_path, [[part("one")], [part("two")]], refused)
    assert await supervisor.run() == 2
    state = state_of(tmp_path)
    assert (state.code, state.message) == ("migration_changed", "A file has changed. Restore it.")
    assert [row.state for row in state.parts] == ["stopped", "stopped"]


async def test_it_ends_when_its_owner_is_gone(tmp_path: Path) -> None:
    gone = processes.Identity(os.getpid(), 0.0)  # this pid, but of a process long ago
    supervisor = Supervisor(tmp_path, tmp_path, [[part("one")]], nothing, owner=gone)
    async with asyncio.timeout(15):
        assert await supervisor.run() == 0
