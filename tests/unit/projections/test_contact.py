"""How customers and the grid company met: each trip, survey, question and hand-over once, whatever is
corrected."""

from typing import Any

import pytest

from events.catalogue import connection_facts as facts
from events.catalogue.traits import Kind
from projections.api.contact import contact
from projections.contact.fold import Contact
from tests.unit.policy.examples import hainan, midwest
from tests.unit.projections.logs import events_of, folded, logged
from tests.unit.workflows.telling import FACTORY, HOUSEHOLD, Story, household
from tests.unit.workflows.test_officers import asked, handed
from workflows.policy.staffing import MANAGER

KEY = ("HN-2026-000001",)
COUNTS = ("surveys", "remote", "asked", "answered", "in_time", "late")
NOBODY: dict[str, Any] = {**dict.fromkeys(COUNTS, 0), "median_seconds": None}


def row_of(story: Story, **how: Any) -> dict[str, Any]:
    """The row that a story leaves."""
    return folded(Contact(), logged(events_of(story, **how)))[KEY]


def visited(*wrong: bool) -> Story:
    """A household that comes to a counter so many times, some of them for a wrong notice."""
    story = Story().tell(0, facts.ApplicationSubmitted, **HOUSEHOLD)
    for number, one in enumerate(wrong):
        story.tell(0.1 + number / 10, facts.CustomerVisited, office="海口", wrong_notice=one)
    story.tell(1, facts.SurveyCompleted, supporting_works=False, remote=True)
    return story.tell(1.1, facts.MeterFitted, meter_no="M1").tell(1.2, facts.Energised)


def test_only_the_customers_own_trips_count_and_a_wrong_notice_is_named() -> None:
    assert "visits" not in row_of(household())["records"]
    visits = row_of(visited(False, True))["records"]["visits"]
    assert [one["wrong"] for one in visits] == [False, True]


def test_a_survey_from_afar_is_one_like_one_on_the_spot() -> None:
    assert [one["remote"] for one in row_of(visited())["records"]["surveys"]] == [True]
    assert [one["remote"] for one in row_of(household())["records"]["surveys"]] == [False]


def test_a_trip_that_is_told_late_is_counted_once() -> None:
    """It comes last and is dated before the others: what was said of them is said anew, and taken back."""
    story = visited(False, True)
    late = story.told.pop(1)
    story.told.append(late)
    told = row_of(story)["records"]["visits"]
    assert sorted(one["wrong"] for one in told) == [False, True]


def test_a_question_has_its_first_reply_or_is_late() -> None:
    records = row_of(asked(0.1, after=12))["records"]
    assert [one["ref"] for one in records["asked"]] == ["Q1"]
    assert [(one["seconds"], one["in_time"]) for one in records["answered"]] == [(720, True)]
    assert "late" not in records
    records = row_of(asked(0.1, after=45))["records"]
    assert [one["in_time"] for one in records["answered"]] == [False]
    assert len(records["late"]) == 1


def test_who_has_the_case_is_known_and_that_it_was_handed_over() -> None:
    before = row_of(Story().tell(0, facts.ApplicationSubmitted, **FACTORY))
    other = next(name for name in ("HK-M1", "HK-M2", "HK-M3") if name != before["manager_id"])
    story = handed(Story().tell(0, facts.ApplicationSubmitted, **FACTORY), 2, MANAGER, other)
    row = row_of(story)
    assert row["manager_id"] == other
    assert [one["role"] for one in row["records"]["hands"]] == [MANAGER]


def test_the_size_of_a_batch_makes_no_difference() -> None:
    events = logged(events_of(asked(0.1, after=45), judge_first=True))
    events += logged(events_of(visited(True, True), "HN-2026-000002"))
    whole = folded(Contact(), events)
    assert all(folded(Contact(), events, size) == whole for size in (1, 2, 5))


# ---- the figures


def trips(kind: str, **cases: int) -> list[dict[str, Any]]:
    """So many cases of a kind with so many trips each (t0, t1, …)."""
    return [{"kind": kind, "trips": int(n[1:]), "cases": count, "wrong": 0} for n, count in cases.items()]


@pytest.mark.parametrize(
    ("kind", "cases", "beyond", "kept"),
    [
        ("lv_res", {"t0": 9}, 0, True),
        ("lv_res", {"t0": 8, "t1": 1}, 1, False),
        ("lv_nonres", {"t0": 4, "t1": 5}, 0, True),
        ("lv_nonres", {"t1": 5, "t2": 1, "t3": 2}, 3, False),
        ("hv", {"t0": 1, "t1": 1, "t2": 1}, 1, False),
        ("hv", {}, 0, None),
    ],
)
def test_shares_stand_beside_the_rule(
    kind: str, cases: dict[str, int], beyond: int, kept: bool | None
) -> None:
    figures = contact(hainan(), trips(kind, **cases), NOBODY, [])
    (one,) = [one for one in figures.visits if one.kind == kind]
    assert one.allowed == (0 if kind == "lv_res" else 1)
    assert (one.beyond, one.kept, one.energised) == (beyond, kept, sum(cases.values()))
    shares = [one.share_none, one.share_one, one.share_more]
    assert shares == [None] * 3 if not cases else sum(share or 0 for share in shares) == pytest.approx(1)


def test_a_profile_without_rules_and_without_key_customers_has_its_figures() -> None:
    figures = contact(midwest(), [], NOBODY, [])
    assert [(one.kind, one.allowed, one.kept) for one in figures.visits] == [(Kind.HIGH_VOLTAGE, None, None)]
    assert figures.replies.minutes is None


def test_first_replies_are_those_of_the_table() -> None:
    whole = {**NOBODY, "asked": 5, "answered": 4, "in_time": 3, "late": 1, "median_seconds": 600.0}
    replies = contact(hainan(), [], whole, []).replies
    assert (replies.minutes, replies.share, replies.median_seconds) == (30, 0.75, 600.0)
