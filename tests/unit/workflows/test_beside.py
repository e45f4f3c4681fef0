"""What runs beside the steps: duties, reminders, second requests, disputes, changes of policy."""

from datetime import timedelta
from typing import Any

from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts, service_facts
from events.catalogue.connection_events import LimitShown
from tests.unit.workflows.telling import (
    FACTORY,
    Story,
    data_of,
    day,
    everything,
    factory,
    household,
    policy,
    said,
)
from workflows.case import Case
from workflows.policy import slices
from workflows.policy.model import CaseSlice

BIG = {
    **FACTORY,
    "voltage_kv": "110",
    "capacity_kva": "63000",
    "investment_cny": "100000000",
}


def duties(case: Case, name: str) -> list[tuple[str, str]]:
    return [(one["duty"], one["ref"]) for one in data_of(case, name)]


def test_a_boundary_that_wants_a_person_keeps_the_plan_waiting_and_becomes_overdue() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **BIG)
        .tell(3, facts.PlanReplied, plan_no="P1", supporting_works=True)
    )
    case, reading = story.read(as_of=day(30))
    assert [one.type for one in reading.left] == [facts.PlanReplied.type]
    assert duties(case, "duty_opened") == [("confirm_boundary", "-")]
    assert duties(case, "duty_overdue") == duties(case, "duty_escalated") == [("confirm_boundary", "-")]
    story.tell(3.5, duty_facts.BoundaryConfirmed, boundary="red_line", confirmed_by="marketing")
    case, reading = story.read()
    assert reading.left == []
    assert case.boundary == "red_line"
    assert duties(case, "duty_done") == [("confirm_boundary", "-")]


def test_a_permit_has_a_clock_of_its_own_for_which_nobody_at_the_utility_is_late() -> None:
    story = factory().tell(7, duty_facts.PermitRequested, permit="road", authority="市政管理部门")
    case, _ = story.read(as_of=day(47.2))
    (opened,) = data_of(case, "duty_opened")
    (late,) = data_of(case, "duty_overdue")
    assert (opened["actor"], opened["limit"]["value"]) == ("government", 10)
    assert "responsible" not in opened
    assert "responsible" not in late
    assert data_of(case, "duty_escalated") == []
    (measured,) = data_of(case, "elapsed_measured")
    assert measured["steps_late"] == 0


def test_an_important_customer_s_checks_run_beside_the_works_and_the_inspection_waits_for_them() -> None:
    case, reading = everything().read()
    assert reading.left == []
    opened = [name for name, _ in duties(case, "duty_opened") if name in ("design_review", "mid_inspection")]
    assert opened == ["design_review", "design_review", "mid_inspection"], "one opinion had defects"
    assert {step.rule.code for step in case.steps}.isdisjoint({"design_review", "mid_inspection"})
    early = Story([one for one in everything().told if one.type != duty_facts.MidInspected.type])
    _, reading = early.read()
    assert facts.InspectionRequested.type in {one.type for one in reading.left}


def test_a_request_during_the_works_is_acknowledged_and_kept() -> None:
    told = [one for one in factory().told if one.type != facts.InspectionRequested.type]
    request = next(one for one in factory().told if one.type == facts.InspectionRequested.type)
    story = Story([*told, request.model_copy(update={"time": day(30)})])
    case, reading = story.read()
    assert reading.left == []
    names = said(case)
    assert names.index("inspection_requested") < names.index("supporting_works_completed")
    assert [pause.cause for pause in case.pauses] == ["plan_confirm"], "nobody waits for the customer then"


def asked_again(document: str, at: float) -> tuple[Case, dict[str, Any]]:
    story = Story([one for one in factory().told if one.time < day(at)])
    story.tell(at, duty_facts.FurtherDocumentsRequested, documents=(document,))
    case, _ = story.read()
    (asked,) = data_of(case, "further_documents_requested")
    return case, asked


def test_what_a_notice_could_have_named_stops_no_clock_when_it_is_asked_for_later() -> None:
    case, asked = asked_again("C6", 41)
    assert (asked["documents"], asked["avoidable"], asked["count"]) == (["C6"], ["C6"], 1)
    assert not case.is_paused("docs_missing")


def test_what_no_list_names_stops_the_clock_until_it_comes() -> None:
    case, asked = asked_again("A8", 3)
    assert (asked["documents"], asked["avoidable"]) == (["A8"], [])
    assert case.is_paused("docs_missing")
    assert case.missing("application") == ("A8",)


def test_what_is_there_is_not_asked_for() -> None:
    case, asked = asked_again("A7", 3)
    assert (asked["documents"], case.is_paused("docs_missing")) == ([], False)


