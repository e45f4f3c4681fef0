"""What the read models make of the log."""

import pytest

from events.catalogue import connection_facts as facts
from projections.progress.fold import Progress
from projections.projection import Projection
from projections.statistics.fold import Statistics
from projections.timeline.fold import Timeline
from tests.unit.projections.logs import events_of, folded, logged
from tests.unit.workflows.telling import FACTORY, HOUSEHOLD, Story, factory, household

KEY = ("HN-2026-000001",)


def test_an_energised_factory_is_shown_with_its_steps_days_and_officers() -> None:
    row = folded(Progress(), logged(events_of(factory())))[KEY]
    assert (row["status"], row["overdue"], row["ever_overdue"]) == ("energised", False, False)
    state = row["state"]
    assert [step["code"] for step in state["steps"]] == [
        "application",
        "supply_plan_reply",
        "supporting_works",
        "completion_inspection_and_metering",
    ]
    assert all(step["done_at"] for step in state["steps"])
    assert all(pause["ended_at"] for pause in state["pauses"])
    assert (state["elapsed"]["gross_days"], state["elapsed"]["net_days"]) == (47, 41)
    assert state["manager"]["staff_id"] != state["supervisor"]["staff_id"]


def test_missing_papers_are_shown_until_they_come() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **{**FACTORY, "documents": ("A1",)})
    row = folded(Progress(), logged(events_of(story)))[KEY]
    assert (row["status"], row["paused_cause"]) == ("checking", "docs_missing")
    assert row["state"]["documents_missing"] == ["A2", "A3", "A5", "A7"]
    story.tell(2, facts.DocumentsSupplied, documents=("A2", "A3", "A5", "A7"))
    row = folded(Progress(), logged(events_of(story)))[KEY]
    assert (row["status"], row["state"]["documents_missing"]) == ("open", [])


def test_a_paper_is_kept_with_its_file_and_who_provided_it() -> None:
    file = {"sha256": "ab" * 32, "size": 12, "media_type": "application/pdf"}
    given = {"document": "A3", "file": file}
    story = Story().tell(
        0, facts.ApplicationSubmitted, **{**FACTORY, "documents": ("A1",), "papers": [{"document": "A5"}]}
    )
    story.tell(2, facts.DocumentsSupplied, documents=("A2",), provided_by="gov_share")
    story.tell(3, facts.DocumentsSupplied, documents=("A3",), papers=[given])
    story.tell(4, facts.DocumentsSupplied, documents=("A3", "A7"), papers=[given])
    state = folded(Progress(), logged(events_of(story)))[KEY]["state"]
    papers = [(one["document"], one["provided_by"], one.get("file")) for one in state["papers"]]
    assert papers[:3] == [("A5", "customer", None), ("A2", "gov_share", None), ("A3", "customer", file)]
    assert papers.count(("A3", "customer", file)) == 1


def test_a_late_step_is_late_until_it_is_left_and_its_lateness_stays_on_record() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **FACTORY)
    late = folded(Progress(), logged(events_of(story, judge_first=True)))[KEY]
    assert (late["overdue"], late["ever_overdue"]) == (True, True)
    story.tell(40, facts.PlanReplied, plan_no="P1", supporting_works=True)
    story.tell(41, facts.PlanConfirmed, plan_no="P1")
    left = folded(Progress(), logged(events_of(story)))[KEY]
    assert (left["step"], left["overdue"], left["ever_overdue"]) == ("supporting_works", False, True)


def test_a_revoked_overdue_leaves_no_stain() -> None:
    events = logged(events_of(household(), judge_first=True))
    row = folded(Progress(), events)[KEY]
    assert (row["status"], row["ever_overdue"]) == ("energised", False)
    figures = folded(Statistics(), events)[KEY]
    assert (figures["steps_late"], figures["on_time"], figures["overdue"]) == (0, True, False)
    entries = folded(Timeline(), events)
    retracted = {row["type"].split(".")[-2] for row in entries.values() if row["retracted"]}
    assert retracted == {"due_soon", "step_overdue", "overdue_escalated"}


def test_a_withdrawn_application_counts_as_neither_open_nor_energised() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **HOUSEHOLD).tell(1, facts.Withdrawn)
    row = folded(Statistics(), logged(events_of(story)))[KEY]
    assert row["withdrawn_at"] is not None
    assert row.get("energised_at") is None
    assert row.get("on_time") is None


def test_the_timeline_keeps_every_event_with_its_place() -> None:
    events = logged(events_of(factory()))
    entries = folded(Timeline(), events)
    assert sorted(entries) == [(KEY[0], number) for number in range(1, len(events) + 1)]
    assert all(row["hash"] and row["offset"] == row["sequence"] - 1 for row in entries.values())


@pytest.mark.parametrize("projection", [Progress(), Timeline(), Statistics()], ids=lambda one: one.name)
@pytest.mark.parametrize("batch", [1, 3, 7])
def test_the_size_of_a_batch_makes_no_difference(projection: Projection, batch: int) -> None:
    events = logged(events_of(factory(), judge_first=True))
    assert folded(projection, events, batch) == folded(projection, events)
