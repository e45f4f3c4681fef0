"""Who answers for a key project and which tables it lives by: told late or early, in one run or in many, it
is the same project, and nobody ever watches over himself."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue import project_change_facts as changes
from events.catalogue import project_facts as facts
from events.catalogue.registry import EVENT_MODELS
from projections.prestart.state import ProjectState as Shown
from tests.unit.projections.test_prestart_projects import row_of
from tests.unit.workflows.projecting import NUMBER, data_of, day, fact, heard, opened, record_of, row, said
from tests.unit.workflows.telling import policy
from tests.unit.workflows.test_project_properties import anything, rows
from workflows.messages import FactMessage
from workflows.policy.model import Policy
from workflows.policy.project_slice import ProjectSlice, resliced
from workflows.policy.project_team import (
    ROLES,
    SERVING,
    WATCHING,
    candidates,
    nobody_watches_himself,
    seats_of,
)
from workflows.policy.slices import staff_of
from workflows.policy.staffing import ENGINEER, MANAGER, PROVINCE, SECOND_ENGINEER, SUPERVISOR
from workflows.project_file import ProjectFile

OWN = policy().source
STAFF = {one.staff_id: one for officers in staff_of(policy()).values() for one in officers}
EXPECTED = day(100).date().isoformat()
FIRST = row(0, id="r", expected_energise_on=EXPECTED)


def handed(
    at: float, role: str, staff_id: str, *, before: str | None = None, why: str = "left"
) -> FactMessage:
    """The platform tells the project who takes over a seat."""
    officers = {"officer": STAFF[staff_id].model_dump(mode="json")}
    if before is not None:
        officers["before"] = STAFF[before].model_dump(mode="json")
    name = f"handed-over:{role}:{at}:{staff_id}"
    return fact(at, changes.ProjectHandedOver, id=name, source=OWN, role=role, why=why, **officers)


def tables(**changed: Any) -> Policy:
    """Hainan with other tables, and so another version."""
    version = ("".join(sorted(changed)) * 64)[:64]
    return policy().model_copy(update={**changed, "version": version})


def amended(at: float, file: ProjectFile, new: Policy) -> FactMessage:
    """The platform tells the project by which tables it lives from now on."""
    on = day(at).date()
    told = {"policy": resliced(file.policy, new, NUMBER, on).model_dump(mode="json"), "day": on}
    return fact(at, changes.PolicyAmended, id=f"amended:{at}", source=OWN, note="台账调整", **told)


def sits(file: ProjectFile) -> dict[str, str]:
    """Who sits where."""
    return {seat: one.staff_id for seat, one in seats_of(file.policy.team).items()}


def stricter() -> Policy:
    """What was green is yellow, and what was yellow is red."""
    bounds = {"late": 30, "tight": 60}
    return tables(
        lights=tuple(
            one.model_copy(update={"below": bounds.get(one.id, one.below)}) for one in policy().lights
        )
    )


def slower() -> Policy:
    """Civil works take forty days more."""
    stages = policy().works_stages
    return tables(
        works_stages=tuple(
            one.model_copy(update={"days": one.days + 40}) if one.id == "civil" else one for one in stages
        )
    )


def test_the_tables_of_this_test_are_those_of_the_profile() -> None:
    assert [one.id for one in policy().lights] == ["late", "tight", "enough"]


@pytest.mark.parametrize("role", ROLES)
def test_who_takes_over_has_the_seat_from_then_on(role: str) -> None:
    file = heard([FIRST])
    before = sits(file)[role]
    new = "SY-S1" if role in WATCHING else "SY-E1"
    file.take(handed(3, role, new, before=before, why="absent"), day(3))
    assert sits(file) == {**sits(opened(FIRST)), role: new}
    [event] = data_of(file, "project_handed_over")
    assert (event["role"], event["why"]) == (role, "absent")
    assert (event["before"]["staff_id"], event["after"]["staff_id"]) == (before, new)
    [draft] = [one.draft for one in file.queue if "project_handed_over" in one.draft.type]
    assert draft.time == day(3)
    named = data_of(file, "team_assigned")
    assert len(named) == (1 if role == PROVINCE else 2), "the page does not show who is told of red lights"
    shown = Shown.model_validate(row_of(file)["state"])
    assert shown.team is not None
    team = [shown.team.manager, *shown.team.engineers, shown.team.supervisor]
    assert [one.staff_id for one in team] == [sits(file)[one] for one in ROLES if one != PROVINCE]
    assert [(one.role, one.after.staff_id, one.at) for one in shown.hands] == [(role, new, day(3))]


def test_an_earlier_hand_over_that_comes_later_is_told_and_changes_nothing() -> None:
    first = sits(heard([FIRST]))[MANAGER]
    told = [
        handed(2, MANAGER, "HN-KM3" if first != "HN-KM3" else "HN-KM1", before=first),
        handed(5, MANAGER, "HK-M1", before="HN-KM3"),
    ]
    in_order, late = heard([FIRST, *told]), heard([FIRST, *reversed(told)])
    assert sits(late) == sits(in_order)
    assert record_of(late) == record_of(in_order)
    assert said(late).count("project_handed_over") == 2
    assert data_of(late, "team_assigned")[-1]["manager"]["staff_id"] == "HK-M1"
    assert len(data_of(late, "team_assigned")) == 2
    hands = Shown.model_validate(row_of(late)["state"]).hands
    assert [one.after.staff_id for one in hands] == [told[0].data["officer"]["staff_id"], "HK-M1"]


def test_an_earlier_row_that_comes_after_a_hand_over_leaves_it_as_it_is() -> None:
    late_row = row(1, id="old", stage="approved")
    told = [handed(5, MANAGER, "HK-M1"), handed(5, SUPERVISOR, "SY-S1")]
    file = heard([FIRST, *told, late_row])
    assert record_of(file) == record_of(heard([FIRST, late_row, *told]))
    assert (sits(file)[MANAGER], sits(file)[SUPERVISOR]) == ("HK-M1", "SY-S1")
    assert said(file).count("team_assigned") == 3
    assert said(file)[-3:] == ["intention_recorded", "stage_reached", "light_turned"]
    for one in told:
        file.take(one, day(9))
    assert said(file).count("project_handed_over") == 2, "the same hand-over again is no other"


def test_a_light_that_turns_is_told_to_who_watches_now() -> None:
    file = heard([row(0, id="r")])
    file.take(handed(1, SUPERVISOR, "SY-S1"), day(1))
    file.take(handed(1, PROVINCE, "SS-S1"), day(1))
    file.take(row(2, id="soon", expected_energise_on=day(80).date().isoformat()), day(2))
    file.look(day(60))
    told = [(one["light"], one["to"]["staff_id"]) for one in data_of(file, "light_escalated")]
    assert told == [("yellow", "SY-S1"), ("red", "SS-S1")]


def test_who_is_told_of_red_lights_is_the_supervisor_where_nobody_supervises_all_regions() -> None:
    whole = policy().model_copy(update={"teams": tuple(one for one in policy().teams if one.id != "HN-S1")})
    assert candidates(whole, "460100")[PROVINCE] == ()
    file = heard([FIRST])
    alone = file.start.policy.team.model_copy(update={"province": file.start.policy.team.supervisor})
    start = file.start.model_copy(update={"policy": file.start.policy.model_copy(update={"team": alone})})
    again = ProjectFile(start, day(0))
    again.take(handed(3, SUPERVISOR, "SY-S1"), day(3))
    assert again.policy.team.province.staff_id == "SY-S1"


# ---- whatever the order


@st.composite
def hands(draw: Any) -> FactMessage:
    """Anybody takes over any seat."""
    staff = draw(st.sampled_from(["HN-KM1", "HN-KM2", "HN-KE1", "HK-E1", "HK-S1", "SY-S1", "HN-S1"]))
    return handed(draw(st.integers(0, 12)), draw(st.sampled_from(ROLES)), staff)


@st.composite
def policies(draw: Any) -> FactMessage:
    """Other tables, from a day on."""
    return amended(draw(st.integers(0, 12)), opened(FIRST), draw(st.sampled_from([stricter(), slower()])))


ANYTHING = rows() | anything() | hands()


@settings(deadline=None, max_examples=150)
@given(st.lists(rows() | hands(), max_size=10, unique_by=lambda one: one.id), st.data())
def test_any_order_of_hand_overs_and_rows_gives_the_same_project(
    told: list[FactMessage], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(told))
    one, other = heard([FIRST, *told], now=day(50)), heard([FIRST, *shuffled], now=day(50))
    assert record_of(one) == record_of(other)
    assert one.policy == other.policy


@settings(deadline=None, max_examples=150)
@given(st.lists(hands(), max_size=10, unique_by=lambda one: one.id))
def test_nobody_ever_watches_over_himself(told: list[FactMessage]) -> None:
    file = heard([FIRST])
    for one in told:
        assert file.take(one, day(20)).fate == "applied"
        assert nobody_watches_himself(seats_of(file.policy.team))
    for team in data_of(file, "team_assigned"):
        serving = [team["manager"], *team["engineers"]]
        assert team["supervisor"]["staff_id"] not in {one["staff_id"] for one in serving}


@settings(deadline=None, max_examples=150)
@given(st.lists(ANYTHING | policies(), max_size=10, unique_by=lambda one: one.id), st.data())
def test_a_new_run_at_any_moment_loses_nothing(told: list[FactMessage], data: st.DataObject) -> None:
    cuts = data.draw(st.sets(st.integers(0, 10)))
    whole, parts = opened(FIRST, now=day(50)), opened(FIRST, now=day(50))
    words = [one.draft for one in parts.queue]
    for place, one in enumerate(told):
        if place in cuts:
            state = type(parts.state).model_validate_json(parts.handed_over().model_dump_json())
            parts = ProjectFile(parts.start.model_copy(update={"state": state}), day(50))
        before = len(parts.queue)
        assert parts.take(one, day(50)) == whole.take(one, day(50))
        words += [one.draft for one in parts.queue[before:]]
    assert words == [one.draft for one in whole.queue]
    assert parts.policy == whole.policy
    assert record_of(parts) == record_of(whole)


def test_a_run_that_began_before_teams_changed_hands_names_its_team_no_second_time() -> None:
    file = heard([FIRST])
    spoken = file.state.spoken.model_copy(update={"team": None})
    state = file.handed_over().model_copy(update={"spoken": spoken})
    again = ProjectFile(file.start.model_copy(update={"state": state}), day(1))
    again.take(row(1, id="n", stage="approved"), day(1))
    assert "team_assigned" not in said(again)


# ---- other tables


def test_other_lights_turn_the_light_and_the_project_says_from_which_version() -> None:
    file = heard([FIRST])
    assert [one["light"] for one in data_of(file, "light_turned")] == ["green"]
    before = file.policy.policy_version
    assert file.take(amended(1, file, stricter()), day(1)).fate == "applied"
    [event] = data_of(file, "policy_amended")
    assert (event["from_version"], event["to_version"]) == (before, stricter().version)
    assert (event["changed"], event["note"]) == (["lights"], "台账调整")
    turned = data_of(file, "light_turned")[-1]
    assert (turned["before"], turned["light"]) == ("green", "red")
    assert [one["light"] for one in data_of(file, "light_escalated")] == ["red"]
    assert said(file)[-3:] == ["policy_amended", "light_turned", "light_escalated"]
    for one in file.queue:
        EVENT_MODELS[one.draft.type].model_validate(one.draft.data)


def test_slower_works_need_more_days_and_the_next_look_is_another() -> None:
    file = heard([row(0, id="r", expected_energise_on=day(200).date().isoformat())])
    looks = file.next_look(day(0))
    file.take(amended(0, file, slower()), day(0))
    after = file.next_look(day(0))
    assert looks is not None
    assert after is not None
    assert (looks - after).days == 40
    assert data_of(file, "policy_amended")[0]["changed"] == ["works_stages"]


def test_a_feed_that_is_listed_later_is_heard_from_then_on() -> None:
    new = policy().feeds[0].model_copy(update={"id": "later", "upstream": "/gov/later"})
    file = heard([FIRST])
    told = row(2, id="l", source="/gov/later", record="L-1")
    assert file.take(told, day(2)).code == "unknown_feed"
    file.take(amended(3, file, tables(feeds=(*policy().feeds, new))), day(3))
    again = told.model_copy(update={"n": 2})
    assert file.take(again, day(3)).fate == "applied"


def test_tables_seat_nobody_but_say_how_people_are_reached() -> None:
    file = heard([FIRST, handed(2, MANAGER, "HK-M1")])
    teams = tuple(
        one.model_copy(update={"phone": "0898-11112222"}) if one.id in {"HK-M1", "HN-KM1"} else one
        for one in policy().teams
    )
    file.take(amended(3, file, tables(teams=teams)), day(3))
    assert sits(file)[MANAGER] == "HK-M1"
    assert data_of(file, "policy_amended")[0]["changed"] == ["teams"]
    assert data_of(file, "team_assigned")[-1]["manager"]["phone"] == "0898-11112222"
    file.take(handed(4, MANAGER, "HK-M2"), day(4))
    assert file.policy.team.manager == STAFF["HK-M2"]


def test_a_hand_over_that_the_sweep_did_not_know_of_counts() -> None:
    """The slice was cut before somebody took over, and comes after it."""
    file = heard([FIRST])
    cut = amended(6, file, stricter())
    file.take(handed(5, MANAGER, "HK-M1"), day(5))
    file.take(cut, day(6))
    assert sits(file)[MANAGER] == "HK-M1"


def test_how_somebody_is_reached_is_what_was_told_last_whatever_told_it() -> None:
    file = heard([FIRST])
    manager = file.policy.team.manager
    moved = manager.model_copy(update={"phone": "0898-33334444"})
    told = [
        handed(4, MANAGER, "HK-M1"),
        fact(
            5, changes.ProjectHandedOver, id="back", source=OWN, role=MANAGER, why="assigned", officer=moved
        ),
    ]
    for one in told:
        file.take(one, day(6))
    assert file.policy.team.manager == moved
    late = heard([FIRST])
    cut = amended(3, late, tables(visits=()))
    for one in (*told, cut):
        late.take(one, day(6))
    assert late.policy.team.manager == moved, "the tables that were told before know an older telephone"


def test_older_tables_that_come_after_newer_ones_are_refused() -> None:
    file = heard([FIRST])
    old, new = amended(3, file, slower()), amended(5, file, stricter())
    assert file.take(new, day(6)).fate == "applied"
    refused = file.take(old, day(6))
    assert (refused.fate, refused.code) == ("impossible", "amended_since")
    assert file.policy.policy_version == stricter().version


def test_tables_that_are_none_are_refused() -> None:
    told = fact(
        3, changes.PolicyAmended, id="a", source=OWN, policy={"lights": []}, day="2026-03-05", note="x"
    )
    assert heard([FIRST]).take(told, day(3)).code == "unfit_policy"


def test_a_project_that_has_ended_or_goes_on_under_another_rests() -> None:
    file = heard([FIRST])
    rests = [file.rests]
    for one in (
        fact(2, facts.ProjectJoined, id="j", into="HNK-2026-000009", decided_by="HK-M1"),
        fact(3, facts.ProjectParted, id="p", decided_by="HK-M1"),
        fact(4, facts.ProjectCancelled, id="c"),
    ):
        file.take(one, one.time)
        rests.append(file.rests)
    assert rests == [False, True, False, True]
    file.take(handed(5, ENGINEER, "HK-E1"), day(5))
    file.take(handed(5, SECOND_ENGINEER, "SY-E1"), day(5))
    assert [sits(file)[one] for one in SERVING[1:]] == ["HK-E1", "SY-E1"], "it may come back"


def test_a_slice_of_today_knows_its_people_as_the_tables_do() -> None:
    file = heard([FIRST])
    new: ProjectSlice = resliced(file.policy, policy(), NUMBER, day(1).date())
    assert new == file.policy
