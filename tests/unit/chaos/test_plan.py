"""A plan of blows: repeatable, sparing no part, spread over the feed; and what a run of chaos comes to."""

import pytest

from deploy.audit.findings import Finding, Report
from deploy.chaos.plan import PARTS, outages, plan
from deploy.chaos.siege import _groups
from deploy.chaos.survive import Survived
from deploy.demo.verdict import Surprise
from deploy.feed.rows import Fact


def test_a_seed_gives_the_same_blows_and_another_gives_others() -> None:
    assert plan(1, 20, 500) == plan(1, 20, 500)
    assert plan(1, 20, 500) != plan(2, 20, 500)


def test_every_part_is_struck_before_one_is_struck_again() -> None:
    blows = plan(3, 2 * len(PARTS), 500)
    assert {blow.part for blow in blows[: len(PARTS)]} == set(PARTS)
    assert {blow.part for blow in blows[len(PARTS) :]} == set(PARTS)


def test_blows_fall_one_in_each_stretch_of_the_feed_and_only_the_frozen_last() -> None:
    blows = plan(4, 50, 500)
    assert [blow.fact // 10 for blow in blows] == list(range(50))
    assert {bool(blow.seconds) for blow in blows if blow.way == "freeze"} == {True}
    assert not any(blow.seconds for blow in blows if blow.way != "freeze")


@pytest.mark.parametrize("kills", [0, 3, 40])
def test_a_feed_that_is_cut_by_blows_is_still_whole_and_in_order(kills: int) -> None:
    facts = [Fact("s", f"{number}", b"") for number in range(101)]
    blows = plan(5, kills, len(facts))
    groups = list(_groups(facts, blows))
    assert [fact for group, _ in groups for fact in group] == facts
    fallen = [blow for _, due in groups for blow in due]
    assert fallen == blows


def survived(
    *findings: str, lost: tuple[str, ...] = (), surprises: tuple[Surprise, ...] = ()
) -> dict[str, int | bool]:
    totals = {code: findings.count(code) for code in findings}
    report = Report(1, 1, 0, tuple(Finding(code) for code in findings), totals)
    run = Survived(10, 3, lost, surprises, report)
    assert run.ok == (not findings and not lost and not surprises)
    return dict(run.figures)


GOOD: dict[str, int | bool] = {
    "applications": 10,
    "kills": 3,
    "lost": 0,
    "doubled": 0,
    "holes": 0,
    "rebuilt_equal": True,
    "audit_ok": True,
}


def test_a_run_without_harm_says_so() -> None:
    assert survived() == GOOD


def test_each_harm_is_counted_under_its_own_name() -> None:
    found = {"audit_ok": False}
    assert survived("hole") == GOOD | found | {"holes": 1}
    assert survived("two_contents", "applied_twice") == GOOD | found | {"doubled": 2}
    assert survived("applied_without_event") == GOOD | found | {"lost": 1}
    assert survived("row_missing") == GOOD | found | {"rebuilt_equal": False}
    assert survived(lost=("f1",)) == GOOD | {"lost": 1}


def test_a_fact_that_should_have_been_applied_and_was_refused_is_lost() -> None:
    refused = Surprise("f1", "applied", "refused (never_possible)")
    assert survived(surprises=(refused,)) == GOOD | {"lost": 1}


def test_the_bus_is_away_twice_in_a_feed_once_hanging_and_once_dead() -> None:
    blows = outages(180, 400)
    assert [(one.fact, one.part, one.way, one.seconds) for one in blows] == [
        (100, "kafka", "freeze", 180),
        (300, "kafka", "kill", 180),
    ]
