"""A policy or calendar that changes under a running case: said once, by the new dates, and never again."""

from datetime import datetime
from typing import Any

import pytest

from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts, service_facts
from events.catalogue.connection_events import Corrected
from tests.unit.workflows.telling import FACTORY, Story, data_of, day, factory, household, said
from tests.unit.workflows.test_casefile import publish
from workflows.casefile import CaseFile
from workflows.messages import FactMessage
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
    return [
        name
        for name in names
        if name in (*NOTICES, "overdue_revoked", "duty_overdue_revoked", "visit_counted")
    ]


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
    assert data_of(case, "duty_overdue_revoked") == [
        {"duty": "confirm_boundary", "ref": "-", "due_at": "2026-06-08T15:59:59.999999Z"}
    ]


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


def disputed(at: float = 1.3) -> Story:
    """A household that was energised, and disputes something: the answer is due in seven working days."""
    return household().tell(at, service_facts.DisputeRaised, dispute="D1", about="metering")


def carried(story: Story, now: float) -> CaseFile:
    """A case file that took all of it, in the order of the story."""
    file = story.open_file(day(0))
    assert [file.take(one, day(now)).fate for one in story.later] == ["applied"] * len(story.later)
    return file


def test_a_dispute_of_an_energised_case_is_due_by_the_amended_calendar() -> None:
    case, _ = disputed().read(as_of=day(60))
    (was,) = {one["due_at"] for one in data_of(case, "duty_overdue")}
    file = carried(with_days_off(disputed(), 5), 5)
    file.judge(day(60))
    (changed,) = data_of(file.case, "policy_amended")
    assert (changed["changed"], changed["note"]) == ("calendar", "台风")
    assert "due_before" not in changed, "no step is open"
    (duty,) = changed["duties"]
    assert (duty["duty"], duty["ref"], duty["due_before"]) == ("dispute_answer", "D1", was)
    assert duty["due_after"] > was
    assert [one["due_at"] for one in data_of(file.case, "duty_overdue")] == [duty["due_after"]]
    assert data_of(file.case, "receipt_issued")[-1]["cause"] != "changed", "no receipt of a step that is over"


def test_nothing_is_promised_anew_to_whom_is_energised() -> None:
    story = factory().tell(48, service_facts.DisputeRaised, dispute="D1", about="duration")
    targets = tuple(one.model_copy(update={"id": f"{one.id}_new"}) for one in story.start()[1].policy.targets)
    file = carried(with_days_off(story, 49, "policy", targets=targets), 49)
    assert data_of(file.case, "policy_amended")
    assert not [one for one in data_of(file.case, "promise_made") if one["target"].endswith("_new")]


def test_it_is_reached_after_its_window_too_for_as_long_as_the_dispute_lasts() -> None:
    file = carried(with_days_off(disputed(31), 35, "policy"), 35)
    assert file.case.policy.calendar_version == "e" * 64
    assert data_of(file.case, "policy_amended")[0]["duties"][0]["ref"] == "D1"


def test_a_dispute_raised_after_the_sweep_lives_by_it_and_the_window_stays_as_announced() -> None:
    story = with_days_off(household(), 1.25, "policy", after_service_days=1)
    story.tell(1.3, service_facts.DisputeRaised, dispute="D1", about="metering")
    case = carried(story, 2).case
    (opened,) = data_of(case, "duty_opened")
    assert opened["due_at"] > data_of(disputed().read()[0], "duty_opened")[0]["due_at"]
    (window,) = data_of(case, "service_window_opened")
    assert (case.service_until, window["until"]) == (day(31.2), "2026-07-02T06:48:00Z")


