"""What the supervisor tells everybody else: `<run_dir>/state.json`, replaced whole at every change."""

import json
import time
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deploy.stack.processes import Identity

_DEATHS = 3


class Phase(StrEnum):
    """Where the stack as a whole stands."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    FAILED = "failed"
    STOPPED = "stopped"


class PartState(BaseModel):
    """One row of `status`. Times are seconds since the epoch; no `pid` if not ours or not running."""

    model_config = ConfigDict(extra="forbid")

    name: str
    address: str
    state: str = "waiting"
    pid: int | None = None
    since: float | None = None
    restarts: int = 0
    was_well: bool = False
    last_exit: str | None = None
    ended_at: float | None = None
    last_words: str = ""
    detail: str = ""

    @property
    def well(self) -> bool:
        """Whether it runs and answers."""
        return self.state == "ok"

    @property
    def hopeless(self) -> bool:
        """Whether it keeps dying and was never well: waiting longer would not help."""
        return not self.was_well and self.restarts >= _DEATHS


class StackState(BaseModel):
    """The whole stack; `supervisor` is the process that wrote this."""

    model_config = ConfigDict(extra="forbid")

    supervisor: Identity
    phase: Phase = Phase.STARTING
    code: str = ""
    message: str = ""
    at: float = Field(default_factory=time.time)
    parts: list[PartState] = Field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether every part runs and answers."""
        return self.phase is Phase.RUNNING and all(part.well for part in self.parts)

    def troubled(self) -> list[PartState]:
        """The parts that are not well."""
        return [part for part in self.parts if not part.well]


def state_path(run_dir: Path) -> Path:
    """Where the state lies."""
    return run_dir / "state.json"


def write_state(run_dir: Path, state: StackState) -> None:
    """Replace the file at once, so that a reader never sees half of it."""
    state.at = time.time()
    draft = state_path(run_dir).with_suffix(".json.new")
    draft.write_text(json.dumps(state.model_dump(mode="json"), indent=1), encoding="utf-8")
    draft.replace(state_path(run_dir))


def read_state(run_dir: Path) -> StackState | None:
    """The last state written, by a supervisor that may be gone; None before the first."""
    try:
        return StackState.model_validate_json(state_path(run_dir).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
