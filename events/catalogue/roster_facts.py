"""What the personnel department says about staff (人事): who is away, who is back, who has left.

Their subject is the staff id, which the data repeats. Why somebody is away is nobody's business and has no
field.
"""

from datetime import date
from typing import ClassVar, Self

from pydantic import model_validator

from events.catalogue.base import Code, Fact


class RosterFact(Fact):
    """Base of what is said of a member of staff."""

    staff_id: Code


class AbsenceReported(RosterFact):
    """人员缺勤. Away from one local day to another, both included, or until further notice. With `hand_over`
    the cases and projects go to others on the first day."""

    type: ClassVar[str] = "mingdian.fact.roster.absence_reported.v1"

    first: date
    last: date | None = None
    hand_over: bool = True

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last is not None and self.last < self.first:
            raise ValueError("the last day lies before the first")
        return self


class ReturnReported(RosterFact):
    """人员返岗. Back from this local day on; later absences are off."""

    type: ClassVar[str] = "mingdian.fact.roster.return_reported.v1"

    on: date


class DepartureReported(RosterFact):
    """人员离岗. Gone for good from this local day on: everything goes to others."""

    type: ClassVar[str] = "mingdian.fact.roster.departure_reported.v1"

    on: date


FACTS: tuple[type[Fact], ...] = (AbsenceReported, ReturnReported, DepartureReported)
