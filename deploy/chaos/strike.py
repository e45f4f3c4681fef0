"""Strikes a part of a running stack. The supervisor, which starts it again, is never told."""

import asyncio
import contextlib
import signal
import time

import psutil

from deploy.chaos.plan import Blow
from deploy.errors import UserError
from deploy.settings import Settings
from deploy.stack import control

RETURN_SECONDS = 90.0
"""How long a part may take to come back before it can be struck again."""

_LOOK_SECONDS = 0.1


async def strike(settings: Settings, blow: Blow) -> None:
    """Strike, and return when a part that is kept away may go on. Raises UserError `stays_away` for a part
    that does not come back from an earlier blow."""
    process = await _living(settings, blow.part)
    family = _family(process)
    if blow.way == "stop":
        # What an orderly restart sends; PostgreSQL takes SIGTERM for "when all clients have gone".
        _send([process], signal.SIGINT if blow.part == "postgres" else signal.SIGTERM)
    elif blow.way == "kill":
        _send(family, signal.SIGKILL)
    if blow.seconds:
        await _keep_away(settings, blow)


async def _keep_away(settings: Settings, blow: Blow) -> None:
    """Freeze the part, and each that the supervisor starts in its place, until the time is over."""
    until = time.monotonic() + blow.seconds
    frozen: dict[int, list[psutil.Process]] = {}
    try:
        while (left := until - time.monotonic()) > 0:
            for pid in _pids(settings, blow.part) - set(frozen):
                with contextlib.suppress(psutil.NoSuchProcess):
                    frozen[pid] = _family(psutil.Process(pid))
                    _send(frozen[pid], signal.SIGSTOP)
            await asyncio.sleep(min(_LOOK_SECONDS, left))
    finally:
        for family in frozen.values():
            _send(family, signal.SIGCONT)


def _pids(settings: Settings, part: str) -> set[int]:
    state = control.look(settings)
    return {one.pid for one in state.parts if one.name == part and one.pid is not None} if state else set()


async def _living(settings: Settings, part: str) -> psutil.Process:
    """The part's process; one that is being started again is waited for."""
    give_up = time.monotonic() + RETURN_SECONDS
    while time.monotonic() < give_up:
        state = control.look(settings)
        found = next((one for one in state.parts if one.name == part), None) if state else None
        if found is not None and found.pid is not None and found.well:
            with contextlib.suppress(psutil.NoSuchProcess):
                return psutil.Process(found.pid)
        await asyncio.sleep(_LOOK_SECONDS)
    raise UserError("stays_away", f"{part} does not come back. See its log in {settings.log_dir}.")


def _family(process: psutil.Process) -> list[psutil.Process]:
    """The process before its children, so that it starts no new ones."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True)]
    return []


def _send(family: list[psutil.Process], number: signal.Signals) -> None:
    for one in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.send_signal(number)
