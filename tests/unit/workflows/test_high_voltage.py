"""High voltage: application, supply-plan reply, completion inspection and metering."""

from datetime import UTC, datetime, timedelta

from events.catalogue import connection_facts as facts
from tests.unit.workflows.telling import (
    FACTORY,
    HV_APPLICATION_PAPERS,
    HV_INSPECTION_PAPERS,
    Story,
    data_of,
    day,
    factory,
    said,
)


def steps_entered(story: Story) -> list[str]:
    case, _ = story.read()
    return [one["step"] for one in data_of(case, "receipt_issued") if one["cause"] == "step_entered"]


def test_a_factory_goes_through_the_three_steps_with_the_works_between() -> None:
    assert steps_entered(factory()) == [
        "application",
        "supply_plan_reply",
        "supporting_works",
        "completion_inspection_and_metering",
    ]


def test_a_plan_without_works_leads_straight_to_the_inspection() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **FACTORY)
        .tell(5, facts.PlanReplied, plan_no="P1", supporting_works=False)
        .tell(6, facts.PlanConfirmed, plan_no="P1")
    )
    assert "supporting_works" not in steps_entered(story)


def test_manager_and_supervisor_are_two_people_on_every_receipt() -> None:
    case, _ = factory().read()
    for receipt in data_of(case, "receipt_issued"):
        assert receipt["responsible"]["staff_id"] != receipt["supervisor"]["staff_id"]


def test_one_notice_names_everything_that_is_missing_and_stops_the_clock() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **{**FACTORY, "documents": ("A1", "A7")})
        .tell(3, facts.DocumentsSupplied, documents=("A2", "A3"))
        .tell(8, facts.DocumentsSupplied, documents=("A5",))
    )
    case, _ = story.read()
    (notice,) = data_of(case, "documents_requested")
    assert notice["missing"] == ["A2", "A3", "A5"]
    assert [one["missing"] for one in data_of(case, "documents_received")] == [["A5"], []]
    assert case.accepted_at == day(8)
    assert "step_overdue" not in said(case)


def test_an_objection_asks_for_another_plan() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **FACTORY)
        .tell(2, facts.PlanReplied, plan_no="P1", supporting_works=True)
        .tell(3, facts.PlanObjected, plan_no="P1")
        .tell(4, facts.PlanReplied, plan_no="P2", supporting_works=True)
        .tell(5, facts.PlanConfirmed, plan_no="P2")
    )
    case, reading = story.read()
    assert not reading.left
    assert case.step.rule.code == "supporting_works"


def test_a_confirmation_of_another_plan_finds_no_place() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **FACTORY)
        .tell(2, facts.PlanReplied, plan_no="P1", supporting_works=True)
        .tell(3, facts.PlanConfirmed, plan_no="P9")
    )
    _, reading = story.read()
    assert [one.type for one in reading.left] == [facts.PlanConfirmed.type]


def test_defects_stop_the_clock_until_a_new_request() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **FACTORY)
        .tell(2, facts.PlanReplied, plan_no="P1", supporting_works=False)
        .tell(3, facts.PlanConfirmed, plan_no="P1")
        .tell(9, facts.InspectionRequested, documents=HV_INSPECTION_PAPERS)
        .tell(10, facts.InspectionFailed, defect_count=3)
        .tell(60, facts.InspectionRequested)
        .tell(61, facts.InspectionPassed)
        .tell(62, facts.MeterFitted, meter_no="M1")
        .tell(62, facts.Energised)
    )
    case, reading = story.read()
    assert not reading.left
    assert "step_overdue" not in said(case)
    (elapsed,) = data_of(case, "elapsed_measured")
    assert elapsed["gross_days"] == 62
    assert elapsed["net_days"] == 62 - 1 - 6 - 50  # confirming the plan, building, mending


def test_inspection_papers_that_are_missing_are_asked_for_once() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **FACTORY)
        .tell(2, facts.PlanReplied, plan_no="P1", supporting_works=False)
        .tell(3, facts.PlanConfirmed, plan_no="P1")
        .tell(9, facts.InspectionRequested, documents=HV_INSPECTION_PAPERS[:5])
        .tell(12, facts.DocumentsSupplied, documents=HV_INSPECTION_PAPERS[5:])
        .tell(13, facts.InspectionPassed)
    )
    case, reading = story.read()
    assert not reading.left
    (notice,) = data_of(case, "documents_requested")
    assert notice["missing"] == list(HV_INSPECTION_PAPERS[5:])


