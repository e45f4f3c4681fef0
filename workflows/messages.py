"""What is said to a running case and what it answers: one model in, one model out per message."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from workflows.policy.model import CaseSlice

APPLY_FACT = "apply_fact"
"""Name of the Temporal update that hands a fact to a case."""

POLICY = "policy"
"""Name of the Temporal query that answers with the slice of policy a case lives by."""

TASK_QUEUE = "mingdian"


Ending = Literal["energised", "withdrawn", "settled"]


class Message(BaseModel):
    """Base of everything that crosses Temporal."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FactMessage(Message):
    """An inbound fact as intake checked and sealed it. `n` is 1 and rises with every replay or correction."""

    source: str
    id: str
    n: int = 1
    type: str
    time: datetime
    data: dict[str, Any]
    traceparent: str | None = None

    @property
    def update_id(self) -> str:
        """The Temporal update id: a run answers a known id with its first result."""
        return f"{self.source}|{self.id}|{self.n}"


class NamedProject(Message):
    """The key project that an application named, by its number or by the organisation whose both are."""

    number: str
    by: Literal["number", "organisation"]


class CaseStart(Message):
    """Argument of every lifecycle: its number, its first fact, and the slice of policy that it needs, all
    as data.

    `early_wait` and `late_grace` are seconds; `linked_to` is the number of the closed case that a late
    dispute is about.
    """

    number: str
    profile: str
    source: str
    fact: FactMessage
    policy: CaseSlice
    early_wait: float
    late_grace: float
    linked_to: str | None = None
    project: NamedProject | None = None


class FactOutcome(Message):
    """The fate of a fact, answered at once: `applied`, `held` (early, interim) or `impossible` (parked,
    with a reason)."""

    fate: Literal["applied", "held", "impossible"]
    code: str | None = None
    sentence: str | None = None


class CaseResult(Message):
    """How a case ended and where its stream ends."""

    number: str
    ending: Ending
    sequence: int
    hash: str
