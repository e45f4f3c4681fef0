"""A stack for as long as a block of code lasts: what the demo and the tests stand on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from deploy.secrets import Secrets, load_secrets
from deploy.settings import Settings
from deploy.stack import assemble, control
from deploy.stack.progress import silent
from deploy.stack.state import StackState


@dataclass(frozen=True)
class Stack:
    """A running stack. `settings` are those it runs on: others than asked for, if it was up before."""

    settings: Settings
    secrets: Secrets
    state: StackState
    started_here: bool


@contextmanager
def running_stack(settings: Settings, watch: control.Watcher | None = None) -> Iterator[Stack]:
    """Start the stack, or join the one that runs in this data folder; at the end stop what was started here.

    It ends with this process even when that is killed. Raises `UserError` as `control.start` does.
    """
    for prepare in assemble.preparations(settings).values():
        prepare(silent)
    state, started = control.start(settings, watch, own=True)
    used = control.running_settings(settings)
    try:
        yield Stack(settings=used, secrets=load_secrets(used), state=state, started_here=started)
    finally:
        if started:
            control.stop(used)
