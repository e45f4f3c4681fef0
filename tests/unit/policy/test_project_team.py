"""The team of a key project: its own manager and engineers, watched over by none of them, each where there is
least to do."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.sweep_change import Amended, Change, Open
from events.catalogue import duty_facts, project_change_facts
from tests.unit.policy.examples import hainan, midwest, traits
from workflows.policy import project_team, staffing
from workflows.policy.model import Policy
from workflows.policy.project_slice import ProjectSlice, differences, project_slice, resliced
from workflows.policy.project_team import ROLES, candidates, nobody_watches_himself, seats_of, team_in
from workflows.policy.slices import slice_for, staff_of
from workflows.policy.staffing import MANAGER, PROVINCE, SECOND_ENGINEER, SUPERVISOR

DAY = date(2026, 3, 10)
NUMBER = "HNK-2026-000001"
EVERYBODY = sorted(row.id for row in hainan().teams)
REGIONS = [row.id for row in hainan().regions]


def filled(load: dict[str, int], *away: str, region: str = "460100", **held: str) -> dict[str, str]:
    """Who gets which seat of a project."""
    team = candidates(hainan(), region)
    found = staffing.fill(ROLES, team, staff_of(hainan()), load, key=True, away=away, held=held)
    return {seat: one.staff_id for seat, one in found.items()}


def slice_of(policy: Policy, region: str = "460100") -> ProjectSlice:
    """What a project lives by."""
    return project_slice(policy, NUMBER, region, DAY)


def test_projects_are_shared_evenly_among_those_who_serve_key_customers() -> None:
    load: Counter[str] = Counter({"HN-KM2": 4})
    for _ in range(20):
        seats = filled(load)
        load.update(name for seat, name in seats.items() if seat != PROVINCE)
        assert (seats[SUPERVISOR], seats[PROVINCE]) == ("HK-S1", "HN-S1")
    assert {name: load[name] for name in ("HN-KM1", "HN-KM2", "HN-KM3")} == dict.fromkeys(
        ("HN-KM1", "HN-KM2", "HN-KM3"), 8
    )
    assert {load[f"HN-KE{number}"] for number in range(1, 6)} == {8}


def test_where_nobody_who_serves_key_customers_is_there_the_regions_own_do() -> None:
    away = [name for name in EVERYBODY if name.startswith("HN-K")]
    seats = filled({"HK-M1": 1}, *away)
    assert seats[MANAGER] == "HK-M2"
    assert seats["engineer"] == "HK-E1"
    assert not seats[SECOND_ENGINEER].startswith("H"), "another region helps out"


def test_where_the_regions_supervisor_is_away_that_of_another_watches() -> None:
    seats = filled({"SY-S1": 1, "HN-S1": 2}, "HK-S1")
    assert seats[SUPERVISOR] == "SS-S1"
    assert seats[PROVINCE] == "HN-S1"


def test_who_sits_already_keeps_the_seat() -> None:
    assert filled({"HN-KM3": 90}, account_manager="HN-KM3")[MANAGER] == "HN-KM3"


@given(
    load=st.dictionaries(st.sampled_from(EVERYBODY), st.integers(0, 9)),
    away=st.sets(st.sampled_from(EVERYBODY), max_size=60),
    region=st.sampled_from(REGIONS),
)
def test_nobody_sits_twice_and_nobody_who_is_away_gets_a_project(
    load: dict[str, int], away: set[str], region: str
) -> None:
    seats = filled(load, *away, region=region)
    assert len(set(seats.values())) == len(seats)
    assert not set(seats.values()) & away


def test_a_profile_with_three_people_has_a_team_too() -> None:
    policy = midwest()
    team = candidates(policy, "MN")
    found = staffing.fill(ROLES, team, staff_of(policy), {"MW-A": 1}, key=True, away=(), held={})
    assert {seat: one.staff_id for seat, one in found.items()} == {MANAGER: "MW-B", SUPERVISOR: "MW-S"}
    assert team_in(found).province == team_in(found).supervisor
    assert seats_of(team_in(found)) == found


@pytest.mark.parametrize("region", REGIONS)
def test_seats_and_team_say_the_same(region: str) -> None:
    team = slice_of(hainan(), region).team
    assert team_in(seats_of(team)) == team
    assert nobody_watches_himself(seats_of(team))
    assert not nobody_watches_himself({**seats_of(team), SUPERVISOR: team.engineers[0]})
    assert not nobody_watches_himself({**seats_of(team), MANAGER: team.province})


# ---- other tables


def other(**changed: Any) -> Policy:
    """Hainan by other tables."""
    return hainan().model_copy(update={**changed, "version": "f" * 64})


def test_a_slice_is_cut_anew_and_its_team_stays() -> None:
    held = slice_of(hainan())
    lights = tuple(
        one if one.below is None else one.model_copy(update={"below": one.below + 5})
        for one in hainan().lights
    )
    phones = tuple(
        one.model_copy(update={"phone": "0898-1"}) if one.id == held.team.manager.staff_id else one
        for one in hainan().teams
    )
    new = resliced(held, other(lights=lights, teams=phones), NUMBER, DAY)
    assert new.policy_version == "f" * 64
    assert set(differences(held, new)) == {"lights", "teams"}
    assert new.team.manager == held.team.manager.model_copy(update={"phone": "0898-1"})
    assert new.team.engineers == held.team.engineers
    assert differences(held, held) == ()


def test_somebody_whom_the_tables_name_no_more_stays_until_the_seat_changes_hands() -> None:
    held = slice_of(hainan())
    teams = tuple(one for one in hainan().teams if one.id != held.team.manager.staff_id)
    assert resliced(held, other(teams=teams), NUMBER, DAY).team == held.team


def test_a_change_is_told_to_cases_and_projects_each_in_its_words() -> None:
    project, case = slice_of(hainan()), slice_for(hainan(), traits(), DAY)
    change = Change("policy", other(), DAY, "as published")
    assert change.reaches_projects
    assert not Change("calendar", other(), DAY, "as published").reaches_projects
    new = change.applied(project, Open(NUMBER, None))
    assert isinstance(new, ProjectSlice)
    assert change.version(new) == "f" * 64 != change.version(project)
    types = {
        project_change_facts.PolicyAmended.type: change.event(NUMBER, Amended("a", new)),
        duty_facts.PolicyAmended.type: change.event("HN-2026-000001", Amended("b", case)),
    }
    for kind, event in types.items():
        assert kind.encode() in event
    assert project_team.team_in(seats_of(new.team)) == new.team
