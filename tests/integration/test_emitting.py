"""What leaves a run, when servers are away and workers are killed: nothing lost, and the same bytes again."""

import asyncio
import contextlib
import gc
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from deploy.profiles.loader import load_profiles
from deploy.settings import ROOT, Settings
from deploy.stack import assemble
from events.catalogue import connection_facts as facts
from events.producer import BusAwayError
from tests.integration.upstreams import (
    BEGAN,
    SHOP,
    SOURCE,
    Upstream,
    at_work,
    killed,
    one_chain,
    records_of,
    server,
    upstream_of,
)
from workflows.intake.engine import Engine
from workflows.messages import FactMessage
from workflows.temporal import connect

# kafka-python leaves sockets to the collector when a broker that it was speaking to is gone.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

ANSWER_SECONDS = 0.5
AWAY_SECONDS = 8.0  # longer than an attempt to publish may take


@pytest.fixture
async def upstream(alone: Settings) -> AsyncIterator[Upstream]:
    async with upstream_of(alone, secrets.token_hex(4)) as one:
        yield one
    gc.collect()  # here, where the filter above holds


async def begun(upstream: Upstream, name: str = "a", subject: str = "s") -> str:
    """The number of an application that has begun."""
    await upstream.send((name, "application_submitted", subject, SHOP))
    [line] = await upstream.outcomes(name)
    assert line.outcome == "applied"
    assert line.number
    return line.number


async def visits_counted(settings: Settings, number: str, expected: int) -> list[int]:
    """The counts that the log tells, once there are so many of them; its chain is whole at every look."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(BusAwayError):
                events = one_chain(await records_of(settings, number))
                counted = [e["data"]["count"] for e in events if e["type"].split(".")[-2] == "visit_counted"]
                if len(counted) == expected:
                    return counted
            await asyncio.sleep(0.3)


async def test_while_kafka_is_away_updates_are_answered_and_nothing_is_lost(
    alone: Settings, upstream: Upstream
) -> None:
    async with at_work(alone):
        number = await begun(upstream)
        client = await connect(alone.temporal_address, alone.namespace)
        engine = Engine(client, load_profiles(alone.profiles), timedelta(seconds=5), timedelta(seconds=5))

        async def visit(count: int) -> float:
            fact = FactMessage(
                source=SOURCE,
                id=f"{upstream.run}-visit-{count}",
                type=facts.CustomerVisited.type,
                time=BEGAN + timedelta(minutes=1 + count),
                data={"office": "Haikou"},
            )
            began = time.monotonic()
            assert (await engine.apply(number, fact)).fate == "applied"
            return time.monotonic() - began

        await visit(0)
        kafka = server(alone, "kafka")
        kafka.suspend()
        try:
            stopped = time.monotonic()
            waits: list[float] = []
            while time.monotonic() - stopped < AWAY_SECONDS:
                waits.append(await visit(len(waits) + 1))
                await asyncio.sleep(0.2)
        finally:
            kafka.resume()
        assert sorted(waits)[int(len(waits) * 0.95)] < ANSWER_SECONDS, sorted(waits)[-5:]
        counted = await visits_counted(alone, number, len(waits) + 1)
        assert counted == list(range(1, len(waits) + 2))


async def test_a_worker_killed_after_publishing_publishes_the_same_bytes_again(
    alone: Settings, upstream: Upstream
) -> None:
    program = ROOT / "tests/integration/dying_worker.py"
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), str(alone.run_dir / assemble.SETTINGS_FILE), "staff_assigned", cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    async with at_work(alone, workers=0):
        await upstream.send(
            ("a", "application_submitted", "s", SHOP), ("w", "withdrawn", "s", {"reason": "none"})
        )
        try:
            assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL
        finally:
            if process.returncode is None:
                process.kill()
        async with at_work(alone, intakes=0):
            line, _ = await upstream.outcomes("a", "w")
            client = await connect(alone.temporal_address, alone.namespace)
            await asyncio.wait_for(client.get_workflow_handle(line.number or "").result(), 60)
    records = await records_of(alone, line.number or "")
    events = one_chain(records)
    assert events[-1]["type"].split(".")[-2] == "case_closed"
    assert len(records) > len(events), "nothing was published twice: the worker was not killed in time"


async def test_servers_that_die_in_turn_under_load_park_nothing(alone: Settings, upstream: Upstream) -> None:
    subjects = [f"s{number}" for number in range(8)]
    names = []
    async with at_work(alone):
        for turn, name in enumerate(("postgres", "temporal", "kafka", None)):
            for subject in subjects:
                told = [
                    (f"{subject}-{turn}-{visit}", "customer_visited", subject, {"office": "Haikou"})
                    for visit in range(3)
                ]
                if turn == 0:
                    told.insert(0, (f"{subject}-a", "application_submitted", subject, SHOP))
                names += [one[0] for one in told]
                await upstream.send(*told, start=turn * 10)
            if name:
                await killed(alone, name)
        lines = await upstream.outcomes(*names, seconds=90)
        assert {line.outcome for line in lines} == {"applied"}
        assert not await upstream.rows(
            "SELECT code FROM intake.dead_letter WHERE id LIKE %s", f"{upstream.run}-%"
        )
        numbers = {line.number or "" for line in lines}
        assert len(numbers) == len(subjects)
        for number in numbers:
            counted = await visits_counted(alone, number, 12)
            assert counted == list(range(1, 13))
