"""What is to be done beside the steps: a boundary to be confirmed, permits, checks; each by its own clock."""

import pytest

from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts
from tests.unit.workflows.telling import (
    FACTORY,
    HV_INSPECTION_PAPERS,
    IMPORTANT,
    Story,
    data_of,
    day,
    factory,
    said,
)
from tests.unit.workflows.test_casefile import publish
from workflows.case import Case

LARGE = {**FACTORY, "investment_cny": "100000000"}


def times_of(case: Case, name: str) -> list[str]:
    """When all events with this short name were said, in UTC."""
    named = [one.draft for one in case.said if one.draft.type.split(".")[-2] == name]
    return [f"{draft.time:%m-%d %H:%M}" for draft in named]


def large(*, confirmed: bool) -> Story:
    """A large industrial project, whose boundary a person has to confirm before the plan."""
    story = Story().tell(0, facts.ApplicationSubmitted, **LARGE)
    if confirmed:
        story.tell(3, duty_facts.BoundaryConfirmed, boundary="red_line", confirmed_by="S-7")
    return story.tell(4, facts.PlanReplied, plan_no="P1", supporting_works=True)


def test_a_confirmed_boundary_is_the_one_that_counts() -> None:
    case, reading = large(confirmed=True).read()
    assert not reading.left
    assert said(case)[-6:-1] == [
        "boundary_confirmed",
        "duty_done",
        "receipt_issued",
        "plan_replied",
        "clock_paused",
    ]
    changed = [one["boundary"] for one in data_of(case, "receipt_issued") if one["cause"] == "changed"]
    assert changed == ["red_line"] == [case.boundary]


def test_a_duty_is_reminded_of_overdue_and_escalated_once_each_and_then_done() -> None:
    # Five working days after Monday 1 June: the end of Monday 8 June.
    case, _ = large(confirmed=False).read(as_of=day(30))
    duty = "confirm_boundary"
    (late,) = data_of(case, "duty_overdue")
    assert (late["duty"], late["due_at"]) == (duty, "2026-06-08T15:59:59.999999Z")
    (told,) = data_of(case, "duty_escalated")
    assert late["responsible"]["staff_id"] != told["supervisor"]["staff_id"]
    assert [one["due_at"] for one in data_of(case, "due_soon") if one.get("duty") == duty] == [late["due_at"]]
    assert times_of(case, "duty_overdue") == ["06-08 15:59"]
    assert times_of(case, "duty_escalated") == ["06-09 15:59"]
    # The step itself is late on its own account, later.
    assert times_of(case, "step_overdue") == ["06-15 15:59"]


def test_a_duty_done_in_time_is_never_late() -> None:
    case, _ = large(confirmed=True).read(as_of=day(8))
    assert not {"duty_overdue", "duty_escalated", "due_soon"} & set(said(case))
    # Done on its due date itself, at the last minute of the day.
    story = Story().tell(0, facts.ApplicationSubmitted, **LARGE)
    story.tell(7.5, duty_facts.BoundaryConfirmed, boundary="red_line", confirmed_by="S-7")
    assert "duty_overdue" not in said(story.read(as_of=day(8))[0])


def permits() -> Story:
    """Two permits are asked for while the plan is being made; one comes."""
    return (
        Story()
        .tell(0, facts.ApplicationSubmitted, **FACTORY)
        .tell(1, duty_facts.PermitRequested, permit="road", authority="市政")
        .tell(2, duty_facts.PermitRequested, permit="trees", authority="园林")
        .tell(3, duty_facts.PermitGranted, permit="trees")
    )


def test_two_permits_are_told_apart_and_the_one_that_does_not_come_is_late_without_escalation() -> None:
    case, reading = permits().read(as_of=day(40))
    assert not reading.left
    road, trees = data_of(case, "duty_opened")
    assert (road["actor"], road["due_at"]) == ("government", "2026-06-16T15:59:59.999999Z")
    assert [one["ref"] for one in data_of(case, "duty_done")] == [trees["ref"]]
    assert [one["ref"] for one in data_of(case, "duty_overdue")] == [road["ref"]]
    assert "duty_escalated" not in said(case)
    assert not [one for one in data_of(case, "due_soon") if one.get("duty")]


def test_a_permit_does_not_stop_the_clock_of_the_step() -> None:
    without, _ = Story().tell(0, facts.ApplicationSubmitted, **FACTORY).read()
    assert permits().read()[0].due == without.due is not None


