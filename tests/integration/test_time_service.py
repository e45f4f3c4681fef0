"""With time skipped: notices each once, the service after energisation, disputes in and after it, and policy
that changes under a running case."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer, Worker

from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts, service_facts, staff_facts
from tests.integration.test_time import Outside, Run, env, opened
from tests.unit.workflows.telling import FACTORY, HOUSEHOLD, HV_INSPECTION_PAPERS, NUMBER, Story, policy
from workflows.lifecycles import LIFECYCLES
from workflows.messages import TASK_QUEUE, CaseResult
from workflows.opening import About, open_dispute
from workflows.policy import documents, slices
from workflows.policy.model import CaseSlice
from workflows.policy.rows import Calendar
from workflows.sandbox import runner
from workflows.temporal import data_converter

__all__ = ["env"]

NOTICES = ("due_soon", "step_overdue", "overdue_escalated", "duty_overdue", "duty_escalated")
LINKED = "HN-2026-000002"


def notices(outside: Outside) -> Counter[tuple[str, str]]:
    """What was said of things due, by what is due."""
    return Counter(
        (event["type"].split(".")[-2], event["data"].get("duty") or event["data"]["step"])
        for event in outside.log
        if event["type"].split(".")[-2] in NOTICES
    )


def data(outside: Outside, name: str) -> list[dict[str, Any]]:
    """The data of all events of a name."""
    return [event["data"] for event in outside.log if event["type"].split(".")[-2] == name]


async def energised(run: Run) -> datetime:
    """A household, energised at once."""
    await run.tell(facts.SurveyCompleted, supporting_works=False)
    await run.tell(facts.MeterFitted, meter_no="M1")
    assert (await run.tell(facts.Energised)).fate == "applied"
    return await run.env.get_current_time()


async def test_of_a_step_and_of_a_duty_beside_it_each_notice_is_given_once(env: WorkflowEnvironment) -> None:
    important = {**FACTORY, "important": True}
    _, start = Story().tell(0, facts.ApplicationSubmitted, **important).start()
    papers = documents.required(start.policy, "application")
    async with opened(env, {**important, "documents": papers}) as run:
        await run.wait(40)
        step = "supply_plan_reply"
        assert notices(run.outside) == {
            ("due_soon", step): 1,
            ("step_overdue", step): 1,
            ("overdue_escalated", step): 1,
        }
        await run.tell(facts.PlanReplied, plan_no="P1", supporting_works=True)
        await run.tell(facts.PlanConfirmed, plan_no="P1")
        await run.tell(duty_facts.DesignSubmitted, documents=HV_INSPECTION_PAPERS[:2])
        await run.wait(60)
        found = notices(run.outside)
        duty = "design_review"
        for notice in ("due_soon", "duty_overdue", "duty_escalated"):
            assert found[notice, duty] == 1, notice
        assert set(found.values()) == {1}
        run.outside.check_the_chain()


async def test_a_dispute_within_the_window_keeps_the_run_open_until_it_is_settled(
    env: WorkflowEnvironment,
) -> None:
    async with opened(env, HOUSEHOLD) as run:
        at = await energised(run)
        await run.wait(29)
        raised = await run.tell(service_facts.DisputeRaised, dispute="D1", about="metering")
        assert raised.fate == "applied"
        await run.wait(20)
        assert "case_closed" not in run.outside.names
        late = await run.tell(service_facts.DisputeRaised, dispute="D2", about="metering")
        assert late.code == "case_closed"
        assert (await run.tell(service_facts.ServiceRated, score=1)).code == "case_closed"
        assert (await run.tell(facts.Withdrawn)).code == "case_closed"
        answered = await run.tell(service_facts.DisputeAnswered, dispute="D1", upheld=True)
        assert answered.fate == "applied"
        assert (await run.tell(service_facts.DisputeSettled, dispute="D1", agreed=True)).fate == "applied"
        assert (await run.handle.result()).ending == "energised"
        closed = datetime.fromisoformat(run.outside.log[-1]["time"])
        assert at + timedelta(days=49) < closed < at + timedelta(days=50)
        assert notices(run.outside)["duty_escalated", "dispute_answer"] == 1


async def test_a_late_dispute_that_is_answered_and_not_replied_to_is_settled_by_silence_and_ends(
    env: WorkflowEnvironment,
) -> None:
    began = await env.get_current_time()
    outside, story = Outside(), Story()
    application = story.tell_at(began - timedelta(days=90), facts.ApplicationSubmitted, **HOUSEHOLD).told[0]
    raised = story.tell_at(began, service_facts.DisputeRaised, dispute="D1", about="conduct").told[1]
    wait = timedelta(seconds=20)
    about = About(NUMBER, application)
    name, start = open_dispute(policy(), raised, LINKED, about, wait=wait, grace=wait)
    async with Worker(
        env.client,
        task_queue=TASK_QUEUE,
        workflows=list(LIFECYCLES.values()),
        activities=[outside.publish, outside.record, outside.quiet],
        workflow_runner=runner(),
    ):
        handle = await env.client.start_workflow(
            name, start, id=LINKED, task_queue=TASK_QUEUE, result_type=CaseResult
        )
        run = Run(env, handle, outside, story, began)
        await run.wait(2)
        assert (await run.tell(facts.Withdrawn)).code == "not_in_this_process"
        answered = await run.tell(service_facts.DisputeAnswered, dispute="D1", upheld=False)
        assert answered.fate == "applied"
        result = await handle.result()
        assert result.ending == "settled"
        assert outside.names == [
            "linked_case_opened",
            "staff_assigned",
            "dispute_raised",
            "duty_opened",
            "receipt_issued",
            "dispute_answered",
            "duty_done",
            "duty_opened",
            "dispute_settled",
            "case_closed",
        ]
        assert data(outside, "dispute_settled") == [{"dispute": "D1", "by": "silence"}]
        assert await env.get_current_time() - began >= timedelta(days=17)
        outside.check_the_chain()


def with_days_off(held: CaseSlice, first: datetime, days: int) -> dict[str, Any]:
    """A case's policy with more days off, as a sweep sends it."""
    more = tuple((first + timedelta(days=n)).date() for n in range(days))
    calendar = held.calendar.model_copy(update={"holidays": tuple(sorted({*held.calendar.holidays, *more}))})
    assert isinstance(calendar, Calendar)
    new = held.model_copy(update={"calendar": calendar, "calendar_version": f"with-{days}"})
    return {"changed": "calendar", "policy": new.model_dump(mode="json"), "note": "as published"}


