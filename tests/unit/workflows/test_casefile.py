"""Facts come late, early, twice, in any order; the case ends in the same state."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue import connection_facts as facts
from events.catalogue.connection_events import Corrected, OverdueRevoked, ReceiptIssued, StepOverdue
from events.catalogue.duty_events import DutyOverdueRevoked
from events.envelope import Head, recompute_hash, seal, write_time
from tests.unit.workflows.telling import (
    FACTORY,
    Story,
    amended_shop,
    as_before,
    day,
    everything,
    factory,
    household,
)
from workflows.casefile import CaseFile

NOW = day(60)
LATER = day(200)
"""When all that silence can mean has been said."""

TAKING_BACK = {Corrected.type, OverdueRevoked.type, DutyOverdueRevoked.type}


def long_story() -> Story:
    """Objection, pause, visit and defects, all in one."""
    return (
        Story()
        .tell(0, facts.ApplicationSubmitted, **{**FACTORY, "documents": ("A1",)})
        .tell(1, facts.DocumentsSupplied, documents=("A2", "A3", "A5", "A7"))
        .tell(2, facts.PlanReplied, plan_no="P1", supporting_works=True)
        .tell(3, facts.PlanObjected, plan_no="P1")
        .tell(4, facts.PlanReplied, plan_no="P2", supporting_works=True)
        .tell(5, facts.PlanConfirmed, plan_no="P2")
        .tell(6, facts.CustomerVisited, office="厅")
        .tell(7, facts.Paused, cause="force_majeure", actor="government")
        .tell(9, facts.Resumed, cause="force_majeure")
        .tell(20, facts.SupportingWorksCompleted)
        .tell(21, facts.InspectionRequested, documents=("D1", "D2", "C1", "C2", "C3", "C6", "C11", "C12"))
        .tell(22, facts.InspectionFailed, defect_count=2)
        .tell(25, facts.InspectionRequested)
        .tell(26, facts.InspectionPassed)
        .tell(27, facts.MeterFitted, meter_no="M1")
        .tell(28, facts.Energised)
    )


def outcome_of(file: CaseFile) -> dict[str, object]:
    """What a case came to: its state and what still holds of what it said."""
    return {
        "ending": file.case.ending,
        "ended_at": file.case.ended_at,
        "facts": [one.id for one in file.state.facts],
        "held": [one.fact.id for one in file.state.held],
        "said": sorted((one.draft.type, one.draft.time, str(one.draft.data)) for one in file.case.said),
    }


@settings(max_examples=60, deadline=None)
@given(
    st.integers(min_value=0, max_value=10**9),
    st.sampled_from([long_story, factory, household, everything, as_before, amended_shop]),
)
def test_any_order_of_arrival_ends_in_the_same_state(seed: int, tell) -> None:  # type: ignore[no-untyped-def]
    story = tell()
    straight = story.open_file(NOW)
    for fact in story.later:
        assert straight.take(fact, NOW).fate == "applied"
    shuffled = story.open_file(NOW)
    order = story.later
    rng = random.Random(seed)  # noqa: S311 - a test's shuffle, repeatable by its seed
    rng.shuffle(order)
    log: list[dict[str, Any]] = []
    for fact in order:
        shuffled.take(fact, NOW)
        if rng.random() < 0.3:  # silence is judged, and the stream published, at any moment between
            shuffled.judge(LATER)
            log += publish(shuffled)
    for file in (straight, shuffled):
        file.judge(LATER)
    assert outcome_of(shuffled) == outcome_of(straight)
    assert len({one.key for one in shuffled.case.said}) == len(shuffled.case.said)
    log += publish(shuffled)
    assert still_holding(log) == as_sent(shuffled), "the log contradicts itself and does not say so"


def still_holding(log: list[dict[str, Any]]) -> list[str]:
    """What a log says that none of its corrections names."""
    named = {number for one in log if one["type"] == Corrected.type for number in one["data"]["sequences"]}
    return sorted(
        f"{one['type']} {one['time']} {one['data']}"
        for one in log
        if int(one["sequence"]) not in named and one["type"] not in TAKING_BACK
    )


def as_sent(file: CaseFile) -> list[str]:
    """What the case says by all that it knows now."""
    said = [one.draft for one in file.case.said if one.draft.type not in TAKING_BACK]
    return sorted(f"{one.type} {write_time(one.time)} {one.data}" for one in said)


def test_what_is_said_otherwise_takes_the_place_of_what_was_said_and_the_log_tells_so() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **FACTORY)
    file = story.open_file(day(0))
    file.judge(day(16))
    log = publish(file)
    (late,) = [one for one in log if one["type"] == StepOverdue.type]
    # A pause of three days, told when it was over: the step is late all the same, by another day.
    for told in (
        story.tell(3, facts.Paused, cause="customer_hold", actor="customer").told[-1],
        story.tell(6, facts.Resumed, cause="customer_hold").told[-1],
    ):
        assert file.take(told, day(30)).fate == "applied"
        file.judge(day(30))
        log += publish(file)
    revoked = [one["data"]["due_at"] for one in log if one["type"] == OverdueRevoked.type]
    assert revoked == [late["data"]["due_at"]], "figures count what is late: minus one, plus one"
    again = [one for one in log if one["type"] == StepOverdue.type][-1]
    assert again["data"]["due_at"] > late["data"]["due_at"]
    assert still_holding(log) == as_sent(file)


def test_what_has_not_left_yet_is_replaced_without_a_word() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **FACTORY)
    file = story.open_file(day(0))
    publish(file)
    for at in (6, 4):
        assert (
            file.take(story.tell(at, facts.CustomerVisited, office="厅").told[-1], day(7)).fate == "applied"
        )
    counted = [one.draft.data["count"] for one in file.state.queue]
    assert counted == [1, 2]


def test_what_takes_the_place_of_something_is_told_before_that_is_struck_out() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **FACTORY)
    file = story.open_file(day(0))
    for at in (6, 4):
        file.take(story.tell(at, facts.CustomerVisited, office="厅").told[-1], day(7))
        log = publish(file)
    *counted, corrected = log
    assert [one["data"]["count"] for one in counted] == [1, 2]
    assert corrected["data"] == {"sequences": [int(counted[0]["sequence"]) - 1]}


def test_a_fact_that_comes_before_its_state_is_held_and_then_applied_with_a_report() -> None:
    story = factory()
    file = story.open_file(NOW)
    plan, confirmed = story.later[:2]
    assert file.take(confirmed, NOW).fate == "held"
    assert file.take(plan, NOW).fate == "applied"
    (report,) = file.state.reports
    assert (report.id, report.fate) == (confirmed.id, "applied")


def test_a_held_fact_that_never_finds_its_place_is_given_back_with_its_reason() -> None:
    story = factory()
    file = story.open_file(NOW)
    file.take(story.later[-1], NOW)
    file.park()
    (report,) = file.state.reports
    assert (report.fate, report.code) == ("impossible", "never_possible")


def test_the_same_update_is_answered_the_same_and_changes_nothing() -> None:
    story = factory()
    file = story.open_file(NOW)
    first = file.take(story.later[0], NOW)
    before = len(file.state.queue)
    assert file.take(story.later[0], NOW) == first
    assert len(file.state.queue) == before


def test_a_visit_that_is_handed_over_again_is_counted_once() -> None:
    story = household().tell(0.5, facts.CustomerVisited, office="Haikou")
    file = story.open_file(NOW)
    for _ in range(2):  # Temporal forgets update ids with the run; the case does not
        assert file.take(story.told[-1], NOW).fate == "applied"
    counted = [one.draft.data["count"] for one in file.state.queue if "visit_counted" in one.draft.type]
    assert counted == [1]


def test_a_fact_of_another_process_is_impossible_at_once() -> None:
    file = household().open_file(NOW)
    plan = factory().later[0]
    assert file.take(plan, NOW).code == "not_in_this_process"


def test_nothing_is_taken_that_happened_after_the_end() -> None:
    story = household()
    file = story.open_file(NOW)
    for fact in story.later:
        file.take(fact, NOW)
    late = Story(list(story.told)).tell(30, facts.Withdrawn).told[-1]
    assert file.take(late, NOW).code == "case_ended"


def test_an_earlier_dated_objection_waits_until_it_does_not_undo_what_was_decided() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **FACTORY)
        .tell(2, facts.PlanReplied, plan_no="P1", supporting_works=True)
        .tell(6, facts.PlanConfirmed, plan_no="P1")
        .tell(3, facts.PlanObjected, plan_no="P1")
    )
    file = story.open_file(NOW)
    fates = [file.take(fact, NOW).fate for fact in story.later]
    assert fates == ["applied", "applied", "held"]


def test_an_on_time_fact_that_comes_late_revokes_the_overdue() -> None:
    story = factory()
    file = story.open_file(day(20))
    file.judge(day(20))
    assert StepOverdue.type in [one.draft.type for one in file.state.queue]
    publish(file)
    assert file.take(story.later[0], day(20)).fate == "applied"
    types = [one.draft.type for one in file.state.queue]
    assert OverdueRevoked.type in types
    assert Corrected.type in types


def test_a_late_pause_issues_the_receipt_again_under_its_own_number() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **FACTORY)
        .tell(10, facts.PlanReplied, plan_no="P1", supporting_works=True)
        .tell(1, facts.Paused, cause="customer_hold", actor="customer")
        .tell(5, facts.Resumed, cause="customer_hold")
    )
    file = story.open_file(NOW)
    for fact in story.later:
        assert file.take(fact, NOW).fate in ("applied", "held")
    assert not file.state.held
    numbers = [one.draft.data["receipt_no"] for one in file.case.said if one.draft.type == ReceiptIssued.type]
    assert len(numbers) == len(set(numbers))


def publish(file: CaseFile) -> list[dict[str, Any]]:
    """Seal all that is queued, as the run does, and return the events."""
    start = file.start
    if not file.state.queue:
        return []
    events = seal(
        file.state.head,
        [one.draft for one in file.state.queue],
        source=start.source,
        subject=start.number,
        correlationid=start.number,
        policyversion=start.policy.policy_version,
    )
    for one, event in zip(file.state.queue, events, strict=True):
        if one.key in file.state.spoken:
            file.state.spoken[one.key].sequence = event.number
    file.state.queue.clear()
    file.state.head = Head(sequence=events[-1].number, hash=events[-1].hash)
    return [event.as_json() for event in events]


def test_a_stream_is_a_chain_without_holes() -> None:
    story = long_story()
    file = story.open_file(NOW)
    events = publish(file)
    for fact in story.later:
        file.take(fact, NOW)
        events += publish(file)
    previous = Head()
    for count, event in enumerate(events, 1):
        assert int(str(event["sequence"])) == count
        assert event["prevhash"] == previous.hash
        assert recompute_hash(event) == event["hash"]
        previous = Head(sequence=count, hash=str(event["hash"]))


@pytest.mark.parametrize("hours", [1, 30])
def test_the_same_facts_at_another_wall_time_say_the_same(hours: int) -> None:
    story = factory()
    here, there = story.open_file(NOW), story.open_file(NOW + timedelta(hours=hours))
    for fact in story.later:
        here.take(fact, NOW)
        there.take(fact, NOW + timedelta(hours=hours))
    assert outcome_of(here) == outcome_of(there)
