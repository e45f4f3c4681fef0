"""One officer in each role: who is there and has least to do, never one person in two seats."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.errors import MingdianError
from tests.unit.policy.examples import hainan, midwest, traits
from workflows.policy import staffing
from workflows.policy.model import CaseSlice
from workflows.policy.slices import slice_for, staff_of
from workflows.policy.staffing import ENGINEER, MANAGER, SUPERVISOR, Absence

DAY = date(2026, 3, 10)
MANAGERS = ("HK-M1", "HK-M2", "HK-M3")
EVERYBODY = sorted(row.id for row in hainan().teams)


def haikou() -> CaseSlice:
    """A case in Haikou."""
    return slice_for(hainan(), traits(), DAY)


def sits(case: CaseSlice, role: str) -> str:
    """Who sits in a role."""
    (officer,) = case.team[role]
    return officer.staff_id


def seat(load: dict[str, int], *away: str, **held: str) -> CaseSlice:
    """The case with its officers seated."""
    return staffing.seated(haikou(), staff_of(hainan()), load, away=away, held=held)


def test_who_has_fewest_open_cases_gets_the_next_one() -> None:
    load: Counter[str] = Counter({"HK-M2": 4})
    for number in range(26):
        case = seat(load)
        load.update(officers[0].staff_id for officers in case.team.values())
        manager, supervisor = staffing.assign(case, f"HN-2026-{number:06d}")
        assert manager.staff_id == sits(case, MANAGER)
        assert supervisor.staff_id == sits(case, SUPERVISOR)
    assert {name: load[name] for name in MANAGERS} == dict.fromkeys(MANAGERS, 10)


def test_among_equals_the_first_listed_is_chosen() -> None:
    assert sits(seat({}), MANAGER) == "HK-M1"
    assert sits(seat({"HK-M1": 1, "HK-M2": 1, "HK-M3": 1}), MANAGER) == "HK-M1"


def test_who_sits_already_keeps_the_seat() -> None:
    assert sits(seat({"HK-M3": 90}, account_manager="HK-M3"), MANAGER) == "HK-M3"


def test_where_nobody_of_a_region_is_there_another_region_helps_out() -> None:
    case = seat({"SY-M1": 2, "SY-M2": 1}, *MANAGERS, "HK-E1")
    assert sits(case, MANAGER) not in MANAGERS
    assert sits(case, MANAGER) not in {"SY-M1", "SY-M2"}
    assert sits(case, ENGINEER) != "HK-E1"


def test_nobody_at_all_is_said() -> None:
    with pytest.raises(MingdianError, match="no_staff"):
        seat({}, *(row.id for row in hainan().teams if row.role == SUPERVISOR))


@given(
    load=st.dictionaries(st.sampled_from(EVERYBODY), st.integers(0, 9)),
    away=st.sets(st.sampled_from(EVERYBODY), max_size=60),
)
def test_nobody_sits_twice_and_nobody_who_is_away_gets_anything(load: dict[str, int], away: set[str]) -> None:
    try:
        case = seat(load, *away)
    except MingdianError:
        roles = [{row.id for row in hainan().teams if row.role == role} for role in (MANAGER, SUPERVISOR)]
        assert any(role <= away for role in roles)
        return
    seats = [sits(case, role) for role in case.team]
    assert len(set(seats)) == len(seats)
    assert not set(seats) & away
    assert {MANAGER, SUPERVISOR} <= case.team.keys()


def test_the_second_profile_is_seated_as_well() -> None:
    policy = midwest()
    plant = traits(region="Michigan", voltage_kv="138", capacity_kva="50000")
    case = slice_for(policy, plant, DAY)
    seated = staffing.seated(case, staff_of(policy), {"MW-A": 1}, away=(), held={})
    assert sits(seated, MANAGER) == "MW-B"


def test_an_absence_covers_its_first_and_its_last_day() -> None:
    away = Absence("HK-M1", date(2026, 5, 4), date(2026, 5, 8))
    days = [date(2026, 5, day) for day in range(3, 10)]
    assert [day for day in days if away.covers(day)] == days[1:-1]
    gone = Absence("HK-M2", date(2026, 5, 6))
    assert staffing.away_on([away, gone], date(2027, 1, 1)) == {"HK-M2"}
