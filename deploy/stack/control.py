"""Starting and stopping the whole stack, and looking at it, from any other process."""

import contextlib
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from deploy.errors import UserError
from deploy.profiles.loader import load_profile
from deploy.secrets import admit
from deploy.settings import Settings, for_local_stack, save_settings, settings_from_file
from deploy.stack import assemble, ports, processes
from deploy.stack.state import Phase, StackState, read_state, state_path

START_SECONDS = 180.0
STOP_SECONDS = 90.0
_LOOK_SECONDS = 0.1

Watcher = Callable[[StackState], None]


def look(settings: Settings) -> StackState | None:
    """The state of the running stack; None when no supervisor lives."""
    state = read_state(settings.run_dir)
    return state if state and state.supervisor.alive else None


def running_settings(settings: Settings) -> Settings:
    """What the running stack of this data folder was started with; the given ones when none runs."""
    path = settings.run_dir / assemble.SETTINGS_FILE
    return settings_from_file(path) if look(settings) and path.exists() else settings


def start(settings: Settings, watch: Watcher | None = None, *, own: bool = False) -> tuple[StackState, bool]:
    """Start the stack and wait until every part is well; returns its state and whether this call started it.

    `own` ties it to this process: it stops when this process ends, however that ends. Raises `UserError`
    when a port is taken, a server can't start (then nothing stays), or a part is not well in time.
    """
    settings = for_local_stack(settings)
    _make_folders(settings)
    with _one_at_a_time(settings):
        if state := look(settings):
            return _wait(settings, state.supervisor, watch), False
        processes.clean(settings.run_dir)
        _check(settings)
        supervisor = _spawn(settings, own=own)
        try:
            return _wait(settings, supervisor, watch), True
        except BaseException as error:
            # Started by `up`, a stack of which one part is not well stays for a person to look at.
            if own or not isinstance(error, UserError):
                stop(settings)
            raise


def stop(settings: Settings, watch: Watcher | None = None) -> list[str]:
    """Stop everything and wait until nothing is left; returns the names of the parts that ran."""
    state = look(settings)
    if state:
        names = [part.name for part in state.parts if part.pid]
        _end_supervisor(settings, state.supervisor, watch)
        return names + processes.clean(settings.run_dir)
    return [name for name in processes.clean(settings.run_dir) if name != "supervisor"]


def _end_supervisor(settings: Settings, supervisor: processes.Identity, watch: Watcher | None) -> None:
    process = supervisor.process()
    if process is None:
        return
    process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    while supervisor.alive and time.monotonic() < deadline:
        state = read_state(settings.run_dir)
        if watch and state:
            watch(state)
        time.sleep(_LOOK_SECONDS)
    if supervisor.alive:
        process.kill()
    with contextlib.suppress(ChildProcessError):  # if it was started by this very process, leave no zombie
        os.waitpid(supervisor.pid, os.WNOHANG)


def _make_folders(settings: Settings) -> None:
    """A folder that another user made (root, say) is told at once and not by a server's log."""
    try:
        for folder in (settings.data_dir, settings.run_dir, settings.log_dir):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            "data_dir", f"Can't make {settings.data_dir}: {error.strerror}. Set MINGDIAN_DATA_DIR."
        ) from None
    for folder in (settings.data_dir, settings.run_dir, settings.log_dir):
        if not os.access(folder, os.W_OK | os.X_OK):
            raise UserError(
                "data_dir",
                f"{folder} belongs to another user. Run as that user, or remove {settings.data_dir}.",
            )


@contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[None]:
    with (settings.run_dir / "up.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _check(settings: Settings) -> None:
    """What can be refused before anything is started."""
    parts = (*assemble.servers(settings), *assemble.platform(settings))
    ports.require_free(listener for part in parts for listener in part.listens)
    policies = [load_profile(folder) for folder in settings.profiles]
    sources = [feed.upstream for policy in policies for feed in policy.feeds]
    admit(settings, [*sources, *(one for policy in policies for one in policy.personnel)])
    state_path(settings.run_dir).unlink(missing_ok=True)
    save_settings(settings, settings.run_dir / assemble.SETTINGS_FILE)


def _spawn(settings: Settings, *, own: bool) -> processes.Identity:
    me = processes.Identity.of(os.getpid())
    owner = [str(me.pid), repr(me.created)] if own and me else []
    with (settings.log_dir / "supervisor.log").open("ab") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "deploy.stack.supervisor",
                str(settings.run_dir / assemble.SETTINGS_FILE),
                *owner,
            ],
            cwd=settings.root,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    identity = processes.Identity.of(process.pid)
    if identity is None:
        raise UserError(
            "supervisor", f"The supervisor ended at once. See {settings.log_dir / 'supervisor.log'}."
        )
    process.returncode = 0  # it outlives us: the object must not complain that nobody waited for it
    return identity


def _wait(settings: Settings, supervisor: processes.Identity, watch: Watcher | None) -> StackState:
    deadline = time.monotonic() + START_SECONDS
    state = None
    while time.monotonic() < deadline:
        alive = supervisor.alive
        found = read_state(settings.run_dir)
        state = found if found and found.supervisor.pid == supervisor.pid else state
        if state and watch:
            watch(state)
        if state and state.well:
            return state
        if not alive:
            raise _ended(settings, state)
        if state and state.phase is Phase.RUNNING and any(part.hopeless for part in state.parts):
            break
        time.sleep(_LOOK_SECONDS)
    raise _not_well(settings, state)


def _ended(settings: Settings, state: StackState | None) -> UserError:
    """The supervisor gave up; a server's fault it has told, its own is in its log."""
    if state and state.message:
        return UserError(state.code, state.message)
    return UserError("supervisor", f"The supervisor ended. See {settings.log_dir / 'supervisor.log'}.")


def _not_well(settings: Settings, state: StackState | None) -> UserError:
    troubled = state.troubled() if state else []
    told = "; ".join(f"{part.name} is {part.state} ({part.last_words or part.detail})" for part in troubled)
    return UserError(
        "not_well", f"Not all is well: {told or 'no answer'}. See the logs in {settings.log_dir}."
    )