def test_a_permit_is_asked_for_again_only_once_it_was_granted() -> None:
    story = permits().tell(4, duty_facts.PermitRequested, permit="road", authority="市政")
    assert [one.id for one in story.read()[1].left] == [story.told[-1].id]
    story = permits().tell(4, duty_facts.PermitRequested, permit="trees", authority="园林")
    assert not story.read()[1].left
    assert len(data_of(story.read()[0], "duty_opened")) == 3


def important(*more: str) -> Story:
    """An important customer that needs no works, checks named here passed, asks for its inspection."""
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **IMPORTANT)
        .tell(2, facts.PlanReplied, plan_no="P1", supporting_works=False)
        .tell(3, facts.PlanConfirmed, plan_no="P1")
    )
    if "design" in more:
        story.tell(4, duty_facts.DesignSubmitted).tell(5, duty_facts.DesignReviewed, passed=True)
    if "works" in more:
        story.tell(6, duty_facts.MidInspectionRequested).tell(7, duty_facts.MidInspected, passed=True)
    return story.tell(8, facts.InspectionRequested, documents=HV_INSPECTION_PAPERS)


@pytest.mark.parametrize("passed", [(), ("design",), ("works",)])
def test_the_completion_inspection_waits_for_both_checks(passed: tuple[str, ...]) -> None:
    story = important(*passed)
    assert [one.id for one in story.read()[1].left] == [story.told[-1].id]
    assert not important("design", "works").read()[1].left


def test_an_opinion_with_defects_does_not_pass() -> None:
    story = important("works").tell(9, duty_facts.DesignSubmitted)
    story.tell(10, duty_facts.DesignReviewed, passed=False)
    assert [one.type for one in story.read()[1].left] == [facts.InspectionRequested.type]
    story.tell(11, duty_facts.DesignSubmitted).tell(12, duty_facts.DesignReviewed, passed=True)
    case, reading = story.read()
    assert not reading.left
    assert data_of(case, "inspection_requested")


def test_a_design_waits_for_the_confirmed_plan_and_has_no_place_once_it_passed() -> None:
    early = Story().tell(0, facts.ApplicationSubmitted, **IMPORTANT).tell(1, duty_facts.DesignSubmitted)
    assert len(early.read()[1].left) == 1
    early.tell(2, facts.PlanReplied, plan_no="P1", supporting_works=True)
    early.tell(3, facts.PlanConfirmed, plan_no="P1")
    case, reading = early.read()
    assert not reading.left
    assert times_of(case, "design_submitted") == [f"{day(3):%m-%d %H:%M}"]
    again = important("design").tell(9, duty_facts.DesignSubmitted)
    assert again.told[-1] in again.read()[1].left


def test_an_opinion_that_is_late_is_the_utilitys_lateness() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **IMPORTANT)
    story.tell(2, facts.PlanReplied, plan_no="P1", supporting_works=True)
    story.tell(3, facts.PlanConfirmed, plan_no="P1").tell(4, duty_facts.DesignSubmitted)
    case, _ = story.read(as_of=day(40))
    (late,) = data_of(case, "duty_overdue")
    assert late["duty"] == "design_review"
    assert late["responsible"]
    assert len(data_of(case, "duty_escalated")) == 1


def test_a_customer_that_is_not_important_has_no_checks() -> None:
    file = factory().open_file(day(60))
    for fact in important("design").told[3:5]:
        assert file.take(fact, day(60)).code == "not_in_this_process"


def test_a_duty_done_in_time_of_which_is_heard_late_was_not_overdue() -> None:
    file = Story().tell(0, facts.ApplicationSubmitted, **LARGE).open_file(day(8))
    file.judge(day(8))
    log = publish(file)
    (late,) = [one for one in log if ".duty_overdue." in one["type"]]
    assert file.take(large(confirmed=True).told[1], day(8)).fate == "applied"
    told = {one["type"].split(".")[-2]: one["data"] for one in publish(file)}
    assert told["duty_overdue_revoked"] == {
        "duty": "confirm_boundary",
        "ref": "-",
        "due_at": late["data"]["due_at"],
    }
    assert int(late["sequence"]) in told["corrected"]["sequences"]


def test_duties_lapse_with_the_application() -> None:
    story = permits().tell(4, facts.Withdrawn)
    case, _ = story.read(as_of=day(60))
    assert "duty_overdue" not in said(case)
