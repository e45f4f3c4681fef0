"""Who takes over: the same rule for applications and key projects, and never somebody who would watch over
himself or sit twice."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from events.catalogue.project_change_facts import ProjectHandedOver
from events.catalogue.staff_facts import CaseHandedOver
from tests.unit.policy.examples import hainan
from workflows.intake.handover import Move, Seat, _Choice
from workflows.policy import staffing
from workflows.policy.project_team import ROLES, SERVING, WATCHING, candidates
from workflows.policy.slices import staff_of
from workflows.policy.staffing import MANAGER, PROVINCE, SUPERVISOR

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
PROJECT, CASE = "HNK-2026-000001", "HN-2026-000001"
SITS = {
    MANAGER: "HN-KM1",
    "engineer": "HN-KE1",
    "second_engineer": "HN-KE2",
    SUPERVISOR: "HK-S1",
    PROVINCE: "HN-S1",
}
EVERYBODY = sorted(row.id for row in hainan().teams)


def choice(*away: str, load: dict[str, int] | None = None) -> _Choice:
    """What intake knows when it chooses."""
    sits = {PROJECT: dict(SITS), CASE: {MANAGER: "HK-M1", SUPERVISOR: "HK-S1"}}
    return _Choice(
        policy=hainan(), now=NOW, staff=staff_of(hainan()), load=load or {}, away=away, sits=sits, nth={}
    )


def seat(role: str, number: str = PROJECT) -> Seat:
    """A seat in Haikou, as it is now."""
    project = number == PROJECT
    return Seat(number, role, "460100", SITS[role] if project else "HK-M1", False, project)


def test_a_project_goes_to_who_serves_key_customers_and_has_least_to_do() -> None:
    found = choice(load={"HN-KM2": 3, "HN-KM3": 2}).successor(seat(MANAGER), None)
    assert found is not None
    assert found.staff_id == "HN-KM3"
    found = choice("HN-KM2", "HN-KM3").successor(seat(MANAGER), None)
    assert found is not None
    assert found.staff_id == "HK-M1", "the region's own, where all of those are away"


def test_a_named_successor_takes_over_unless_he_would_watch_over_himself() -> None:
    named = choice().successor(seat(MANAGER), "SY-M2")
    assert named is not None
    assert named.staff_id == "SY-M2"
    for watching in ("HK-S1", "HN-S1", "HN-KE1"):
        found = choice().successor(seat(MANAGER), watching)
        assert found is not None
        assert found.staff_id != watching


def test_who_is_told_of_red_lights_has_no_more_to_do_for_it() -> None:
    one = choice("HN-S1")
    found = one.successor(seat(PROVINCE), None)
    assert found is not None
    one.taken(seat(PROVINCE), found)
    assert one.load == {}
    one.taken(seat(MANAGER), found)
    assert one.load == {found.staff_id: 1}


def test_each_is_told_in_its_own_words() -> None:
    one = choice()
    new = one.successor(seat(MANAGER), "HN-KM2")
    assert new is not None
    told = one.event(Move("m", seat(MANAGER), new.staff_id), new, "left")
    assert told["type"] == ProjectHandedOver.type
    fact = ProjectHandedOver.model_validate(told["data"])
    assert fact.before is not None
    assert (fact.role, fact.before.staff_id, fact.officer.staff_id) == (MANAGER, "HN-KM1", "HN-KM2")
    stranger = seat(MANAGER)._replace(staff_id="gone")
    told = one.event(Move("m", stranger, new.staff_id), new, "left")
    assert ProjectHandedOver.model_validate(told["data"]).before is None
    told = one.event(Move("m", seat(MANAGER, CASE), "HK-M2"), new, "left")
    assert told["type"] == CaseHandedOver.type
    assert CaseHandedOver.model_validate(told["data"]).officer == new


@given(
    away=st.sets(st.sampled_from(EVERYBODY), max_size=80),
    roles=st.lists(st.sampled_from(ROLES), max_size=12),
)
def test_whoever_is_away_nobody_sits_twice_or_watches_over_himself(away: set[str], roles: list[str]) -> None:
    one = choice(*away)
    for role in roles:
        held = seat(role)._replace(staff_id=one.sits[PROJECT][role])
        found = one.successor(held, None)
        if found is None:
            listed = staffing.candidates(role, candidates(hainan(), "460100"), one.staff, key=True)
            others = {name for place, name in one.sits[PROJECT].items() if place != role}
            assert {officer.staff_id for there in listed for officer in there} <= {
                *away,
                *others,
                held.staff_id,
            }
            continue
        assert found.staff_id not in away
        one.taken(held, found)
        sits = one.sits[PROJECT]
        assert len(set(sits.values())) == len(sits)
        assert {sits[place] for place in SERVING}.isdisjoint(sits[place] for place in WATCHING)


def test_the_seats_of_this_test_are_those_of_the_tables() -> None:
    assert set(SITS.values()) <= set(EVERYBODY)
    assert candidates(hainan(), "460100")[PROVINCE][0].staff_id == SITS[PROVINCE]
    assert date(2026, 3, 10) == NOW.date()