def test_the_receipt_of_a_request_counts_the_papers_that_came_with_it() -> None:
    case, _ = factory().read()
    resumed = [one for one in data_of(case, "receipt_issued") if one["cause"] == "resumed"]
    assert resumed[-1]["documents_missing"] == []


def test_a_plan_after_its_limit_is_overdue_and_then_told_to_the_supervisor() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **FACTORY)
        .tell(30, facts.PlanReplied, plan_no="P1", supporting_works=True)
    )
    case, _ = story.read()
    (late,) = data_of(case, "step_overdue")
    assert late["step"] == "supply_plan_reply"
    # Ten working days from Monday 1 June: the end of Monday 15 June in Haikou.
    assert late["due_at"] == "2026-06-15T15:59:59.999999Z"
    (told,) = [one.draft for one in case.said if one.draft.type.endswith("overdue_escalated.v1")]
    assert told.time == datetime(2026, 6, 16, 15, 59, 59, 999999, tzinfo=UTC)


def test_silence_after_the_limit_is_overdue_and_silence_before_it_is_not() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **FACTORY)
    due = datetime(2026, 6, 15, 15, 59, 59, 999999, tzinfo=UTC)
    assert "step_overdue" not in said(story.read(as_of=due)[0])
    assert "step_overdue" in said(story.read(as_of=due + timedelta(seconds=1))[0])


def test_a_pause_by_the_customer_moves_the_due_date() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **FACTORY)
        .tell(1, facts.Paused, cause="customer_hold", actor="customer")
        .tell(8, facts.Resumed, cause="customer_hold")
    )
    # Without the pause: Monday 15 June. Five working days stand still, and Friday 19 June is the Dragon
    # Boat festival.
    assert story.read()[0].due == datetime(2026, 6, 23, 15, 59, 59, 999999, tzinfo=UTC)


def test_a_pause_without_a_known_cause_finds_no_place() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **FACTORY)
        .tell(1, facts.Paused, cause="lunch", actor="utility")
    )
    assert len(story.read()[1].left) == 1


def test_withdrawal_ends_the_case_at_any_step() -> None:
    whole = factory().told
    for length in range(1, len(whole)):
        story = Story(list(whole[:length]))
        moment = whole[length - 1].time + timedelta(hours=1)
        case, reading = story.tell_at(moment, facts.Withdrawn).read()
        assert case.ending == "withdrawn"
        assert not reading.left
        assert said(case)[-1] == "application_withdrawn"


def test_a_counter_visit_is_counted_against_the_promise() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **FACTORY)
        .tell(1, facts.CustomerVisited, office="海口营业厅")
        .tell(2, facts.CustomerVisited, office="海口营业厅", wrong_notice=True)
    )
    case, _ = story.read()
    counted = data_of(case, "visit_counted")
    assert [(one["count"], one["allowed"]) for one in counted] == [(1, 1), (2, 1)]


def test_the_papers_of_the_application_are_those_of_the_list() -> None:
    case, _ = Story().tell(0, facts.ApplicationSubmitted, **{**FACTORY, "documents": ()}).read()
    (notice,) = data_of(case, "documents_requested")
    assert notice["missing"] == list(HV_APPLICATION_PAPERS)


def test_the_second_profile_knows_application_and_energisation() -> None:
    opening = {
        "region": "WI",
        "customer_type": "enterprise",
        "usage": "generation",
        "voltage_kv": "138",
        "capacity_kva": "50000",
        "channel": "queue",
    }
    story = Story().tell(0, facts.ApplicationSubmitted, **opening).tell(900, facts.Energised)
    case, reading = story.read(profile="midwest")
    assert not reading.left
    assert case.ending == "energised"
    assert "documents_requested" not in said(case)
    assert data_of(case, "elapsed_measured")[0]["gross_days"] == 900


def test_a_receipt_tells_the_days_so_far_the_papers_in_hand_and_who_builds() -> None:
    case, _ = factory().read()
    receipts = data_of(case, "receipt_issued")
    first, last = receipts[0], receipts[-1]
    assert first["channel"] == last["channel"] == "csg_app"
    assert set(HV_APPLICATION_PAPERS) <= set(last["documents_have"])
    assert last["boundary"] == data_of(case, "boundary_decided")[-1]["boundary"]
    gross = [one["elapsed_gross_days"] for one in receipts if "elapsed_gross_days" in one]
    assert gross == sorted(gross) and gross[-1] > 0
    assert all(
        one["elapsed_net_days"] <= one["elapsed_gross_days"]
        for one in receipts
        if "elapsed_gross_days" in one
    )
