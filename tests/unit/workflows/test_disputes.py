"""After energisation: ratings, disputes and corrections within the window; a dispute lasts until settled."""

from datetime import timedelta

import pytest

from events.catalogue import connection_facts as facts
from events.catalogue import service_facts
from events.catalogue.base import Fact
from tests.unit.workflows.telling import (
    HOUSEHOLD,
    Story,
    data_of,
    day,
    factory,
    household,
    policy,
    said,
)
from workflows.disputes import any_open
from workflows.timetable import Timetable

ENERGISED = 1.2
WINDOW = 30
LONG_AFTER = day(400)


def disputed(at: float = 3) -> Story:
    """A household that disputes something after it was energised."""
    return household().tell(at, service_facts.DisputeRaised, dispute="D1", about="metering")


def answered() -> Story:
    """The manager has answered it."""
    return disputed().tell(5, service_facts.DisputeAnswered, dispute="D1", upheld=False)


def settled_by(story: Story) -> list[str]:
    """Who or what settled what was disputed, in order."""
    case, reading = story.read(as_of=LONG_AFTER)
    assert not reading.left
    assert not any_open(case)
    return [one["by"] for one in data_of(case, "dispute_settled")]


def test_silence_after_the_first_answer_settles_it_at_its_due_date() -> None:
    assert settled_by(answered()) == ["silence"]
    case, _ = answered().read(as_of=LONG_AFTER)
    # Fifteen days after Saturday 6 June: the end of Sunday 21 June. The customer is late for nothing.
    (last,) = [one.draft.time for one in case.said if one.draft.type.endswith("dispute_settled.v1")]
    assert f"{last:%m-%d %H:%M}" == "06-21 15:59"
    assert not {"duty_overdue", "duty_escalated"} & set(said(case))
    assert any_open(answered().read(as_of=last)[0])


def further() -> Story:
    """The customer wants the supervisor's answer."""
    return answered().tell(7, service_facts.DisputeSettled, dispute="D1", agreed=False)


def test_the_second_answer_is_the_supervisors_and_the_last() -> None:
    story = further().tell(9, service_facts.DisputeAnswered, dispute="D1", upheld=True)
    assert settled_by(story) == ["second_answer"]
    case, _ = story.read(as_of=LONG_AFTER)
    assert [(one["level"], one["upheld"]) for one in data_of(case, "dispute_answered")] == [
        (1, False),
        (2, True),
    ]
    review = data_of(case, "duty_opened")[-1]
    assert review["duty"] == "dispute_review"
    assert review["responsible"]["staff_id"] == data_of(case, "staff_assigned")[0]["supervisor"]["staff_id"]
    story.tell(10, service_facts.DisputeSettled, dispute="D1", agreed=False)
    assert len(story.read(as_of=LONG_AFTER)[1].left) == 1


@pytest.mark.parametrize(
    ("story", "duty", "due"),
    [
        (disputed(), "dispute_answer", "2026-06-15T15:59:59.999999Z"),
        (further(), "dispute_review", "2026-06-23T15:59:59.999999Z"),
    ],
)
def test_an_answer_that_does_not_come_is_overdue_and_escalated_and_settles_nothing(
    story: Story, duty: str, due: str
) -> None:
    case, _ = story.read(as_of=LONG_AFTER)
    assert [(one["duty"], one["due_at"]) for one in data_of(case, "duty_overdue")] == [(duty, due)]
    assert len(data_of(case, "duty_escalated")) == 1
    assert len([one for one in data_of(case, "due_soon") if one.get("duty") == duty]) == 1
    assert any_open(case)


def test_disputes_are_told_apart_and_none_is_raised_twice() -> None:
    story = answered().tell(6, service_facts.DisputeRaised, dispute="D2", about="conduct")
    story.tell(6.5, service_facts.DisputeRaised, dispute="D1", about="conduct")
    story.tell(7, service_facts.DisputeSettled, dispute="D1", agreed=True)
    case, reading = story.read()
    assert [one.id for one in reading.left] == [story.told[-2].id]
    assert any_open(case)
    assert {ref: one.settled for ref, one in case.disputes.items()} == {"D1": True, "D2": False}


