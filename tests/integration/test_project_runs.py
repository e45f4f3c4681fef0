"""A key project on the real server: thousands of facts, run after run, and none lost where one run follows
another."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from activities.forward import ForwardActivities
from activities.publish import PublishActivities
from deploy.profiles.loader import load_profiles
from deploy.settings import Settings
from events.catalogue import project_facts as facts
from events.producer import Producer
from events.topics import PROJECT
from tests.integration.auditing import QUEUE, nothing_on_its_way
from tests.integration.upstreams import one_chain, records_of
from tests.unit.workflows.projecting import ROW
from tests.unit.workflows.projecting import row as a_row
from workflows.intake.engine import Engine, EngineAwayError
from workflows.messages import FactMessage
from workflows.opening import open_project
from workflows.project import KeyProject
from workflows.project_messages import ProjectStart
from workflows.sandbox import runner
from workflows.temporal import connect

FACTS, BURST, PER_RUN = 2_000, 50, 150
RUNS = 10
WORKERS_CACHE = 50
AT_ONCE = 8
"""Temporal takes ten updates of one run at a time. What it turns away beyond that makes it forget the others,
and a burst that only knocks again never gets in (seen). Intake gives one at a time."""
MOST_SECONDS = 600


@asynccontextmanager
async def working(settings: Settings, cached: int = WORKERS_CACHE) -> AsyncIterator[Client]:
    """A worker for projects, with activities that really send."""
    producer = Producer(settings.kafka_bootstrap, "test")
    client = await connect(settings.temporal_address, settings.namespace)
    try:
        async with Worker(
            client,
            task_queue=QUEUE,
            workflows=[KeyProject],
            activities=[
                PublishActivities(producer).publish_events,
                ForwardActivities(producer).forward_facts,
                nothing_on_its_way,
            ],
            workflow_runner=runner(),
            max_cached_workflows=cached,
        ):
            yield client
    finally:
        await asyncio.to_thread(producer.close)


def spending(place: int, began: datetime) -> FactMessage:
    """Money spent: each fact adds, so one that is lost or counted twice is seen in the sum."""
    data = facts.SpendingRecorded(amount_cny=Decimal(place), on="civil").model_dump(mode="json")
    return FactMessage(
        source="/upstream/console",
        id=f"s{place}",
        type=facts.SpendingRecorded.type,
        time=began + timedelta(seconds=place),
        data=data,
    )


async def told(engine: Engine, number: str, fact: FactMessage) -> str:
    """Tell a project as delivery does: while the engine is away, or a run follows another, again, with
    growing pauses."""
    pause = 0.05
    while True:
        try:
            return (await engine.apply(number, fact)).fate
        except EngineAwayError:
            await asyncio.sleep(pause)
            pause = min(2 * pause, 1.0)


async def all_told(engine: Engine, number: str, burst: list[FactMessage]) -> list[str]:
    """Tell facts as many at a time as the engine takes."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(fact: FactMessage) -> str:
        async with room:
            return await told(engine, number, fact)

    return await asyncio.gather(*map(one, burst))


async def runs_of(client: Client, handle: WorkflowHandle[Any, Any]) -> list[str]:
    """The ids of a project's runs, the newest first."""
    found = [(await handle.describe()).run_id]
    while True:
        history = await client.get_workflow_handle(handle.id, run_id=found[-1]).fetch_history()
        before = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
        if not before:
            return found
        found.append(before)


async def started(client: Client, settings: Settings, number: str, per_run: int) -> WorkflowHandle[Any, Any]:
    """A project's first run."""
    policy = load_profiles(settings.profiles)["hainan"]
    name, start = open_project(policy, a_row(0, id=f"{number}-r", **ROW), number, timedelta(seconds=1))
    changed: ProjectStart = start.model_copy(update={"facts_per_run": per_run})
    return await client.start_workflow(name, changed, id=number, task_queue=QUEUE)


async def test_two_thousand_facts_and_ten_runs_lose_none(settings: Settings) -> None:
    random = Random(73)  # noqa: S311 - the same moments every time
    number, began = "HNK-2026-730001", datetime.now(UTC) - timedelta(days=1)
    answers: Counter[str] = Counter()
    async with working(settings) as client:
        handle = await started(client, settings, number, PER_RUN)
        wait = timedelta(seconds=1)
        engine = Engine(client, load_profiles(settings.profiles), wait, wait)
        clock = time.monotonic()
        for first in range(1, FACTS + 1, BURST):
            burst = [spending(place, began) for place in range(first, first + BURST)]
            async with asyncio.timeout(MOST_SECONDS):
                answers.update(await all_told(engine, number, burst))
            if not first // BURST % (PER_RUN // BURST):
                # About when a run is long enough and a new one begins: the next burst meets it.
                await asyncio.sleep(random.uniform(0.9, 1.2))
        took = time.monotonic() - clock
        known = await told(engine, number, spending(1, began))  # known from ten runs ago
        events = await all_said(settings, number, FACTS)
        runs = await runs_of(client, handle)
        await handle.terminate()
    print(f"{FACTS} facts in {took:.1f} s, {len(runs)} runs")  # noqa: T201
    assert answers == {"applied": FACTS}
    assert known == "applied"
    assert len(runs) > RUNS
    causes = [one["causationid"].split("|")[1] for one in events if ".spending_recorded." in one["type"]]
    assert sorted(causes) == sorted(f"s{place}" for place in range(1, FACTS + 1))
    totals = [Decimal(one["data"]["total_cny"]) for one in events if ".spending_recorded." in one["type"]]
    assert max(totals) == sum(range(1, FACTS + 1))


async def all_said(settings: Settings, number: str, spendings: int) -> list[dict[str, Any]]:
    """A project's events, once so many sums were told."""
    async with asyncio.timeout(60):
        while True:
            events = one_chain(await records_of(settings, number, PROJECT))
            if sum(".spending_recorded." in one["type"] for one in events) >= spendings:
                return events
            await asyncio.sleep(0.3)
