"""What the stack is made of: a part is a program to run, or somebody else's server to look at."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from signal import SIGTERM, Signals
from typing import NamedTuple


class Condition(StrEnum):
    """What a probe finds."""

    OK = "ok"
    DEGRADED = "degraded"
    """It answers, and says itself that it can't do its work: shown, not restarted."""
    SILENT = "silent"
    """It does not answer: restarted when that lasts."""


class Health(NamedTuple):
    """A probe's answer, with a few words for people."""

    condition: Condition
    detail: str


Probe = Callable[[], Awaitable[Health]]


class Listener(NamedTuple):
    """An address that a part listens on, and the setting that decides it."""

    host: str
    port: int
    setting: str


@dataclass(frozen=True)
class Part:
    """One server or process of the stack. An empty `argv` means that it is not ours to start or stop."""

    name: str
    address: str
    probe: Probe
    argv: tuple[str, ...] = ()
    cwd: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    listens: tuple[Listener, ...] = ()
    before: Callable[[], None] | None = None
    """Called before every start, a restart included; blocking."""
    stop_signal: Signals = SIGTERM
    stop_seconds: float = 30.0
    probe_seconds: float = 2.0

    @property
    def ours(self) -> bool:
        """Whether this stack starts and stops it."""
        return bool(self.argv)
