"""What stands beside the steps is folded as it is said, and taken back when it no longer holds."""

from datetime import date, datetime
from random import Random
from typing import Any

import pytest

from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts
from events.envelope import Head
from projections.ordering import order
from projections.progress.fold import Progress
from projections.projection import Projection, Row
from projections.statistics.fold import Statistics
from projections.timeline.fold import Timeline
from tests.unit.projections.logs import drain, events_of, folded, head_of, logged
from tests.unit.projections.stories import amended, important, late_dispute, served
from tests.unit.workflows.telling import NUMBER, Story, day

KEY = (NUMBER,)
NOT_COMPARED = {"said", "fact", "sequence", "last_event_at", "issued"}


def state_of(story: Story, *, judge_first: bool = False) -> Row:
    row = folded(Progress(), logged(events_of(story, judge_first=judge_first)))[KEY]
    state: Row = row["state"]
    return state


def test_duties_are_opened_and_done_and_one_that_waits_for_an_authority_is_nobody_s_lateness() -> None:
    row = folded(Progress(), logged(events_of(important())))[KEY]
    duties = {(one["duty"], one["ref"]): one for one in row["state"]["duties"]}
    assert duties["confirm_boundary", "-"]["done_at"]
    permit = duties["permit", "road-1"]
    assert (permit["actor"], permit.get("responsible"), permit.get("done_at")) == ("government", None, None)
    assert row["duties_late"] == 0
    assert row["state"]["confirmation"]["boundary"] == "red_line"
    assert row["state"]["promise"]["days"] == 80


def test_a_check_has_its_rounds() -> None:
    rounds = [(one["check"], one.get("passed")) for one in state_of(important())["checks"]]
    assert rounds == [("design_review", False), ("design_review", True), ("mid_inspection", None)]


def test_a_late_duty_is_late_and_a_fact_that_shows_otherwise_takes_it_back() -> None:
    """The check waits since day 14; judged at day 100, it is late until the opinion of day 15 arrives."""
    file = important().open_file(day(100))
    events = drain(file, NUMBER, Head())
    for fact in important().later:
        file.take(fact, day(100))
        events += drain(file, NUMBER, head_of(events))
    file.judge(day(100))
    events += drain(file, NUMBER, head_of(events))
    late = folded(Progress(), logged(events))[KEY]
    told = [one for one in late["state"]["duties"] if one.get("late_by")]
    assert [(one["duty"], bool(one.get("escalated_at"))) for one in told] == [
        ("permit", False),
        ("mid_inspection", True),
    ]
    assert late["duties_late"] == 1  # an authority that is late does not make the utility late
    opinion = important().tell(15, duty_facts.MidInspected, passed=True).told[-1]
    file.take(opinion, day(100))
    events += drain(file, NUMBER, head_of(events))
    row = folded(Progress(), logged(events))[KEY]
    assert (row["duties_late"], row["state"]["checks"][-1]["passed"]) == (0, True)
    assert all(one["duty"] == "permit" for one in row["state"]["duties"] if one.get("late_by"))


def test_what_was_asked_for_again_is_missing_until_it_comes_and_says_whether_it_was_avoidable() -> None:
    story = Story(important().told)
    story.tell(40, facts.SupportingWorksCompleted)
    story.tell(43, duty_facts.FurtherDocumentsRequested, documents=("C11",))
    state = state_of(story)
    assert [one["avoidable"] for one in state["requests"]] == [[], ["C11"]]
    assert state["documents_missing"] == ["C11"]


def test_after_energisation_there_are_a_window_a_rating_disputes_and_corrections() -> None:
    state = state_of(served())
    assert state["service_until"] > state["energised_at"]
    assert state["rating"]["score"] == 4
    steps = [[one["step"] for one in dispute["steps"]] for dispute in state["disputes"]]
    assert steps == [["raised", "answered", "taken_further", "answered", "settled"], ["raised", "answered"]]
    assert [(one["field"], one["before"], one["value"]) for one in state["corrections"]] == [
        ("meter_no", "M1", "M2")
    ]
    open_duties = [(one["duty"], one["ref"]) for one in state["duties"] if not one.get("done_at")]
    assert open_duties == [("dispute_reply", "Y2")]


