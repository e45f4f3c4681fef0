"""A policy or calendar that changes under a running case: said once, by the new dates, and never again."""

from typing import Any

import pytest

from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts
from tests.unit.workflows.telling import FACTORY, Story, data_of, day, said
from tests.unit.workflows.test_casefile import publish
from workflows.casefile import CaseFile
from workflows.policy.model import CaseSlice

LARGE = {**FACTORY, "investment_cny": "100000000"}
WEEK_OFF = tuple(day(number).date() for number in range(2, 12))
NOTICES = ("due_soon", "step_overdue", "overdue_escalated", "duty_overdue", "duty_escalated")


def with_days_off(story: Story, at: float, changed: str = "calendar", **more: Any) -> Story:
    """The story, and ten days that are no working days after all: 2 to 12 June."""
    held: CaseSlice = story.start()[1].policy
    holidays = tuple(sorted({*held.calendar.holidays, *WEEK_OFF}))
    calendar = held.calendar.model_copy(update={"holidays": holidays})
    new = held.model_copy(update={"calendar": calendar, "calendar_version": "e" * 64, **more})
    policy = new.model_dump(mode="json")
    return story.tell(at, duty_facts.PolicyAmended, changed=changed, policy=policy, note="台风")


def heard(file: CaseFile) -> list[str]:
    """What the stream now says of dates, in order."""
    names = [str(event["type"]).split(".")[-2] for event in publish(file)]
    return [name for name in names if name in (*NOTICES, "overdue_revoked", "visit_counted")]


def test_a_step_whose_date_was_moved_is_reminded_late_and_escalated_by_that_one_once() -> None:
    story = with_days_off(Story().tell(0, facts.ApplicationSubmitted, **FACTORY), 15)
    visits = [
        Story(list(story.told)).tell(at, facts.CustomerVisited, office="厅").told[-1] for at in (50, 51)
    ]
    file = story.open_file(day(0))
    file.judge(day(14.9))
    assert heard(file) == ["due_soon", "step_overdue"]
    file.take(story.told[-1], day(15))
    assert heard(file) == ["overdue_revoked"]
    file.judge(day(49))
    assert heard(file) == ["due_soon", "step_overdue", "overdue_escalated"]
    for number, visit in enumerate(visits):
        file.take(visit.model_copy(update={"id": f"v{number}"}), day(52))
        assert heard(file) == ["visit_counted"], "what was said before is not said anew"


def test_a_duty_whose_date_was_moved_is_late_by_that_one_and_not_escalated_before_it() -> None:
    story = with_days_off(Story().tell(0, facts.ApplicationSubmitted, **LARGE), 7.9)
    case, _ = story.read(as_of=day(40))
    assert [one["due_at"] for one in data_of(case, "duty_overdue")] == [
        "2026-06-08T15:59:59.999999Z",
        "2026-06-18T15:59:59.999999Z",
    ]
    assert [one["due_at"] for one in data_of(case, "duty_escalated")] == ["2026-06-18T15:59:59.999999Z"]


def test_what_is_still_late_stays_so_and_is_escalated_once() -> None:
    story = with_days_off(Story().tell(0, facts.ApplicationSubmitted, **FACTORY), 40)
    case, _ = story.read(as_of=day(60))
    names = said(case)
    assert [names.count(name) for name in NOTICES] == [1, 1, 1, 0, 0]
    assert "overdue_revoked" not in names


def test_each_key_is_said_once_in_a_reading() -> None:
    for at in (5, 7.9, 15, 40):
        case, _ = with_days_off(Story().tell(0, facts.ApplicationSubmitted, **LARGE), at).read(as_of=day(90))
        keys = [one.key for one in case.said]
        assert len(keys) == len(set(keys))


def test_a_calendar_that_moves_nothing_of_the_case_issues_no_receipt() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **FACTORY)
    story.tell(2, facts.PlanReplied, plan_no="P1", supporting_works=True)
    before = len(data_of(story.read()[0], "receipt_issued"))
    case, _ = with_days_off(story, 12).read()
    # The clock stands still while the customer considers the plan.
    (changed,) = data_of(case, "policy_amended")
    assert (changed.get("due_before"), changed.get("due_after")) == (None, None)
    assert len(data_of(case, "receipt_issued")) == before


@pytest.mark.parametrize("change", [{"process": "lv2"}, {"region": "460200"}, {"steps": ()}])
def test_a_policy_for_another_process_place_or_list_of_steps_finds_no_place(change: dict[str, Any]) -> None:
    story = with_days_off(Story().tell(0, facts.ApplicationSubmitted, **FACTORY), 3, "policy", **change)
    case, reading = story.read()
    assert [one.type for one in reading.left] == [duty_facts.PolicyAmended.type]
    assert case.policy == story.start()[1].policy


def test_what_is_no_policy_at_all_finds_no_place() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **FACTORY)
    story.tell(1, duty_facts.PolicyAmended, changed="policy", policy={"steps": "none"}, note="-")
    assert len(story.read()[1].left) == 1


def test_nothing_is_amended_once_the_process_is_over() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **FACTORY).tell(1, facts.Withdrawn)
    file = with_days_off(story, 2).open_file(day(3))
    assert [file.take(one, day(3)).code for one in story.later] == [None, "case_ended"]