async def test_a_calendar_that_is_amended_moves_what_is_due_and_takes_back_what_is_not_late_any_more(
    env: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(env, FACTORY) as run:
        _, start = run.story.start()
        await run.wait(20)
        assert run.outside.names.count("step_overdue") == 1
        sent = with_days_off(start.policy, run.began + timedelta(days=1), 40)
        assert (await run.tell(duty_facts.PolicyAmended, **sent)).fate == "applied"
        await run.wait(0.01)
        amended, late = data(run.outside, "policy_amended")[-1], data(run.outside, "step_overdue")[-1]
        newest = data(run.outside, "receipt_issued")[-1]
        assert amended["due_before"] == late["due_at"]
        assert [one["due_at"] for one in data(run.outside, "overdue_revoked")] == [late["due_at"]]
        assert amended["to_version"] == "with-40"
        moved = datetime.fromisoformat(amended["due_after"]) - datetime.fromisoformat(amended["due_before"])
        assert moved > timedelta(days=35)
        assert (newest["cause"], newest["due_at"]) == ("changed", amended["due_after"])

        await run.wait(60)
        assert run.outside.names.count("step_overdue") == 2
        assert data(run.outside, "step_overdue")[1]["due_at"] == amended["due_after"]
        assert notices(run.outside)["overdue_escalated", "supply_plan_reply"] <= 2
        await run.tell(facts.Withdrawn)
        await run.wait(0.0001)
        too_late = await run.tell(duty_facts.PolicyAmended, **sent)
        assert too_late.code in {"case_ended", "case_closed"}
        await run.handle.result()
        run.outside.check_the_chain()
        history = await run.handle.fetch_history()
    _forbid_tables(monkeypatch)
    await _replayed(history)


def _forbid_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every table had been edited meanwhile: whoever looks anything up in one finds out."""

    def edited(*_: Any, **__: Any) -> Iterator[None]:
        raise AssertionError("a run read a table")

    for name in ("slice_for", "dispute_slice", "amended", "resliced"):
        monkeypatch.setattr(slices, name, edited)


async def _replayed(history: WorkflowHistory) -> None:
    replayer = Replayer(
        workflows=list(LIFECYCLES.values()), data_converter=data_converter(), workflow_runner=runner()
    )
    await replayer.replay_workflow(history)


async def test_a_key_customer_without_a_reply_is_told_of_after_half_an_hour(env: WorkflowEnvironment) -> None:
    park = {**FACTORY, "customer_type": "park"}
    _, start = Story().tell(0, facts.ApplicationSubmitted, **park).start()
    papers = documents.required(start.policy, "application")
    async with opened(env, {**park, "documents": papers}) as run:
        await run.tell(staff_facts.KeyCustomerAsked, question="Q1")
        await run.env.sleep(timedelta(minutes=20))
        assert (await run.tell(staff_facts.KeyCustomerAnswered, question="Q1")).fate == "applied"
        await run.tell(staff_facts.KeyCustomerAsked, question="Q2")
        await run.env.sleep(timedelta(minutes=31))
        key = "key_reply"
        assert notices(run.outside) == {("duty_overdue", key): 1, ("duty_escalated", key): 1}
        (late,), (told,) = data(run.outside, "duty_overdue"), data(run.outside, "duty_escalated")
        assert (late["ref"], told["ref"]) == ("Q2", "Q2")
        assert late["responsible"]["staff_id"] != told["supervisor"]["staff_id"]
        await run.tell(staff_facts.KeyCustomerAnswered, question="Q2")
        await run.env.sleep(timedelta(minutes=1))
        assert [one["in_time"] for one in data(run.outside, "key_customer_answered")] == [True, False]
        run.outside.check_the_chain()
