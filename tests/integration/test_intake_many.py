"""Many at once: two intakes, a fact a hundred times over, a slow subject, an upstream that is too fast."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.service import RPCError

from deploy.processes import intake as intake_process
from deploy.processes.intake import make_desk
from deploy.profiles.loader import load_profiles
from deploy.secrets import load_secrets, quarantine
from deploy.settings import Settings
from events.consumer import Record
from events.producer import Outgoing
from events.topics import INBOUND, OUTCOMES
from tests.integration.upstreams import (
    SHOP,
    SOURCE,
    Upstream,
    at_work,
    one_chain,
    records_of,
    upstream_of,
)
from workflows.intake.arrivals import Arrival, arrive
from workflows.intake.backlog import Backlog, LogEnds
from workflows.intake.deliver import TURN, Deliverer
from workflows.intake.door import DoorDeps, router
from workflows.intake.engine import Engine
from workflows.intake.health import Health
from workflows.intake.inbox import take
from workflows.intake.receive import again_after_a_meeting
from workflows.temporal import connect


@pytest.fixture
async def upstream(settings: Settings) -> AsyncIterator[Upstream]:
    async with upstream_of(settings, secrets.token_hex(4)) as one:
        yield one


async def both_read(upstream: Upstream) -> None:
    """Wait until two intakes have looked who reads and found both: each has its share of the partitions."""
    met = None
    async with asyncio.timeout(20):
        while True:
            [(readers, oldest, now)] = await upstream.rows(
                "SELECT count(*), min(seen_at), now() FROM intake.reader"
            )
            if readers == 2:
                met = met or now
                if oldest > met:
                    return
            await asyncio.sleep(0.1)


async def test_a_fact_that_reaches_two_intakes_a_hundred_times_has_one_effect(
    settings: Settings, upstream: Upstream
) -> None:
    event = upstream.event(("a", "application_submitted", "s", SHOP))
    body = json.dumps(event).encode()
    async with at_work(settings, intakes=2):
        await both_read(upstream)
        # Other keys lie in other partitions: both intakes meet the fact, at the same moment.
        copies = [Outgoing(INBOUND, f"{upstream.run}-{copy}", body) for copy in range(100)]
        await asyncio.to_thread(upstream.producer.publish_all, copies)
        [line] = await upstream.outcomes("a")
        async with asyncio.timeout(30):
            while line.duplicates < 99:
                await asyncio.sleep(0.1)
                [line] = await upstream.outcomes("a")
        assert (line.outcome, line.duplicates, line.n) == ("applied", 99, 1)
        async with asyncio.timeout(30):
            while not (records := await records_of(settings, line.number or "")):
                await asyncio.sleep(0.3)
            while len(told := await records_of(settings, line.number or "", OUTCOMES)) < 100:
                await asyncio.sleep(0.3)
    assert [event["type"].split(".")[-2] for event in one_chain(records)].count("application_received") == 1
    outcomes = [json.loads(record.value)["outcome"] for record in told]
    assert (outcomes.count("applied"), outcomes.count("duplicate")) == (1, 99)
    assert await upstream.rows("SELECT count(*) FROM intake.alias WHERE alias = %s", event["subject"]) == [
        (1,)
    ]


async def test_two_transactions_with_the_same_facts_in_another_order_make_each_once(
    settings: Settings, upstream: Upstream
) -> None:
    """What shares of partitions make rare is forced here: both take the same ids, one backwards."""
    desk = make_desk(settings, load_secrets(settings), load_profiles(settings.profiles))
    events = [upstream.event((f"a{i}", "application_submitted", f"s{i}", SHOP)) for i in range(20)]

    def arrival(event: dict[str, object]) -> Arrival:
        record = Record("trial", 0, 0, 0, None, json.dumps(event).encode(), ())
        return arrive(
            record,
            policies=desk.policies,
            bound_source=None,
            inbox_secret=desk.inbox_secret,
            now=datetime.now(UTC),
            max_bytes=desk.max_bytes,
        )

    async def one(order: int) -> None:
        async def work() -> None:
            async with upstream.pool.connection() as conn, conn.transaction():
                await take(conn, desk, [arrival(event) for event in events[::order]])

        await again_after_a_meeting(work)

    await asyncio.gather(one(1), one(-1))
    rows = await upstream.rows(
        "SELECT duplicates, subject FROM intake.inbox WHERE id LIKE %s", f"{upstream.run}-%"
    )
    assert [duplicates for duplicates, _ in rows] == [1] * 20
    assert len({subject for _, subject in rows}) == 20


async def test_what_temporal_has_forgotten_is_a_duplicate_still(
    settings: Settings, upstream: Upstream
) -> None:
    told = ("a", "application_submitted", "s", SHOP)
    async with at_work(settings):
        await upstream.send(told, ("w", "withdrawn", "s", {"reason": "none"}))
        line, _ = await upstream.outcomes("a", "w")
        client = await connect(settings.temporal_address, settings.namespace)
        handle = client.get_workflow_handle(line.number or "")
        await asyncio.wait_for(handle.result(), 60)
        await client.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(
                namespace=settings.namespace,
                workflow_execution=WorkflowExecution(workflow_id=line.number or ""),
            )
        )
        async with asyncio.timeout(120):  # the server forgets when it comes to it
            while True:
                try:
                    await handle.describe()
                except RPCError:
                    break
                await asyncio.sleep(0.2)
        before = len(await records_of(settings, line.number or ""))
        await upstream.send(told)
        await upstream.send(("late", "customer_visited", "s", {"office": "Haikou"}), start=5)
        [late] = await upstream.outcomes("late")
        assert (late.outcome, late.code) == ("dead", "case_closed")
        again = await upstream.line("a")
        assert again is not None
        assert (again.outcome, again.duplicates) == ("applied", 1)
        with pytest.raises(RPCError):
            await handle.describe()
        assert len(await records_of(settings, line.number or "")) == before


async def test_a_subject_with_much_to_say_does_not_keep_another_waiting(
    settings: Settings, upstream: Upstream
) -> None:
    many = 3 * TURN
    async with at_work(settings, intakes=1, workers=0):
        # Everything is in the inbox before anything is delivered: no worker answers yet.
        visits = [(f"v{i}", "customer_visited", "slow", {"office": "Haikou"}) for i in range(many)]
        await upstream.send(("slow", "application_submitted", "slow", SHOP), *visits)
        await upstream.send(
            ("quick", "application_submitted", "quick", SHOP),
            ("q", "customer_visited", "quick", {"office": "Haikou"}),
        )
        async with asyncio.timeout(20):
            while await upstream.line("q") is None:
                await asyncio.sleep(0.1)
    stop, wake = asyncio.Event(), asyncio.Event()
    client = await connect(settings.temporal_address, settings.namespace)
    policies = load_profiles(settings.profiles)
    desk = make_desk(settings, load_secrets(settings), policies)
    engine = Engine(client, policies, settings.early_wait, settings.late_grace)
    health = Health(lambda _ok, _detail: None)
    async with at_work(settings, intakes=0):
        await upstream.rows(
            "UPDATE intake.subject SET lease = NULL, lease_until = NULL, next_at = CASE number"
            " WHEN (SELECT number FROM intake.alias WHERE alias = %s) THEN now() - interval '1 minute'"
            " WHEN (SELECT number FROM intake.alias WHERE alias = %s) THEN now() END RETURNING 1",
            f"{upstream.run}-slow",
            f"{upstream.run}-quick",
        )
        one = asyncio.create_task(Deliverer(upstream.pool, desk, engine, health, wake, parallel=1).run(stop))
        try:
            *_, last, quick = await upstream.outcomes(*(name for name, *_ in visits), "q")
        finally:
            stop.set()
            await one
    assert last.finished_at is not None
    assert quick.finished_at is not None
    assert quick.finished_at < last.finished_at


async def test_an_upstream_that_is_too_fast_is_asked_to_come_later(
    settings: Settings, upstream: Upstream
) -> None:
    ends = LogEnds(settings.kafka_bootstrap)
    kept = load_secrets(settings)
    backlog = Backlog(upstream.pool, limit=5, ends=ends)
    deps = DoorDeps(
        producer=upstream.producer,
        pool=upstream.pool,
        policies=load_profiles(settings.profiles),
        tokens={SOURCE: kept.token(SOURCE)},
        quarantine=quarantine(settings),
        max_payload_bytes=int(settings.max_payload_bytes),
        clock=lambda: datetime.now(UTC),
        overloaded=backlog.overloaded,
    )
    app = FastAPI()
    app.include_router(router(deps))
    headers = {
        "authorization": f"Bearer {kept.token(SOURCE)}",
        "content-type": "application/cloudevents+json",
    }

    async def post(name: str) -> httpx.Response:
        event = upstream.event((name, "application_submitted", name, SHOP))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as http:
            return await http.post("/events", json=event, headers=headers)

    async def until(status: int, prefix: str) -> httpx.Response:
        async with asyncio.timeout(40):
            for count in range(1000):
                answer = await post(f"{prefix}{count}")
                if answer.status_code == status:
                    return answer
                await asyncio.sleep(0.2)
        raise AssertionError

    try:
        # No intake is at work: nobody but the broker knows how much is waiting.
        busy = await until(429, "x")
        assert int(busy.headers["retry-after"]) > 0
        assert busy.json()["code"] == "overloaded"
        async with at_work(settings):
            await until(202, "y")
    finally:
        ends.close()


async def test_the_death_of_an_intake_leaves_its_partitions_to_the_other(
    settings: Settings, upstream: Upstream
) -> None:
    async with at_work(settings, workers=0):
        stop = asyncio.Event()
        other = asyncio.create_task(intake_process.run(settings, stop, lambda _ok, _detail: None))
        await both_read(upstream)
        other.cancel()  # it can't say goodbye
        await asyncio.gather(other, return_exceptions=True)
        assert await upstream.rows("SELECT count(*) FROM intake.reader") == [(2,)]
        names = [f"a{i}" for i in range(12)]
        await upstream.send(*((name, "application_submitted", name, SHOP) for name in names))
        async with asyncio.timeout(20):
            while any([await upstream.line(name) is None for name in names]):
                await asyncio.sleep(0.2)
