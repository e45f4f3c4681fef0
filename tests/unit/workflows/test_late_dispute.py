"""A dispute after its case was closed is a case of its own: answered at two levels, over when settled."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts, service_facts
from events.catalogue.base import Fact
from events.errors import MingdianError
from tests.unit.workflows.telling import FACTORY, HOUSEHOLD, NUMBER, START, Story, day, household, policy
from workflows.casefile import CaseFile
from workflows.lifecycles import LIFECYCLES, process_of
from workflows.messages import CaseStart
from workflows.opening import About, open_dispute, traits_of
from workflows.policy import processes, regimes, slices
from workflows.silence import next_moment

LINKED = "HN-2026-000002"
WAIT = timedelta(seconds=20)
Told = tuple[float, type[Fact], dict[str, Any]]

RAISED: Told = (0, service_facts.DisputeRaised, {"dispute": "D1", "about": "metering"})
ANSWERED: Told = (1, service_facts.DisputeAnswered, {"dispute": "D1", "upheld": False})
AGREED: Told = (2, service_facts.DisputeSettled, {"dispute": "D1", "agreed": True})
TAKEN_FURTHER: Told = (2, service_facts.DisputeSettled, {"dispute": "D1", "agreed": False})
REVIEWED: Told = (3, service_facts.DisputeAnswered, {"dispute": "D1", "upheld": True})


def start(story: Story, application: dict[str, Any] = HOUSEHOLD) -> CaseStart:
    """How a dispute begins its case, 90 days after the application."""
    opening = Story().tell(-90, facts.ApplicationSubmitted, **application).told[0]
    _, begun = open_dispute(policy(), story.told[0], LINKED, About(NUMBER, opening), wait=WAIT, grace=WAIT)
    return begun


def story_of(*told: Told) -> Story:
    story = Story()
    for at, kind, data in told:
        story.tell(at, kind, **data)
    return story


def opened(story: Story, application: dict[str, Any] = HOUSEHOLD) -> CaseFile:
    lifecycle = LIFECYCLES["LateDispute"]
    return CaseFile(start(story, application), process_of(lifecycle), lifecycle.step_facts, day(60))


def carried(*told: Told) -> CaseFile:
    """A case that heard all of it, in order."""
    story = story_of(*told)
    file = opened(story)
    for fact in story.told[1:]:
        assert file.take(fact, day(60)).fate == "applied", fact
    return file


def said(file: CaseFile) -> list[str]:
    return [one.draft.type.split(".")[-2] for one in file.case.said]


def data_of(file: CaseFile, name: str) -> list[dict[str, object]]:
    return [one.draft.data for one in file.case.said if one.draft.type.split(".")[-2] == name]


def test_it_says_what_it_is_about_who_answers_and_until_when() -> None:
    file = carried(RAISED)
    opening = ["linked_case_opened", "staff_assigned", "dispute_raised", "duty_opened", "receipt_issued"]
    assert said(file) == opening
    assert data_of(file, "linked_case_opened") == [
        {"linked_to": NUMBER, "region": "460100", "kind": "lv_res", "process": "dispute"}
    ]
    (duty,) = data_of(file, "duty_opened")
    assert duty["duty"] == "dispute_answer"
    (receipt,) = data_of(file, "receipt_issued")
    assert (receipt["step"], receipt["documents_missing"]) == ("dispute", [])


def test_kind_and_region_are_those_of_the_application() -> None:
    file = opened(story_of(RAISED), {**FACTORY, "region": "460200"})
    (told,) = data_of(file, "linked_case_opened")
    assert (told["kind"], told["region"]) == ("hv", "460200")


def test_agreed_it_is_over() -> None:
    file = carried(RAISED, ANSWERED, AGREED)
    assert (file.case.ending, file.case.ended_at) == ("settled", day(2))
    assert data_of(file, "dispute_settled")[0]["by"] == "agreement"
    assert file.case.service_until is None
    file.close(day(60))
    assert file.state.queue[-1].draft.data == {"ending": "settled"}


def test_the_supervisors_answer_is_the_last() -> None:
    file = carried(RAISED, ANSWERED, TAKEN_FURTHER)
    assert file.case.ending is None
    assert data_of(file, "duty_opened")[-1]["duty"] == "dispute_review"
    file = carried(RAISED, ANSWERED, TAKEN_FURTHER, REVIEWED)
    assert (file.case.ending, data_of(file, "dispute_answered")[-1]["level"]) == ("settled", 2)


def test_silence_after_an_answer_is_agreement_and_the_case_ends_with_it() -> None:
    file = carried(RAISED, ANSWERED)
    moment = next_moment(file.case)
    assert moment is not None
    file.judge(moment)
    assert file.case.ending is None, "the last moment is still in time"
    file.judge(moment + timedelta(seconds=1))
    assert outcome_of(file)[:2] == ("settled", moment)
    assert next_moment(file.case) is None


def test_an_answer_that_does_not_come_is_late_and_settles_nothing() -> None:
    file = carried(RAISED)
    file.judge(day(40))
    assert [name for name in said(file) if name in ("due_soon", "duty_overdue", "duty_escalated")] == [
        "due_soon",
        "duty_overdue",
        "duty_escalated",
    ]
    assert file.case.ending is None


def test_another_dispute_gets_a_case_of_its_own_whenever_it_comes() -> None:
    another = {"dispute": "D2", "about": "conduct"}
    for told in ((RAISED,), (RAISED, ANSWERED, AGREED)):
        file, story = carried(*told), story_of(*told)
        for at in (1.5, 30):
            fact = story.tell(at, service_facts.DisputeRaised, **another).told[-1]
            assert file.take(fact, day(60)).code == "case_closed"


def outcome_of(file: CaseFile) -> tuple[Any, ...]:
    said = sorted((one.draft.type, one.draft.time, str(one.draft.data)) for one in file.case.said)
    return file.case.ending, file.case.ended_at, [one.id for one in file.state.facts], said


def test_any_order_of_arrival_ends_in_the_same_state() -> None:
    for told in ((RAISED, ANSWERED, TAKEN_FURTHER, REVIEWED), (RAISED, ANSWERED, AGREED)):
        straight, story = carried(*told), story_of(*told)
        for order in permutations(story.told[1:]):
            file = opened(story)
            for fact in order:
                file.take(fact, day(60))
            assert outcome_of(file) == outcome_of(straight)


def test_a_reply_that_comes_late_undoes_what_silence_had_settled() -> None:
    told = (RAISED, ANSWERED, TAKEN_FURTHER, (20, *REVIEWED[1:]))
    story = story_of(*told)
    file = opened(story)
    file.take(story.told[1], day(60))
    file.judge(day(60))
    assert file.case.ending == "settled"
    assert file.take(story.told[3], day(60)).fate == "held", "dated after the end, and not refused for that"
    assert file.take(story.told[2], day(60)).fate == "applied"
    assert outcome_of(file) == outcome_of(carried(*told))


def test_it_hears_of_its_dispute_and_of_nothing_else_but_a_change_of_policy() -> None:
    story = story_of(RAISED)
    file = opened(story)
    for kind, data in ((facts.Withdrawn, {}), (service_facts.ServiceRated, {"score": 1})):
        assert file.take(story.tell(1, kind, **data).told[-1], day(60)).code == "not_in_this_process"
    traits = traits_of(Story().tell(-90, facts.ApplicationSubmitted, **HOUSEHOLD).told[0])
    new = slices.resliced(file.case.policy, policy(), traits, START.date())
    amended = {"changed": "policy", "policy": new.model_dump(mode="json"), "note": "new people"}
    assert file.take(story.tell(1, duty_facts.PolicyAmended, **amended).told[-1], day(60)).fate == "applied"


def test_that_it_was_settled_before_a_change_of_policy_is_heard_after_it() -> None:
    story = story_of(RAISED, ANSWERED)
    file = opened(story)
    same = {"changed": "policy", "policy": file.case.policy.model_dump(mode="json"), "note": "-"}
    story.tell(5, duty_facts.PolicyAmended, **same)
    story.tell(2, AGREED[1], **AGREED[2])
    assert [file.take(fact, day(60)).fate for fact in story.told[1:]] == ["applied"] * 3
    assert (file.case.ending, file.case.ended_at) == ("settled", day(2))
    assert "policy_amended" not in said(file)


@pytest.mark.parametrize("end", ["energised", "withdrawn"])
def test_a_dispute_that_its_case_does_not_take_any_more_is_told_so_that_it_can_get_a_case(end: str) -> None:
    story = household() if end == "energised" else story_of((0, facts.ApplicationSubmitted, HOUSEHOLD))
    if end == "withdrawn":
        story.tell(1, facts.Withdrawn)
    file = story.open_file(day(60))
    for fact in story.later:
        assert file.take(fact, day(60)).fate == "applied"
    late = story.tell(50, service_facts.DisputeRaised, dispute="D1", about="other").told[-1]
    assert file.take(late, day(60)).code == "case_closed"
    other = story.tell(50, facts.Energised).told[-1]
    expected = "case_closed" if end == "energised" else "case_ended"
    assert file.take(other, day(60)).code == expected


def test_profiles_say_whether_they_take_late_disputes() -> None:
    assert processes.dispute_process(policy()).code == "dispute"
    assert processes.dispute_process(regimes.before(policy())).code == "dispute"
    with pytest.raises(MingdianError) as told:
        processes.dispute_process(policy("midwest"))
    assert told.value.code == "no_late_disputes"
