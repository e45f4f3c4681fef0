"""The roster as its stream tells it is the one that intake works by."""

from datetime import UTC, date, datetime

import pytest

from events.catalogue.base import EventData
from events.catalogue.team_events import StaffAbsent, StaffLeft, StaffReturned
from events.envelope import Draft, Head, seal
from projections.roster.fold import Roster
from tests.unit.projections.logs import folded, logged

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SUBJECT = "team-hainan-HK-M1"


def day(number: int) -> date:
    """A day of June."""
    return date(2026, 6, number)


def absent(first: int, last: int | None) -> StaffAbsent:
    return StaffAbsent(staff_id="HK-M1", first=day(first), last=day(last) if last else None, hand_over=True)


def back(on: int) -> StaffReturned:
    return StaffReturned(staff_id="HK-M1", on=day(on))


def left(on: int) -> StaffLeft:
    return StaffLeft(staff_id="HK-M1", on=day(on))


def known(*told: EventData, batch: int = 100) -> list[tuple[str, str | None, bool]]:
    """The absences after these events."""
    drafts = [Draft(type=one.type, time=NOW, data=one.as_data()) for one in told]
    sealed = seal(
        Head(),
        drafts,
        source="/mingdian/hainan",
        subject=SUBJECT,
        correlationid=SUBJECT,
        policyversion="0" * 64,
    )
    row = folded(Roster(), logged(sealed), batch)[SUBJECT,]
    assert (row["profile"], row["staff_id"]) == ("hainan", "HK-M1")
    return [(one["first"][-2:], one["last"] and one["last"][-2:], one["gone"]) for one in row["absences"]]


@pytest.mark.parametrize("batch", [1, 100])
@pytest.mark.parametrize(
    ("told", "absences"),
    [
        ([absent(4, 8)], [("04", "08", False)]),
        ([absent(4, None)], [("04", None, False)]),
        ([absent(4, 8), back(6)], [("04", "05", False)]),
        ([absent(4, 8), back(4)], []),
        ([absent(4, 8), back(9)], [("04", "08", False)]),
        ([absent(4, None), left(10)], [("04", "09", False), ("10", None, True)]),
        ([left(10), back(20)], [("10", "19", False)]),
        ([absent(12, 14), left(10)], [("10", None, True)]),
    ],
)
def test_absences_are_those_that_were_said(
    told: list[EventData], absences: list[tuple[str, str | None, bool]], batch: int
) -> None:
    assert known(*told, batch=batch) == absences
