"""Lifecycles in Temporal with time skipped: eighty days pass in seconds. What leaves a run is caught by two
stand-ins for Kafka and the inbox, which the tests of the whole use for real."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.messages import (
    PUBLISH_EVENTS,
    RECORD_OUTCOME,
    WAIT_FOR_QUIET,
    OutcomeRecord,
    Published,
    PublishRequest,
    QuietRequest,
)
from deploy.settings import load_settings
from events.catalogue import connection_facts as facts
from events.catalogue.base import Fact
from events.envelope import Head, recompute_hash
from tests.integration.skipping import skipping
from tests.unit.workflows.telling import FACTORY, HOUSEHOLD, HV_INSPECTION_PAPERS, NUMBER, Story
from workflows.connection import HighVoltageConnection, LowVoltageConnection
from workflows.messages import APPLY_FACT, TASK_QUEUE, CaseResult, FactOutcome
from workflows.sandbox import runner


@dataclass
class Outside:
    """What left the run: the log, and the outcomes that the inbox was told. `away` makes publishing fail;
    with `on_its_way` the inbox says that it still has facts for the case."""

    log: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[OutcomeRecord] = field(default_factory=list)
    away: bool = False
    on_its_way: bool = False

    @activity.defn(name=PUBLISH_EVENTS)
    async def publish(self, request: PublishRequest) -> Published:
        if self.away:
            raise ApplicationError("bus_away", type="bus_away")
        self.log.extend(request.events)
        last = request.events[-1]
        return Published(sequence=int(last["sequence"]), hash=last["hash"], partition=0, offset=len(self.log))

    @activity.defn(name=RECORD_OUTCOME)
    async def record(self, record: OutcomeRecord) -> None:
        self.outcomes.append(record)

    @activity.defn(name=WAIT_FOR_QUIET)
    async def quiet(self, request: QuietRequest) -> None:
        if self.on_its_way:
            raise ApplicationError("not_quiet", type="not_quiet")

    @property
    def names(self) -> list[str]:
        return [event["type"].split(".")[-2] for event in self.log]

    def check_the_chain(self) -> None:
        head = Head()
        for event in self.log:
            assert (int(event["sequence"]), event["prevhash"]) == (head.sequence + 1, head.hash)
            assert recompute_hash(event) == event["hash"]
            head = Head(sequence=head.sequence + 1, hash=event["hash"])


@dataclass
class Run:
    """A running case, told facts at moments counted in days from its start."""

    env: WorkflowEnvironment
    handle: WorkflowHandle[Any, Any]
    outside: Outside
    story: Story
    began: datetime

    async def tell(self, kind: type[Fact], *, at: float | None = None, **data: Any) -> FactOutcome:
        """Tell a fact now; `at` dates it otherwise, in days from the start."""
        moment = await self.env.get_current_time() if at is None else self.began + timedelta(days=at)
        fact = self.story.tell_at(moment, kind, **data).told[-1]
        outcome: FactOutcome = await self.handle.execute_update(
            APPLY_FACT, fact, id=fact.update_id, result_type=FactOutcome
        )
        return outcome

    async def wait(self, days: float) -> None:
        await self.env.sleep(timedelta(days=days))


@pytest.fixture
async def env(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorkflowEnvironment]:
    async with skipping(load_settings(), tmp_path_factory.mktemp("skipping")) as env:
        yield env


@asynccontextmanager
async def opened(env: WorkflowEnvironment, application: dict[str, Any], ago: float = 0) -> AsyncIterator[Run]:
    """A case that was applied for `ago` days before now."""
    outside = Outside()
    began = await env.get_current_time() - timedelta(days=ago)
    story = Story().tell_at(began, facts.ApplicationSubmitted, **application)
    name, start = story.start()
    async with Worker(
        env.client,
        task_queue=TASK_QUEUE,
        workflows=[HighVoltageConnection, LowVoltageConnection],
        activities=[outside.publish, outside.record, outside.quiet],
        workflow_runner=runner(),
    ):
        handle = await env.client.start_workflow(
            name, start, id=NUMBER, task_queue=TASK_QUEUE, result_type=CaseResult
        )
        yield Run(env, handle, outside, story, began)


async def test_a_factory_is_energised_and_its_run_ends_after_the_service_window(
    env: WorkflowEnvironment,
) -> None:
    async with opened(env, FACTORY) as run:
        await run.wait(5)
        await run.tell(facts.PlanReplied, plan_no="P1", supporting_works=True)
        await run.wait(1)
        await run.tell(facts.PlanConfirmed, plan_no="P1")
        await run.wait(50)
        await run.tell(facts.SupportingWorksCompleted)
        await run.wait(10)
        await run.tell(facts.InspectionRequested, documents=HV_INSPECTION_PAPERS)
        await run.wait(1)
        await run.tell(facts.InspectionPassed)
        await run.tell(facts.MeterFitted, meter_no="M1")
        await run.tell(facts.Energised)
        energised_at = await env.get_current_time()
        result = await run.handle.result()
        assert await env.get_current_time() - energised_at >= timedelta(days=30)
        assert result.ending == "energised"
        last = ["energised", "elapsed_measured", "service_window_opened", "case_closed"]
        assert run.outside.names[-4:] == last
        assert (result.sequence, result.hash) == (len(run.outside.log), run.outside.log[-1]["hash"])
        run.outside.check_the_chain()


async def test_a_step_that_nobody_finishes_becomes_overdue_and_the_supervisor_is_told(
    env: WorkflowEnvironment,
) -> None:
    async with opened(env, FACTORY) as run:
        await run.wait(9)
        assert "step_overdue" not in run.outside.names
        await run.wait(30)
        assert run.outside.names.count("step_overdue") == 1
        assert run.outside.names.count("overdue_escalated") == 1
        await run.tell(facts.Withdrawn)
        assert (await run.handle.result()).ending == "withdrawn"


async def test_a_pause_keeps_the_timer_from_ringing(env: WorkflowEnvironment) -> None:
    async with opened(env, FACTORY) as run:
        await run.tell(facts.Paused, cause="customer_hold", actor="customer")
        await run.wait(60)
        assert "step_overdue" not in run.outside.names
        await run.tell(facts.Resumed, cause="customer_hold")
        await run.wait(40)
        assert run.outside.names.count("step_overdue") == 1


async def test_facts_of_the_past_are_judged_by_their_own_time_after_some_quiet(
    env: WorkflowEnvironment,
) -> None:
    async with opened(env, HOUSEHOLD, ago=20) as run:
        await run.tell(facts.SurveyCompleted, at=1, supporting_works=False)
        await run.tell(facts.MeterFitted, at=1.1, meter_no="M1")
        await run.tell(facts.Energised, at=1.2)
        await run.wait(0.001)  # what was said is published
        assert "step_overdue" not in run.outside.names
        measured = next(event for event in run.outside.log if "elapsed_measured" in event["type"])
        assert measured["data"]["on_time"] is True


async def test_an_overdue_that_a_late_fact_disproves_is_revoked(env: WorkflowEnvironment) -> None:
    async with opened(env, HOUSEHOLD, ago=20) as run:
        await run.wait(0.1)  # quiet for longer than the grace
        assert "step_overdue" in run.outside.names
        await run.tell(facts.SurveyCompleted, at=1, supporting_works=False)
        await run.tell(facts.MeterFitted, at=1.1, meter_no="M1")
        await run.tell(facts.Energised, at=1.2)
        await run.wait(0.1)
        assert "overdue_revoked" in run.outside.names
        assert next(e for e in run.outside.log if "elapsed_measured" in e["type"])["data"]["on_time"] is True
        run.outside.check_the_chain()


async def test_an_early_fact_waits_and_the_inbox_hears_its_end(env: WorkflowEnvironment) -> None:
    async with opened(env, FACTORY) as run:
        early = await run.tell(facts.InspectionPassed)
        assert early.fate == "held"
        await run.wait(1)
        assert [(one.fate, one.code) for one in run.outside.outcomes] == [("impossible", "never_possible")]


async def test_a_broker_that_is_away_delays_and_loses_nothing(env: WorkflowEnvironment) -> None:
    async with opened(env, HOUSEHOLD) as run:
        run.outside.away = True
        for kind, data in (
            (facts.SurveyCompleted, {"supporting_works": False}),
            (facts.MeterFitted, {"meter_no": "M1"}),
            (facts.Energised, {}),
        ):
            assert (await run.tell(kind, **data)).fate == "applied"
        run.outside.away = False
        assert (await run.handle.result()).ending == "energised"
        assert run.outside.names[-1] == "case_closed"
        run.outside.check_the_chain()


async def test_a_held_fact_is_not_given_back_while_the_inbox_has_facts_for_the_case(
    env: WorkflowEnvironment,
) -> None:
    async with opened(env, FACTORY) as run:
        run.outside.on_its_way = True  # intake was killed with a fact of this case in hand
        assert (await run.tell(facts.PlanConfirmed, plan_no="P1")).fate == "held"
        await run.wait(0.1)
        assert not run.outside.outcomes
        assert (await run.tell(facts.PlanReplied, plan_no="P1", supporting_works=True)).fate == "applied"
        await run.wait(0.001)
        assert [one.fate for one in run.outside.outcomes] == ["applied"]