def test_what_counts_in_the_figures_of_the_service_is_when_and_with_which_verdict() -> None:
    counted = folded(Progress(), logged(events_of(served())))[KEY]["quality"]
    assert [one["avoidable"] for one in counted["asked"]] == [False, True]
    assert [one["score"] for one in counted["ratings"]] == [4]
    # The second answer, not the first, decides about the dispute that went further.
    assert [(one["upheld"], one["settled"]) for one in counted["disputes"]] == [(True, True), (True, False)]
    assert len(counted["corrections"]) == 1
    pauses = folded(Progress(), logged(events_of(served())))[KEY]["state"]["pauses"]
    assert [(one["cause"], datetime.fromisoformat(one["from"])) for one in counted["pauses"]] == [
        (one["cause"], datetime.fromisoformat(one["started_at"])) for one in pauses
    ]
    assert all(one["until"] for one in counted["pauses"]) and counted["pauses"]
    assert counted["duties"] and not any(one["late"] for one in counted["duties"])
    late = folded(Progress(), logged(events_of(important())))[KEY]["quality"]
    assert set(late) == {"pauses", "asked", "duties"}  # what there is none of takes no room


def test_a_changed_calendar_is_told_with_what_it_did_to_the_due_date() -> None:
    story = Story(important().told[:3])
    (told,) = state_of(amended(story, 3.5, date(2026, 6, 8)))["amendments"]
    assert (told["changed"], told["note"]) == ("calendar", "State Council's notice")
    assert told["due_after"] > told["due_before"]


def test_an_end_ends_one_pause_even_where_the_next_begins_at_the_same_moment() -> None:
    story = Story(important().told[:4])
    story.tell(6, facts.PlanObjected, plan_no="P1").tell(
        6, facts.PlanReplied, plan_no="P2", supporting_works=True
    )
    first, second = (one for one in state_of(story)["pauses"] if one["cause"] == "plan_confirm")
    assert first["ended_at"] == second["started_at"]
    assert "ended_at" not in second


@pytest.mark.parametrize("settled", [True, False])
def test_a_late_dispute_is_a_case_of_its_own_that_names_the_old_one(settled: bool) -> None:
    events = logged(late_dispute("HN-2026-000009", NUMBER, settled=settled))
    row = folded(Progress(), events)["HN-2026-000009",]
    assert row["status"] == ("settled" if settled else "open")
    assert row["state"]["linked"]["linked_to"] == NUMBER
    assert row["voltage_kv"] is None


def shown(value: Any) -> Any:
    """A state without the places in the stream that it came from."""
    if isinstance(value, dict):
        return {
            key: shown(one)
            for key, one in value.items()
            if key not in NOT_COMPARED and not key.endswith(("_by", "_fact"))
        }
    if isinstance(value, list):
        return sorted((shown(one) for one in value), key=repr)
    return value


IN_ORDER = shown(state_of(served()))


@pytest.mark.parametrize("seed", range(12))
def test_facts_in_any_order_leave_the_same_page(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - drawn, not secret
    assert shown(state_of(shuffled(served(), random))) == IN_ORDER


def shuffled(story: Story, random: Random) -> Story:
    opening, *rest = story.told
    random.shuffle(rest)
    return Story([opening, *rest])


@pytest.mark.parametrize("projection", [Progress(), Timeline(), Statistics()], ids=lambda one: one.name)
@pytest.mark.parametrize("seed", range(3))
def test_shuffled_partitions_and_any_batch_fold_to_the_same_rows(projection: Projection, seed: int) -> None:
    """The streams of two partitions in another order, folded one by one, as rebuilt at once."""
    random = Random(seed)  # noqa: S311 - drawn, not secret
    streams = [STREAMS[number] for number in sorted(STREAMS)]
    whole = folded(projection, [one for stream in streams for one in stream])
    mixed = [one for stream in streams for one in stream]
    random.shuffle(mixed)
    live = folded(projection, order(mixed, {}).fold, batch=random.randint(1, 9))
    assert live == whole


STREAMS = {
    NUMBER: logged(events_of(shuffled(served(), Random(5)))),  # noqa: S311
    "HN-2026-000002": logged(events_of(important(), "HN-2026-000002")),
    "HN-2026-000009": logged(late_dispute("HN-2026-000009", NUMBER)),
}