def test_a_dispute_may_begin_before_energisation_and_outlive_it() -> None:
    story = household().tell(1.05, service_facts.DisputeRaised, dispute="D1", about="duration")
    story.tell(4, service_facts.DisputeAnswered, dispute="D1", upheld=True)
    assert settled_by(story) == ["silence"]


def test_nothing_is_disputed_before_acceptance_and_all_of_it_lapses_with_a_withdrawal() -> None:
    story = Story().tell(0, facts.ApplicationSubmitted, **{**HOUSEHOLD, "documents": ()})
    story.tell(1, service_facts.DisputeRaised, dispute="D1", about="documents")
    assert len(story.read()[1].left) == 1
    story = factory()
    story.told = story.told[:2]
    story.tell(8, service_facts.DisputeRaised, dispute="D1", about="documents").tell(9, facts.Withdrawn)
    case, reading = story.read(as_of=LONG_AFTER)
    assert not reading.left
    assert "duty_overdue" not in said(case)


SERVICE = [
    (service_facts.ServiceRated, {"score": 4}),
    (service_facts.RecordCorrected, {"field": "meter_no", "value": "M2"}),
    (service_facts.DisputeRaised, {"dispute": "D1", "about": "other"}),
]


@pytest.mark.parametrize(("kind", "data"), SERVICE)
def test_service_is_taken_within_the_window_and_not_after(kind: type[Fact], data: dict[str, object]) -> None:
    for at, code in ((ENERGISED + WINDOW, None), (ENERGISED + WINDOW + 0.001, "case_closed")):
        story = household().tell(at, kind, **data)
        file = story.open_file(day(60))
        *_, last = [file.take(one, day(60)) for one in story.later]
        assert last.code == code


@pytest.mark.parametrize(("kind", "data"), SERVICE[:2])
def test_nobody_rates_or_corrects_what_is_not_energised(kind: type[Fact], data: dict[str, object]) -> None:
    story = Story(household().told[:2]).tell(1.5, kind, **data)
    assert len(story.read()[1].left) == 1


def test_a_withdrawn_application_has_no_window() -> None:
    story = Story(factory().told[:2]).tell(8, facts.Withdrawn).tell(9, service_facts.ServiceRated, score=1)
    file = story.open_file(day(60))
    assert [file.take(one, day(60)).code for one in story.later][-1] == "case_ended"


def test_the_window_is_as_long_as_the_policy_says_and_opens_once() -> None:
    (window,) = data_of(household().read()[0], "service_window_opened")
    assert window["until"] == "2026-07-02T06:48:00Z"
    (period,) = (row for row in policy().periods if row.code == "after_service")
    assert (period.value, period.unit) == (WINDOW, "D")


def test_an_open_dispute_keeps_the_case_open_past_its_window() -> None:
    def closing(story: Story) -> object:
        file = story.open_file(day(3))
        for one in story.later:
            assert file.take(one, day(3)).fate == "applied"
        return Timetable(file.start, file.state, file.case).closing

    assert closing(household()) == day(ENERGISED + WINDOW) + timedelta(seconds=1)
    assert closing(disputed(2)) is None
    story = disputed(2).tell(2.1, service_facts.DisputeAnswered, dispute="D1", upheld=True)
    story.tell(2.2, service_facts.DisputeSettled, dispute="D1", agreed=True)
    assert closing(story) == day(ENERGISED + WINDOW) + timedelta(seconds=1)


def test_an_answer_to_a_dispute_of_the_window_is_taken_after_it() -> None:
    story = disputed(31).tell(33, service_facts.DisputeAnswered, dispute="D1", upheld=True)
    story.tell(34, service_facts.DisputeSettled, dispute="D1", agreed=False)
    story.tell(36, service_facts.DisputeAnswered, dispute="D1", upheld=True)
    file = story.open_file(day(60))
    assert {file.take(one, day(60)).fate for one in story.later} == {"applied"}
    assert not any_open(file.case)
