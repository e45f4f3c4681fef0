"""Who has a case: handed over once, to one person, who never watches over himself; and a key customer's first
reply, owed within minutes by who is on duty."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts, service_facts, staff_facts
from tests.unit.workflows.telling import FACTORY, Story, data_of, day, factory, household, policy, said
from workflows.anytime import Attending
from workflows.case import Case
from workflows.lifecycles import LIFECYCLES, process_of
from workflows.policy import staffing
from workflows.policy.slices import staff_of
from workflows.policy.staffing import ENGINEER, MANAGER, SECOND_SUPERVISOR, SUPERVISOR
from workflows.script import read

STAFF = {one.staff_id: one for officers in staff_of(policy()).values() for one in officers}
PARK = {**FACTORY, "customer_type": "park"}
MINUTE = 1 / 24 / 60


def handed(story: Story, at: float, role: str, staff_id: str, why: str = "left") -> Story:
    """The platform tells the case who takes over."""
    officer = STAFF[staff_id].model_dump(mode="json")
    return story.tell(at, staff_facts.CaseHandedOver, role=role, officer=officer, why=why)


def another(case: Case, role: str) -> str:
    """Somebody else of a role."""
    sits = {one.staff_id for one in case.seats.values()}
    (name, *_) = [one.staff_id for one in case.policy.team[role] if one.staff_id not in sits]
    return name


def test_a_manager_who_takes_over_is_on_the_next_receipt_and_on_all_that_follow() -> None:
    before, _ = factory().read()
    new = another(before, MANAGER)
    case, reading = handed(factory(), 3, MANAGER, new, "absent").read()
    assert not reading.left
    (told,) = data_of(case, "case_handed_over")
    assert before.manager is not None
    assert (told["before"]["staff_id"], told["after"]["staff_id"]) == (before.manager.staff_id, new)
    assert (told["role"], told["why"]) == (MANAGER, "absent")
    assert [one["manager"]["staff_id"] for one in data_of(case, "staff_assigned")] == [
        before.manager.staff_id,
        new,
    ]
    receipts = data_of(case, "receipt_issued")
    (changed,) = [one for one in receipts if one["cause"] == "changed"]
    assert changed["step"] == "supply_plan_reply"
    owners = [one["responsible"]["staff_id"] for one in receipts if one["step"] == "supply_plan_reply"]
    assert owners == [before.manager.staff_id, *[new] * (len(owners) - 1)]


@pytest.mark.parametrize("role", [MANAGER, SUPERVISOR, ENGINEER])
def test_every_receipt_names_two_people_whoever_takes_over(role: str) -> None:
    before, _ = factory().read()
    names = {MANAGER: another(before, MANAGER), SUPERVISOR: another(before, SUPERVISOR), ENGINEER: "SY-E1"}
    case, reading = handed(factory(), 20, role, names[role]).read()
    assert not reading.left
    assert case.seats[role].staff_id == names[role]
    for receipt in data_of(case, "receipt_issued"):
        assert receipt["responsible"]["staff_id"] != receipt["supervisor"]["staff_id"]


def test_nobody_becomes_the_supervisor_of_himself() -> None:
    before, _ = factory().read()
    assert before.supervisor is not None
    assert before.manager is not None
    for role, name in ((MANAGER, before.supervisor.staff_id), (SUPERVISOR, before.manager.staff_id)):
        case, reading = handed(factory(), 20, role, name).read()
        assert len(reading.left) == 1
        assert "case_handed_over" not in said(case)


def test_a_case_that_ended_before_it_was_told_has_its_place_for_it_and_no_receipt() -> None:
    before, _ = household().read()
    case, reading = handed(household(), 1.5, MANAGER, another(before, MANAGER)).read()
    assert not reading.left
    assert said(case)[-2:] == ["case_handed_over", "staff_assigned"]
    assert case.manager != before.manager


def test_a_dispute_after_energisation_is_the_new_managers() -> None:
    before, _ = household().read()
    new = another(before, MANAGER)
    story = handed(household(), 3, MANAGER, new)
    story.tell(5, service_facts.DisputeRaised, dispute="D1", about="duration")
    case, _ = story.read()
    (duty,) = [one for one in data_of(case, "duty_opened") if one["duty"] == "dispute_answer"]
    assert duty["responsible"]["staff_id"] == new


def test_a_changed_policy_takes_nobody_from_a_case() -> None:
    before, _ = factory().read()
    new = another(before, MANAGER)
    story = handed(factory(), 3, MANAGER, new)
    _, start = story.start()
    slice_ = start.policy.model_copy(update={"policy_version": "f" * 64}).model_dump(mode="json")
    story.tell(4, duty_facts.PolicyAmended, changed="policy", policy=slice_, note="新")
    case, reading = story.read()
    assert not reading.left
    assert case.manager == STAFF[new] == case.seats[MANAGER]


# ---- key customers


def asked(at: float, **answer: Any) -> Story:
    """A park customer asks in the night; with `after`, somebody replies so many minutes later."""
    officer = STAFF["HN-KE1"].model_dump(mode="json")
    story = Story().tell(0, facts.ApplicationSubmitted, **PARK)
    story.tell(at, staff_facts.KeyCustomerAsked, question="Q1", on_duty=officer)
    if answer:
        story.tell(at + answer["after"] * MINUTE, staff_facts.KeyCustomerAnswered, question="Q1")
    return story


def test_a_key_customer_has_a_manager_and_engineers_and_others_have_not() -> None:
    case, _ = Story().tell(0, facts.ApplicationSubmitted, **PARK).read()
    (team,) = data_of(case, "key_team_assigned")
    assert len(team["engineers"]) >= 2
    assert "key_team_assigned" not in said(factory().read()[0])


def test_a_first_reply_in_time_is_measured() -> None:
    case, reading = asked(1.7, after=12).read(as_of=day(3))
    assert not reading.left
    (question,) = data_of(case, "key_customer_asked")
    assert (question["minutes"], question["on_duty"]["staff_id"]) == (30, "HN-KE1")
    (reply,) = data_of(case, "key_customer_answered")
    assert (reply["seconds"], reply["in_time"]) == (720, True)
    assert "duty_overdue" not in said(case)


def test_a_question_without_reply_is_late_after_half_an_hour_and_told_at_once() -> None:
    case, _ = asked(1.7).read(as_of=day(1.7) + timedelta(minutes=31))
    (late,) = data_of(case, "duty_overdue")
    (told,) = data_of(case, "duty_escalated")
    assert late["responsible"]["staff_id"] == "HN-KE1" != told["supervisor"]["staff_id"]
    moments = [one.draft.time for one in case.said if "duty_overdue" in one.draft.type]
    moments += [one.draft.time for one in case.said if "duty_escalated" in one.draft.type]
    assert moments == [day(1.7) + timedelta(minutes=30)] * 2
    assert not [one for one in data_of(case, "due_soon") if one.get("duty") == "key_reply"]


def test_a_late_reply_is_one() -> None:
    case, _ = asked(1.7, after=45).read(as_of=day(3))
    (reply,) = data_of(case, "key_customer_answered")
    assert (reply["seconds"], reply["in_time"]) == (2700, False)
    assert said(case).count("duty_done") == said(case).count("duty_overdue") == 1


def test_a_question_is_answered_once_and_one_that_nobody_asked_never() -> None:
    story = asked(1.7, after=5)
    story.tell(1.8, staff_facts.KeyCustomerAnswered, question="Q1")
    story.tell(1.9, staff_facts.KeyCustomerAsked, question="Q1")
    story.tell(1.9, staff_facts.KeyCustomerAnswered, question="Q2")
    _, reading = story.read()
    assert len(reading.left) == 3


def test_who_is_no_key_customer_can_not_ask_so() -> None:
    story = factory().tell(1, staff_facts.KeyCustomerAsked, question="Q1")
    fate = story.open_file(day(0)).take(story.told[-1], day(1))
    assert (fate.fate, fate.code) == ("impossible", "not_in_this_process")


def test_where_the_supervisor_has_to_act_another_one_watches() -> None:
    """A review is the supervisor's: as intake seats a case, a second supervisor watches over it."""
    story = Story().tell(0, facts.ApplicationSubmitted, **FACTORY)
    story.tell(1, service_facts.DisputeRaised, dispute="D1", about="duration")
    story.tell(2, service_facts.DisputeAnswered, dispute="D1", upheld=False)
    story.tell(3, service_facts.DisputeSettled, dispute="D1", agreed=False)
    name, start = story.start()
    seated = staffing.seated(start.policy, staff_of(policy()), {}, away=(), held={})
    case = Case(start, seated)
    script = process_of(LIFECYCLES[name])(case)
    read(script, Attending(case), story.told, day(40))
    duties = data_of(case, "duty_opened")
    assert "dispute_review" in {one["duty"] for one in duties}
    for duty in duties:
        if duty.get("responsible"):
            assert duty["responsible"]["staff_id"] != duty["supervisor"]["staff_id"], duty["duty"]
    (told,) = data_of(case, "duty_escalated")
    assert case.supervisor is not None
    assert told["supervisor"]["staff_id"] != case.supervisor.staff_id


