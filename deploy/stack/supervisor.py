"""The supervisor: `python -m deploy.stack.supervisor SETTINGS_FILE [OWNER_PID OWNER_CREATED]`.

It starts the servers, has everything in them made, starts the platform, keeps all of it alive, and stops it
in reverse order when asked to, or when the process that owns it is gone.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from deploy import logs
from deploy.errors import UserError
from deploy.settings import Settings, settings_from_file
from deploy.stack import assemble, ports, processes, setup
from deploy.stack.keeper import START_SECONDS, Keeper
from deploy.stack.parts import Part
from deploy.stack.rotate import rotate_all
from deploy.stack.state import Phase, StackState, write_state

NAME = "supervisor"
_TICK = 1.0
_FOREIGN_SECONDS = 20.0
"""How long a server that the settings name may take to answer: it should be running already."""

_log = logging.getLogger("deploy.stack.supervisor")  # run as a program, `__name__` says nothing


class Supervisor:
    """Groups of parts, started one group after the other and stopped the other way round.

    `between` is awaited after the first group is well and before the second starts.
    """

    def __init__(
        self,
        run_dir: Path,
        log_dir: Path,
        groups: Iterable[Iterable[Part]],
        between: Callable[[], Awaitable[None]],
        owner: processes.Identity | None = None,
    ) -> None:
        me = processes.Identity.of(os.getpid())
        assert me is not None
        self._run_dir, self._log_dir = run_dir, log_dir
        self._between, self._owner = between, owner
        self._groups = [[Keeper(part, run_dir, log_dir, self._save) for part in group] for group in groups]
        self._state = StackState(
            supervisor=me, parts=[keeper.state for group in self._groups for keeper in group]
        )
        # A pydantic model copies the list it is given, not the rows: they stay the keepers' own.
        self.stop = asyncio.Event()

    async def run(self) -> int:
        """Until `stop` is set; returns the exit status."""
        ticking = asyncio.create_task(self._tick())
        starting = asyncio.create_task(self._start_all())
        asked = asyncio.create_task(self.stop.wait())
        status = 0
        try:
            await asyncio.wait({starting, asked}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await asked
        except UserError as error:
            _log.error(error.message, extra={"code": error.code})
            self._state.code, self._state.message, status = error.code, error.message, 2
        except Exception as error:
            _log.exception("broken")
            self._state.code = "broken"
            self._state.message = f"{logs.describe(error)}. See {self._log_dir / 'supervisor.log'}."
            status = 1
        finally:
            starting.cancel()
            await self._stop_all(failed=bool(status))
            ticking.cancel()
            asked.cancel()
        return status

    async def _start_all(self) -> None:
        # Nobody listened when `up` looked. Another stack started in the same moment has seen the same.
        ports.keep_all(one for group in self._groups for keeper in group for one in keeper.part.listens)
        for number, group in enumerate(self._groups):
            if number == 1:
                await self._between()
            for keeper in group:
                keeper.begin()
            if number == 0:
                await asyncio.gather(*(self._ready(keeper) for keeper in group))
        self._state.phase = Phase.RUNNING
        self._save()
        _log.info("all started")

    async def _ready(self, keeper: Keeper) -> None:
        clock = asyncio.get_running_loop()
        deadline = clock.time() + (START_SECONDS if keeper.part.ours else _FOREIGN_SECONDS)
        while not keeper.state.hopeless and clock.time() < deadline:
            if keeper.failure:
                raise keeper.failure
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(keeper.ready.wait(), _TICK / 2)
                return
        name, detail = keeper.part.name, keeper.state.detail
        hint = (
            f"See {self._log_dir / f'{name}.log'}"
            if keeper.part.ours
            else f"Check the server at {keeper.part.address}"
        )
        raise UserError("not_well", f"{name} does not start ({detail}). {hint}.")

    async def _stop_all(self, *, failed: bool) -> None:
        self._state.phase = Phase.STOPPING
        self._save()
        for group in reversed(self._groups):
            await asyncio.gather(*(keeper.stop() for keeper in group))
        self._state.phase = Phase.FAILED if failed else Phase.STOPPED
        self._save()
        _log.info("all stopped")

    async def _tick(self) -> None:
        """Show that we live, cut long logs, and end when whoever owns us has ended."""
        while True:
            self._save()
            await asyncio.to_thread(rotate_all, self._log_dir)
            if self._owner and not self._owner.alive:
                _log.info("the owner is gone")
                self.stop.set()
            await asyncio.sleep(_TICK)

    def _save(self) -> None:
        write_state(self._run_dir, self._state)


def main(arguments: list[str]) -> int:
    """Supervise until told to stop. At most one per data folder; a second one ends at once."""
    settings = settings_from_file(Path(arguments[0]))
    owner = processes.Identity(int(arguments[1]), float(arguments[2])) if len(arguments) > 2 else None
    logs.configure(NAME, settings.log_level)
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # its probes tell us what it would say
    with (settings.run_dir / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.error("another supervisor keeps this stack")
            return 1
        me = processes.Identity.of(os.getpid())
        assert me is not None
        processes.write_pid(settings.run_dir, NAME, me)
        try:
            return asyncio.run(_supervise(settings, owner))
        finally:
            processes.forget_pid(settings.run_dir, NAME)


async def _supervise(settings: Settings, owner: processes.Identity | None) -> int:
    async def make_everything() -> None:
        await setup.ensure(settings)

    groups = assemble.servers(settings), assemble.platform(settings)
    supervisor = Supervisor(settings.run_dir, settings.log_dir, groups, make_everything, owner)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, supervisor.stop.set)
    return await supervisor.run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