def test_each_notice_comes_once_and_the_reminder_before_the_due_date() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **FACTORY)
    case, _ = story.read(as_of=day(60))
    moments = {one.draft.type.split(".")[-2]: one.draft.time for one in case.said}
    assert moments["due_soon"] < moments["step_overdue"] < moments["overdue_escalated"]
    names = said(case)
    assert all(names.count(name) == 1 for name in ("due_soon", "step_overdue", "overdue_escalated"))
    assert data_of(case, "due_soon")[0]["due_at"] == data_of(case, "step_overdue")[0]["due_at"]


def dispute(*facts_: tuple[float, Any, dict[str, Any]]) -> tuple[Case, list[str]]:
    story = household()
    for at, kind, data in facts_:
        story.tell(at, kind, dispute="D1", **data)
    case, reading = story.read()
    return case, [one.type.split(".")[-2] for one in reading.left]


RAISED = (2.0, service_facts.DisputeRaised, {"about": "metering"})
ANSWERED = (4.0, service_facts.DisputeAnswered, {"upheld": False})


def test_a_dispute_is_settled_by_agreement_or_goes_to_the_supervisor() -> None:
    case, left = dispute(RAISED, ANSWERED, (5.0, service_facts.DisputeSettled, {"agreed": True}))
    assert (left, data_of(case, "dispute_settled")[0]["by"]) == ([], "agreement")
    case, left = dispute(
        RAISED,
        ANSWERED,
        (5.0, service_facts.DisputeSettled, {"agreed": False}),
        (6.0, service_facts.DisputeAnswered, {"upheld": True}),
    )
    assert left == []
    assert [one["level"] for one in data_of(case, "dispute_answered")] == [1, 2]
    assert data_of(case, "dispute_settled")[0]["by"] == "second_answer"
    reviews = [one for one in data_of(case, "duty_opened") if one["duty"] == "dispute_review"]
    assert (
        reviews[0]["responsible"]["role"] == case.supervisor.role.model_dump() if case.supervisor else False
    )


def test_a_customer_who_keeps_silent_after_an_answer_has_accepted_it() -> None:
    late = (4.0 + 30, service_facts.DisputeSettled, {"agreed": False})
    case, left = dispute(RAISED, ANSWERED, late)
    assert left == ["dispute_settled"], "it comes after the silence has settled it"
    assert data_of(case, "dispute_settled")[0]["by"] == "silence"


def test_ratings_and_corrections_belong_to_the_weeks_of_service() -> None:
    story = household().tell(10, service_facts.ServiceRated, score=5)
    story.tell(11, service_facts.RecordCorrected, field="meter_no", value="M2")
    case, reading = story.read()
    assert reading.left == []
    (corrected,) = data_of(case, "record_corrected")
    assert (corrected["before"], corrected["value"]) == ("M1", "M2")
    file = household().open_file(day(2))
    for fact in household().later:
        file.take(fact, day(2))
    late = household().tell(60, service_facts.ServiceRated, score=5).told[-1]
    assert file.take(late, day(60)).code == "case_closed"


def amended(story: Story, at: float, change: dict[str, Any], what: str = "policy") -> Case:
    _, start = story.start()
    new = start.policy.model_copy(update=change)
    story.tell(at, duty_facts.PolicyAmended, changed=what, policy=new.model_dump(mode="json"), note="why")
    return story.read(as_of=day(at + 0.01))[0]


def test_a_new_limit_moves_the_due_date_and_takes_a_lateness_back() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **FACTORY)
    _, start = story.start()
    plan = start.policy.step("supply_plan_reply")
    longer = LimitShown(value=60, unit="WD", statistic="limit", basis="seed", source="test")
    looser = plan.model_copy(
        update={"limits": tuple(c.model_copy(update={"limit": longer}) for c in plan.limits)}
    )
    steps = tuple(looser if step.code == plan.code else step for step in start.policy.steps)
    case = amended(story, 30, {"steps": steps, "policy_version": "f" * 64})
    (changed,) = data_of(case, "policy_amended")
    assert changed["due_before"] < changed["due_after"]
    assert "overdue_revoked" in said(case)
    assert data_of(case, "receipt_issued")[-1]["cause"] == "changed"
    assert case.policy.policy_version == "f" * 64
    assert not case.step.overdue


def test_a_case_does_not_change_its_process_under_way() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **FACTORY)
    case = amended(story, 3, {"process": "another"})
    assert data_of(case, "policy_amended") == []


def test_an_amended_calendar_keeps_everything_else() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **FACTORY)
    _, start = story.start()
    held: CaseSlice = start.policy
    newest = slices.amended(held, policy())
    assert newest == held
    off = tuple(
        sorted({*held.calendar.holidays, *((day(n) + timedelta(hours=8)).date() for n in range(1, 8))})
    )
    calendar = held.calendar.model_copy(update={"holidays": off})
    case = amended(story, 0.5, {"calendar": calendar, "calendar_version": "e" * 64}, "calendar")
    (changed,) = data_of(case, "policy_amended")
    assert (changed["changed"], changed["to_version"]) == ("calendar", "e" * 64)
    assert changed["due_before"] < changed["due_after"]
