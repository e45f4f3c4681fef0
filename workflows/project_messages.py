"""What a project's run begins with and ends with."""

from pydantic import BaseModel, ConfigDict

from workflows.messages import FactMessage, FactOutcome
from workflows.policy.project_slice import ProjectSlice
from workflows.project_state import Ending, ProjectState

KEY_PROJECT = "KeyProject"

STANDING = "standing"
"""Name of the Temporal query that answers with what a project lives by, and whether it is under way."""

FACTS_PER_RUN = 200
"""After how many facts a run continues as a new one, with a short history."""


class Message(BaseModel):
    """Base of what crosses Temporal."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ProjectStart(Message):
    """Argument of `KeyProject`: its number, the row that opened it, the policy that it lives by; `state` is
    what a former run of the same project hands over. `late_grace` in seconds."""

    number: str
    profile: str
    source: str
    fact: FactMessage
    policy: ProjectSlice
    late_grace: float
    facts_per_run: int = FACTS_PER_RUN
    state: ProjectState | None = None


class ProjectResult(Message):
    """How a project ended and where its stream ends."""

    number: str
    ending: Ending
    sequence: int
    hash: str


class ProjectOutcome(FactOutcome):
    """The fate of a fact, and whether the project `rests` after it: it is nobody's work while it has ended or
    goes on under another."""

    rests: bool = False


class Standing(Message):
    """How a project stands: what it lives by, with its present team, whether it rests, and whether it is
    closed for good."""

    policy: ProjectSlice
    rests: bool
    closed: bool
