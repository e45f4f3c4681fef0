"""What the platform says about its staff: who is away, who is back, who left, and to whom their cases went.

The stream `team` has a subject for each member of staff. Staff are named by their id, official data as all of
them: why somebody is away is nobody's business and stands nowhere.
"""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from events.catalogue.base import Code, EventData, Model
from events.catalogue.staff_facts import Why


class StaffAbsent(EventData):
    """人员缺勤. Away from one local day to another, both included, or until further notice. With `hand_over`
    the cases go to others on the first day."""

    type: ClassVar[str] = "mingdian.team.staff_absent.v1"

    staff_id: Code
    first: date
    last: date | None = None
    hand_over: bool


class StaffReturned(EventData):
    """人员返岗. Back from this local day on."""

    type: ClassVar[str] = "mingdian.team.staff_returned.v1"

    staff_id: Code
    on: date


class StaffLeft(EventData):
    """人员离岗. Gone for good from this local day on; all cases go to others."""

    type: ClassVar[str] = "mingdian.team.staff_left.v1"

    staff_id: Code
    on: date


class Share(Model):
    """How many seats went to one person."""

    staff_id: Code
    cases: Annotated[int, Field(ge=1)]


class CasesHandedOver(EventData):
    """案件移交. The seats that a member of staff held in open cases went to others, each to one."""

    type: ClassVar[str] = "mingdian.team.cases_handed_over.v1"

    staff_id: Code
    why: Why
    cases: Annotated[int, Field(ge=1)]
    to: tuple[Share, ...]


EVENTS: tuple[type[EventData], ...] = (StaffAbsent, StaffReturned, StaffLeft, CasesHandedOver)
