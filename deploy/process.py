"""One of the platform's processes: `python -m deploy.process NAME [SETTINGS_FILE]`.

The work itself is `deploy.processes.NAME.run(settings, stop, beat)`. This page gives it settings, a log,
traces, a heartbeat, and an orderly end.
"""

import asyncio
import importlib
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from pathlib import Path

from deploy import heartbeat, logs, telemetry
from deploy.errors import UserError
from deploy.settings import Settings, load_settings, settings_from_file

NAMES = ("intake", "worker", "projector", "notify", "web")
GRACE_SECONDS = 20.0
"""How long a process may take to finish what it is doing once asked to stop."""

Beater = Callable[[bool, str], None]
Run = Callable[[Settings, asyncio.Event, Beater], Awaitable[None]]

_log = logging.getLogger("deploy.process")  # run as a program, `__name__` says nothing


class Pulse:
    """Writes the heartbeat from the event loop itself: when the loop is stuck, the file goes stale."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ok = False
        self._detail = "starting"

    def beat(self, ok: bool, detail: str) -> None:
        """Say how the work goes; a change is written at once."""
        changed = ok != self._ok
        self._ok, self._detail = ok, detail
        if changed:
            heartbeat.write(self._path, ok, detail)

    async def keep(self) -> None:
        """Write for as long as the process lives."""
        while True:
            heartbeat.write(self._path, self._ok, self._detail)
            await asyncio.sleep(heartbeat.EVERY_SECONDS)


def main(arguments: list[str]) -> int:
    """Run one process; returns its exit status: 0 asked to stop, 1 broken, 2 could not run."""
    name, *rest = arguments
    settings = settings_from_file(Path(rest[0])) if rest else load_settings()
    logs.configure(name, settings.log_level)
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    end_traces = telemetry.configure(name, settings.traces)
    try:
        return asyncio.run(_supervised(name, _find(name), settings))
    except UserError as error:
        _log.error(error.message, extra={"code": error.code})
        return 2
    except Exception:
        _log.exception("ended by an error")
        return 1
    finally:
        end_traces()
        heartbeat.alive_path(settings.run_dir, name).unlink(missing_ok=True)


def _find(name: str) -> Run:
    """The process's `run`, or a clear word that this installation has no such process."""
    if (
        name not in NAMES
        or find_spec("deploy.processes") is None
        or find_spec(f"deploy.processes.{name}") is None
    ):
        raise UserError("no_process", f"There is no process {name}. It is one of: {', '.join(NAMES)}.")
    run: Run = importlib.import_module(f"deploy.processes.{name}").run
    return run


async def _supervised(name: str, run: Run, settings: Settings) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    pulse = Pulse(heartbeat.alive_path(settings.run_dir, name))
    keeping = asyncio.create_task(pulse.keep())
    work = asyncio.ensure_future(run(settings, stop, pulse.beat))
    asked = asyncio.create_task(stop.wait())
    _log.info("started")
    try:
        await asyncio.wait({work, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            await asyncio.wait({work}, timeout=GRACE_SECONDS)
        if not work.done():
            _log.warning("still busy after %s s, cancelled", GRACE_SECONDS)
            work.cancel()
            await asyncio.wait({work})
        if not work.cancelled():
            work.result()
        if not stop.is_set():
            _log.error("ended though nobody asked it to")
            return 1
    finally:
        asked.cancel()
        keeping.cancel()
    _log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
