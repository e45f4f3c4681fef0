"""Keeps one part alive: starts it, watches it, starts it again."""

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from deploy import logs
from deploy.errors import UserError
from deploy.settings import PREFIX
from deploy.stack import processes
from deploy.stack.parts import Condition, Part
from deploy.stack.state import PartState

FIRST_DELAY = 0.5
LONGEST_DELAY = 10.0
STEADY_SECONDS = 60.0
"""A part that ran this long before it died is started again without delay."""
WEDGED_SECONDS = 60.0
"""A part that has not answered for this long is killed and started again."""
START_SECONDS = 120.0
"""As before, for one that has not answered since its start."""
_EAGER_SECONDS = 0.25
_FOREIGN = ("PG", "TEMPORAL_", "KAFKA_", PREFIX)

_log = logging.getLogger(__name__)


class Keeper:
    """One part and what is known of it. `state` is for reading; `changed` is called when it is another."""

    def __init__(self, part: Part, run_dir: Path, log_dir: Path, changed: Callable[[], None]) -> None:
        self.part = part
        self.state = PartState(name=part.name, address=part.address)
        self.ready = asyncio.Event()
        self.failure: UserError | None = None
        self._run_dir = run_dir
        self._log_path = log_dir / f"{part.name}.log"
        self._changed = changed
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start it, and keep it until `stop`."""
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Ask it to stop, wait as long as it may take, kill what is left of it."""
        self._stopping.set()
        if self._task is not None:
            await self._task
        self.state.pid = None
        self._tell("stopped")

    async def _keep(self) -> None:
        if not self.part.ours:  # somebody else's server is only looked at
            await self._watch(None)
            return
        delay = FIRST_DELAY
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                await self._run_once()
            except UserError as error:
                self.failure = error
                self._tell("failed", error.message)
            except OSError as error:
                self._tell("failed", f"can't be started: {error.strerror}")
            if time.monotonic() - began > STEADY_SECONDS:
                delay = FIRST_DELAY
            if not await self._stopped_within(delay):
                delay = min(delay * 2, LONGEST_DELAY)
                self.state.restarts += 1

    async def _run_once(self) -> None:
        """From start to end, whoever ends it."""
        if self.part.before:
            await asyncio.to_thread(self.part.before)
        process = await self._start()
        watching = asyncio.create_task(self._watch(process))
        stopping = asyncio.create_task(self._stopping.wait())
        ending = asyncio.create_task(process.wait())
        try:
            await asyncio.wait({stopping, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():
                await self._end(process, ending)
        finally:
            for task in (watching, stopping):
                task.cancel()
        processes.kill_group(process.pid)  # helpers that it left behind
        processes.forget_pid(self._run_dir, self.part.name)
        self.state.pid = None
        if not self._stopping.is_set():
            self._note_death(ending.result())

    async def _start(self) -> asyncio.subprocess.Process:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        # Appended to, so that the file can be cut while the part goes on writing.
        with self._log_path.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *self.part.argv,
                cwd=self.part.cwd,
                env={**inherited, "PYTHONUNBUFFERED": "1", **self.part.env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A session of its own: Ctrl-C must not reach the parts, which are stopped in order.
                start_new_session=True,
            )
        identity = processes.Identity.of(process.pid)
        if identity:
            processes.write_pid(self._run_dir, self.part.name, identity)
        self.state.pid, self.state.since = process.pid, time.time()
        self._tell("starting")
        _log.info("started", extra={"part": self.part.name, "pid": process.pid})
        return process

    async def _end(self, process: asyncio.subprocess.Process, ending: asyncio.Task[int]) -> None:
        self._tell("stopping")
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(self.part.stop_signal)
        await asyncio.wait({ending}, timeout=self.part.stop_seconds)
        if not ending.done():
            _log.warning("did not stop in time, killed", extra={"part": self.part.name})
            processes.kill_group(process.pid)
            await ending

    def _note_death(self, status: int) -> None:
        self.state.last_exit, self.state.ended_at = _words(status), time.time()
        self.state.last_words = self._last_line()
        self._tell("restarting", f"ended ({self.state.last_exit}): {self.state.last_words}")
        told = {"part": self.part.name, "status": self.state.last_exit, "last_words": self.state.last_words}
        _log.warning("ended, is started again", extra=told)

    async def _watch(self, process: asyncio.subprocess.Process | None) -> None:
        """Probe for ever; kill the process when it has been silent too long."""
        answered, well, began = False, False, time.monotonic()
        last_answer = began
        while not self._stopping.is_set():
            found = await self.part.probe()
            if process is not None and process.returncode is not None:
                return
            if found.condition is not Condition.SILENT:
                answered, last_answer = True, time.monotonic()
            if found.condition is Condition.OK:
                well = self.state.was_well = True
                self.ready.set()
            starting = process is not None and not answered
            # What is just beginning can't do its work yet, and that is no trouble: not for the first while.
            beginning = process is not None and not well and time.monotonic() - began < START_SECONDS
            shown = found.condition.value
            if starting or (beginning and found.condition is Condition.DEGRADED):
                shown = "starting"
            self._tell(shown, found.detail)
            patience = START_SECONDS if starting else WEDGED_SECONDS
            if process is not None and time.monotonic() - last_answer > patience:
                _log.error("silent too long, killed", extra={"part": self.part.name, "detail": found.detail})
                processes.kill_group(process.pid)
                return
            await self._stopped_within(_EAGER_SECONDS if not self.state.well else self.part.probe_seconds)

    def _tell(self, state: str, detail: str = "") -> None:
        if (state, detail) != (self.state.state, self.state.detail):
            if state != self.state.state and state in {Condition.OK, Condition.DEGRADED, Condition.SILENT}:
                _log.info("is %s", state, extra={"part": self.part.name, "detail": detail})
            self.state.state, self.state.detail = state, detail
            self._changed()

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _last_line(self) -> str:
        """What it said last, from the end of its log."""
        with self._log_path.open("rb") as log:
            log.seek(max(0, self._log_path.stat().st_size - 2000))
            lines = log.read().decode("utf-8", "replace").strip().splitlines()
        return logs.message_of(lines[-1])[-300:] if lines else "it said nothing"


def _words(status: int) -> str:
    """`exit 1`, or `SIGKILL`."""
    return f"exit {status}" if status >= 0 else signal.Signals(-status).name
