"""A case changes hands, and then comes a fact that is dated before that: one owner, each receipt in its
place, and one receipt for the change of hands, not two."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue import connection_facts as facts
from events.envelope import write_time
from tests.unit.workflows.telling import Story, day, factory, household
from tests.unit.workflows.test_casefile import NOW, as_sent, publish, still_holding
from tests.unit.workflows.test_officers import another, handed
from workflows.casefile import CaseFile
from workflows.messages import FactMessage
from workflows.policy.staffing import MANAGER

Log = list[dict[str, Any]]


def holding(log: Log, name: str) -> Log:
    """The events of a name that the log says and does not take back, by their own time."""
    struck = {n for one in log if ".corrected." in one["type"] for n in one["data"]["sequences"]}
    found = [one for one in log if f".{name}." in one["type"] and int(one["sequence"]) not in struck]
    return sorted(found, key=lambda one: one["time"])


def told_one_by_one(story: Story, order: list[FactMessage]) -> tuple[CaseFile, Log]:
    """The case after it has heard these, each word of it sent before the next fact comes."""
    file = story.open_file(NOW)
    log: Log = publish(file)
    for one in order:
        file.take(one, NOW)
        log += publish(file)
    return file, log


def is_in_one_pair_of_hands(file: CaseFile, log: Log, at: float, new: str) -> None:
    """One owner at any moment, and one receipt for the change."""
    (change,) = holding(log, "case_handed_over")
    assert change["data"]["after"]["staff_id"] == new
    assert change["data"]["before"]["staff_id"] != new
    assert file.case.manager is not None
    assert file.case.manager.staff_id == new
    receipts = holding(log, "receipt_issued")
    assert [one["data"]["cause"] for one in receipts].count("changed") == 1
    for one in receipts:
        if one["data"]["responsible"]["role"] == change["data"]["after"]["role"]:
            later = one["time"] > write_time(day(at)) or one["data"]["cause"] == "changed"
            assert (one["data"]["responsible"]["staff_id"] == new) is later
        assert one["data"]["responsible"]["staff_id"] != one["data"]["supervisor"]["staff_id"]
    numbers = [one["data"]["receipt_no"] for one in receipts]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("late", [1, 2, 3])
def test_a_fact_from_before_the_change_of_hands_comes_after_it(late: int) -> None:
    """`late` facts that happened before it are told after it: the reply, its confirmation, the works."""
    new = another(factory().read()[0], MANAGER)
    story = handed(factory(), 11, MANAGER, new)
    (hand,) = [one for one in story.later if "case_handed_over" in one.type]
    early = [one for one in story.later if one.time < hand.time]
    after = [one for one in story.later if one.time > hand.time]
    order = [*early[: len(early) - late], hand, *early[len(early) - late :], *after]
    file, log = told_one_by_one(story, order)
    straight, whole = told_one_by_one(story, sorted(story.later, key=lambda one: one.time))
    is_in_one_pair_of_hands(file, log, 11, new)
    assert still_holding(log) == still_holding(whole) == as_sent(straight)
    times = [one["time"] for one in holding(log, "receipt_issued")]
    assert times == [one["time"] for one in holding(whole, "receipt_issued")]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.floats(0.05, 1.15), st.booleans())
def test_whatever_comes_when_there_is_one_owner_and_one_receipt_of_the_change(
    seed: int, at: float, large: bool
) -> None:
    tell = factory if large else household
    moment = at * 40 if large else at
    new = another(tell().read()[0], MANAGER)
    story = handed(tell(), moment, MANAGER, new)
    order = story.later
    random.Random(seed).shuffle(order)  # noqa: S311 - a test's shuffle, repeatable by its seed
    file, log = told_one_by_one(story, order)
    is_in_one_pair_of_hands(file, log, moment, new)
    assert still_holding(log) == as_sent(file)


def test_the_same_hand_over_again_changes_nothing() -> None:
    new = another(factory().read()[0], MANAGER)
    story = handed(Story(factory().told[:3]), 7, MANAGER, new)
    file, log = told_one_by_one(story, [*story.later, story.told[-1]])
    is_in_one_pair_of_hands(file, log, 7, new)
    late = Story(story.told).tell(6.5, facts.CustomerVisited, office="厅").told[-1]
    file.take(late, NOW)
    assert not [one for one in publish(file) if ".receipt_issued." in one["type"]]