def test_another_second_supervisor_is_no_news_for_a_receipt() -> None:
    case, reading = handed(factory(), 3, SECOND_SUPERVISOR, "SY-S1").read()
    assert not reading.left
    assert [one["role"] for one in data_of(case, "case_handed_over")] == [SECOND_SUPERVISOR]
    assert said(case).count("staff_assigned") == 1
    assert not [one for one in data_of(case, "receipt_issued") if one["cause"] == "changed"]


ROLES = (MANAGER, SUPERVISOR, SECOND_SUPERVISOR, ENGINEER, "works_manager")
PEOPLE = ("HK-M1", "HK-M2", "HK-M3", "HK-S1", "HN-S1", "HK-E1", "HK-W1", "SY-M1", "SY-S1")


@given(
    st.lists(
        st.tuples(st.floats(0.5, 46, allow_nan=False), st.sampled_from(ROLES), st.sampled_from(PEOPLE)),
        max_size=8,
    )
)
def test_whoever_takes_over_whatever_nobody_watches_over_himself(
    told: list[tuple[float, str, str]],
) -> None:
    story = factory()
    for at, role, name in told:
        handed(story, at, role, name)
    case, reading = story.read()
    assert case.ending == "energised"
    assert len(data_of(case, "case_handed_over")) + len(reading.left) == len(told)
    for kind in ("receipt_issued", "duty_opened"):
        for one in data_of(case, kind):
            if one.get("responsible"):
                assert one["responsible"]["staff_id"] != one["supervisor"]["staff_id"]
    for one in data_of(case, "staff_assigned"):
        assert one["manager"]["staff_id"] != one["supervisor"]["staff_id"]
    assert case.manager == case.seats[MANAGER]
    assert case.supervisor == case.seats[SUPERVISOR]
