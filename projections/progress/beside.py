"""What stands beside the steps of an application: duties, checks, disputes, and what was changed in it.

`said` is the sequence of the event that it comes from, so that a correction can take it back; `fact` the fact
that led to it: what is said anew because of the same fact takes the place of what was said before.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from events.catalogue.base import Boundary, Text
from events.catalogue.connection_events import LimitShown, Officer
from events.catalogue.service_facts import DisputeTopic, RecordField


class State(BaseModel):
    """Base of the stored state; stored as JSON, read back by this same model."""

    model_config = ConfigDict(extra="forbid")


class Record(State):
    """Something that an event has told, and that may be told anew or taken back."""

    said: int = 0
    fact: str = ""


Told = TypeVar("Told", bound=Record)


def put(
    records: Sequence[Told], new: Told, *, same: Collection[str] = (), keep: Collection[str] = ()
) -> list[Told]:
    """Return the records with `new` in the place of what the same fact had told before, or at the end.

    `same` names fields in which the two agree, where one fact can tell several; `keep` those that other
    events have set since.
    """
    for place, old in enumerate(records):
        if old.fact == new.fact and all(getattr(old, name) == getattr(new, name) for name in same):
            kept = {name: getattr(old, name) for name in keep}
            return [*records[:place], new.model_copy(update=kept), *records[place + 1 :]]
    return [*records, new]


class EndState(Record):
    """The end of a pause, a duty or a round of a check; of which one, `settle` finds out."""

    kind: Literal["pause", "duty", "check"]
    of: str
    at: datetime
    passed: bool | None = None


class DutyState(Record):
    """Something that somebody had to do by a day of its own: when it was opened `due_first`, by the newest
    change of policy `due_at`. It is over when it was done, or `lapsed_at` the end of the case."""

    duty: str
    ref: str
    name: Text
    actor: str
    opened_at: datetime
    due_first: datetime | None = None
    due_at: datetime | None = None
    limit: LimitShown | None = None
    responsible: Officer | None = None
    supervisor: Officer | None = None
    done_at: datetime | None = None
    lapsed_at: datetime | None = None
    late_by: int | None = None
    late_since: datetime | None = None
    escalated_at: datetime | None = None
    escalated_by: int | None = None

    @property
    def of(self) -> str:
        """What its ends are called."""
        return f"{self.duty}|{self.ref}"

    @property
    def begun_at(self) -> datetime:
        """When it began."""
        return self.opened_at

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.done_at is None and self.lapsed_at is None

    @property
    def late(self) -> bool:
        """Whether it was not done in time."""
        return self.late_by is not None


class CheckState(Record):
    """A round of a check of an important customer's: handed in, and the opinion on it."""

    check: Literal["design_review", "mid_inspection"]
    handed_in_at: datetime
    told_at: datetime | None = None
    passed: bool | None = None

    @property
    def of(self) -> str:
        """What its ends are called."""
        return self.check

    @property
    def begun_at(self) -> datetime:
        """When it began."""
        return self.handed_in_at


class ConfirmationState(Record):
    """A person confirmed the boundary, or set another one."""

    boundary: Boundary
    at: datetime


class RequestState(Record):
    """Documents asked for after the one notice; the `avoidable` could have been named in it."""

    at: datetime
    step: str
    documents: list[str]
    avoidable: list[str]


class MovedState(State):
    """When a duty was due before a change of policy, and is since."""

    duty: str
    ref: str
    due_before: datetime | None = None
    due_after: datetime | None = None


class AmendmentState(Record):
    """The case lives by another policy or calendar from here on; `duties`: those that were open then."""

    at: datetime
    changed: Literal["calendar", "policy"]
    note: str
    due_before: datetime | None = None
    due_after: datetime | None = None
    duties: list[MovedState] = []


class RatingState(Record):
    """What the customer thinks of the service, from 1 to 5: the last word."""

    at: datetime
    score: int


class DisputeStep(Record):
    """A step of a dispute; `level`, `upheld` and `by` where it has them."""

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


class CorrectionState(Record):
    """A detail of the record that was wrong and was put right."""

    at: datetime
    field: RecordField
    before: str | None = None
    value: str
