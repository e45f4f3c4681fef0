"""What tests of the whole flow need: an upstream that sends facts, processes at work, a stream read back."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psutil

from activities.outcomes import Pool
from deploy.processes import intake as intake_process
from deploy.processes import worker as worker_process
from deploy.settings import Settings
from deploy.stack import processes
from events.consumer import Consumer, Record
from events.envelope import GENESIS, recompute_hash
from events.producer import Outgoing, Producer, partition_of
from events.topics import CONNECTION, INBOUND
from workflows.intake import lookup
from workflows.intake.lookup import FactLine

SOURCE = "/upstream/demo"
BEGAN = datetime.fromisoformat("2026-01-05T09:00:00+08:00")
SHOP = {
    "region": "460100",
    "customer_type": "enterprise",
    "usage": "commercial",
    "voltage_kv": "0.4",
    "capacity_kva": "80",
    "channel": "hall",
    "applicant_name": "某某",
}

Told = tuple[str, str, str, Any]
"""A fact as tests tell it: name, kind, subject, data."""


@dataclass
class Upstream:
    """Sends facts and looks what became of them. `run` keeps the names of one test apart from all others."""

    producer: Producer
    pool: Pool
    run: str

    def event(self, told: Told, minute: int = 0, **changes: Any) -> dict[str, Any]:
        """The fact as a CloudEvent, so many minutes of business time after the others began."""
        name, kind, subject, data = told
        return {
            "specversion": "1.0",
            "id": f"{self.run}-{name}",
            "source": SOURCE,
            "type": f"mingdian.fact.connection.{kind}.v1",
            "subject": f"{self.run}-{subject}",
            "time": (BEGAN + timedelta(minutes=minute)).isoformat(),
            "profile": "hainan",
            "data": data,
            **changes,
        }

    async def send(self, *facts: Told, start: int = 0) -> None:
        """Send facts, a minute of business time between each."""
        await self.send_events(*(self.event(fact, start + minute) for minute, fact in enumerate(facts)))

    async def send_events(self, *events: dict[str, Any]) -> None:
        """Send events as they are, and wait for the broker, however long it is away."""
        records = [Outgoing(INBOUND, event["subject"], json.dumps(event).encode()) for event in events]
        await asyncio.to_thread(self.producer.publish_all, records)

    async def line(self, name: str) -> FactLine | None:
        """The inbox row of a fact, if it is there."""
        async with self.pool.connection() as conn:
            return await lookup.outcome_of(conn, SOURCE, f"{self.run}-{name}")

    async def outcomes(self, *names: str, seconds: float = 60) -> list[FactLine]:
        """The facts, once each has its final outcome."""
        ids = [f"{self.run}-{name}" for name in names]
        async with asyncio.timeout(seconds):
            while True:
                async with self.pool.connection() as conn:
                    if (await lookup.outcomes_pending(conn, SOURCE, ids)).final == len(ids):
                        lines = {line.id: line for line in await lookup.outcomes_of(conn, SOURCE, ids)}
                        return [lines[id_] for id_ in ids]
                await asyncio.sleep(0.1)

    async def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database holds."""
        async with self.pool.connection() as conn:
            return await (await conn.execute(query.encode(), values)).fetchall()


@asynccontextmanager
async def upstream_of(settings: Settings, run: str) -> AsyncIterator[Upstream]:
    """An upstream with connections of its own."""
    pool = intake_process.make_pool(settings, 4)
    await pool.open()
    producer = Producer(settings.kafka_bootstrap, "test")
    try:
        yield Upstream(producer, pool, run)
    finally:
        await pool.close()
        producer.close()


@asynccontextmanager
async def at_work(
    settings: Settings, *, intakes: int = 1, workers: int = 1, others: Sequence[Any] = ()
) -> AsyncIterator[None]:
    """So many processes of each kind at work, in this one."""
    stop = asyncio.Event()

    def beat(ok: bool, detail: str) -> None:
        """Nobody listens."""

    runs = [*[intake_process.run] * intakes, *[worker_process.run] * workers, *others]
    work = [asyncio.create_task(run(settings, stop, beat)) for run in runs]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*work), 60)


async def records_of(settings: Settings, key: str, topic: str = CONNECTION) -> list[Record]:
    """Every record of one key that the topic holds now."""
    consumer = await asyncio.to_thread(Consumer, settings.kafka_bootstrap)
    try:
        place = (topic, partition_of(topic, key))
        await asyncio.to_thread(consumer.assign, await asyncio.to_thread(consumer.beginnings, [place]))
        end = (await asyncio.to_thread(consumer.ends, [place]))[place]
        found: list[Record] = []
        async with asyncio.timeout(20):
            while await asyncio.to_thread(consumer.position, place) < end:
                found += await asyncio.to_thread(consumer.poll, 0.5)
        return [record for record in found if record.key == key.encode()]
    finally:
        await asyncio.to_thread(consumer.close)


def one_chain(records: Sequence[Record]) -> list[dict[str, Any]]:
    """The events of a stream, each once. Fails unless repeats are the same bytes and the chain is whole."""
    contents: dict[int, bytes] = {}
    for record in records:
        sequence = int(json.loads(record.value)["sequence"])
        assert contents.setdefault(sequence, record.value) == record.value, f"two contents for {sequence}"
        assert sequence <= len(contents), f"{sequence} came before what it follows"
    events = [json.loads(contents[sequence]) for sequence in sorted(contents)]
    before = GENESIS
    for event in events:
        assert event["prevhash"] == before
        assert event["hash"] == recompute_hash(event)
        before = event["hash"]
    return events


def server(settings: Settings, name: str) -> psutil.Process:
    """The running server of this stack."""
    identity = processes.read_pid(processes.pid_path(settings.run_dir, name))
    process = identity.process() if identity else None
    assert process is not None, f"{name} does not run"
    return process


async def killed(settings: Settings, name: str) -> None:
    """Kill a server of this stack and wait until its keeper has started another."""
    before = server(settings, name)
    os.kill(before.pid, signal.SIGKILL)
    async with asyncio.timeout(60):
        while True:
            identity = processes.read_pid(processes.pid_path(settings.run_dir, name))
            if identity and identity.alive and identity.pid != before.pid:
                return
            await asyncio.sleep(0.1)
