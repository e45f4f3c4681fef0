"""What stands beside the steps of an application: duties, checks, disputes, and what was changed in it.

`said` is the sequence of the event that it comes from, so that a correction can take it back.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from events.catalogue.base import Boundary, Text
from events.catalogue.connection_events import LimitShown, Officer
from events.catalogue.service_facts import DisputeTopic, RecordField


class State(BaseModel):
    """Base of the stored state; stored as JSON, read back by this same model."""

    model_config = ConfigDict(extra="forbid")


class DutyState(State):
    """Something that somebody had to do by a day of its own. It is over when it was done, or `lapsed_at` the
    end of the case."""

    said: int
    duty: str
    ref: str
    name: Text
    actor: str
    opened_at: datetime
    due_at: datetime | None = None
    limit: LimitShown | None = None
    responsible: Officer | None = None
    supervisor: Officer | None = None
    done_at: datetime | None = None
    done_by: int | None = None
    lapsed_at: datetime | None = None
    late_by: int | None = None
    escalated_at: datetime | None = None
    escalated_by: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.done_at is None and self.lapsed_at is None

    @property
    def late(self) -> bool:
        """Whether it was not done in time."""
        return self.late_by is not None


class CheckState(State):
    """A round of a check of an important customer's: handed in, and the opinion on it."""

    said: int
    check: Literal["design_review", "mid_inspection"]
    handed_in_at: datetime
    told_at: datetime | None = None
    told_by: int | None = None
    passed: bool | None = None


class ConfirmationState(State):
    """A person confirmed the boundary, or set another one."""

    said: int
    boundary: Boundary
    at: datetime


class RequestState(State):
    """Documents asked for after the one notice; the `avoidable` could have been named in it."""

    said: int
    at: datetime
    step: str
    documents: list[str]
    avoidable: list[str]


class AmendmentState(State):
    """The case lives by another policy or calendar from here on."""

    said: int
    at: datetime
    changed: Literal["calendar", "policy"]
    note: str
    due_before: datetime | None = None
    due_after: datetime | None = None


class RatingState(State):
    """What the customer thinks of the service, from 1 to 5: the last word."""

    said: int
    at: datetime
    score: int


class DisputeStep(State):
    """A step of a dispute; `level`, `upheld` and `by` where it has them."""

    said: int
    at: datetime
    step: Literal["raised", "answered", "taken_further", "settled"]
    level: int | None = None
    upheld: bool | None = None
    by: Literal["agreement", "silence", "second_answer"] | None = None


class DisputeState(State):
    """A dispute with its steps, in order."""

    ref: str
    about: DisputeTopic
    steps: list[DisputeStep]


class CorrectionState(State):
    """A detail of the record that was wrong and was put right."""

    said: int
    at: datetime
    field: RecordField
    before: str | None = None
    value: str