def test_a_duty_that_the_calendar_makes_timely_is_no_more_late_and_late_again_by_the_new_date() -> None:
    file = disputed().open_file(day(0))
    for fact in disputed().later:
        file.take(fact, day(2))
    file.judge(day(15))
    assert heard(file) == ["due_soon", "duty_overdue", "duty_escalated"]
    (late,) = data_of(file.case, "duty_overdue")
    file.take(with_days_off(disputed(), 15).told[-1], day(15))
    assert heard(file) == ["duty_overdue_revoked"]
    (revoked,) = data_of(file.case, "duty_overdue_revoked")
    assert revoked == {"duty": "dispute_answer", "ref": "D1", "due_at": late["due_at"]}
    file.judge(day(60))
    assert heard(file) == ["due_soon", "duty_overdue", "duty_escalated"]


def test_a_duty_that_the_calendar_makes_late_is_late_by_the_new_date_at_once() -> None:
    # Ten days off, and then none after all: the answer was due long before that is known.
    story = with_days_off(disputed(), 2)
    file = carried(story, 2)
    file.judge(day(14.9))
    assert "duty_overdue" not in heard(file)
    back = story.start()[1].policy.model_dump(mode="json")
    told = story.tell(15, duty_facts.PolicyAmended, changed="calendar", policy=back, note="撤回").told[-1]
    assert file.take(told, day(15)).fate == "applied"
    (duty,) = data_of(file.case, "policy_amended")[-1]["duties"]
    assert duty["due_before"] > duty["due_after"] == data_of(disputed().read()[0], "duty_opened")[0]["due_at"]
    file.judge(day(15.01))
    assert heard(file) == ["duty_overdue", "duty_escalated"]
    assert [one["due_at"] for one in data_of(file.case, "duty_overdue")] == [duty["due_after"]]


@pytest.mark.parametrize(("days", "longer"), [(1, False), (40, True)])
def test_a_customer_s_time_to_reply_is_never_cut(days: int, longer: bool) -> None:
    story = disputed().tell(2, service_facts.DisputeAnswered, dispute="D1", upheld=False)
    (reply,) = [one for one in story.start()[1].policy.tasks if one.code == "dispute_reply"]
    assert reply.limit is not None
    other = reply.model_copy(update={"limit": reply.limit.model_copy(update={"value": days})})
    case, _ = with_days_off(story, 10, "policy", tasks=(other,)).read(as_of=day(60))
    (duty,) = data_of(case, "policy_amended")[0]["duties"]
    assert (duty["duty"], duty["due_after"] > duty["due_before"]) == ("dispute_reply", longer)
    (settled,) = [one.draft.time for one in case.said if ".dispute_settled." in one.draft.type]
    assert settled == datetime.fromisoformat(duty["due_after"]) > day(10), (
        "settled by silence, and not before"
    )


def test_every_open_duty_is_told_with_its_dates_and_none_that_is_done() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **FACTORY)
    for at, permit in ((0.1, "road"), (0.2, "trees"), (0.3, "river")):
        story.tell(at, duty_facts.PermitRequested, permit=permit, authority="市政")
    story.tell(0.4, duty_facts.PermitGranted, permit="trees")
    case, _ = with_days_off(story, 1).read()
    (changed,) = data_of(case, "policy_amended")
    assert [(one["duty"], one["ref"]) for one in changed["duties"]] == [
        ("permit", "road"),
        ("permit", "river"),
    ]
    assert all(one["due_before"] < one["due_after"] for one in changed["duties"])


@pytest.mark.parametrize(
    ("before", "end"),
    [
        (Story(household().told[:1]), Story(household().told[:1]).tell(1, facts.Withdrawn).told[-1]),
        (Story(household().told[:-1]), household().told[-1]),
    ],
    ids=["withdrawn", "energised"],
)
def test_an_end_that_is_heard_of_after_the_change_is_no_less_an_end(before: Story, end: FactMessage) -> None:
    file = carried(with_days_off(before, 2), 3)
    (told,) = [one for one in publish(file) if ".policy_amended." in one["type"]]
    assert file.take(end.model_copy(update={"id": "end"}), day(3)).fate == "applied"
    log = publish(file)
    corrected = [
        number for one in log if one["type"] == Corrected.type for number in one["data"]["sequences"]
    ]
    assert int(told["sequence"]) in corrected, "what it said of dates holds no longer"
    assert file.case.ended_at == end.time
