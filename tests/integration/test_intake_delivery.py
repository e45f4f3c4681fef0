"""From the door to the case and back: the whole intake process and a worker, on the real servers."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from activities.outcomes import Pool
from deploy.processes import intake as intake_process
from deploy.processes import worker as worker_process
from deploy.settings import Settings
from events.producer import Outgoing, Producer
from events.topics import INBOUND
from workflows.intake import lookup
from workflows.intake.lookup import FactLine

SOURCE = "/upstream/demo"
APPLICATION = {
    "region": "460100",
    "customer_type": "enterprise",
    "usage": "commercial",
    "voltage_kv": "0.4",
    "capacity_kva": "80",
    "channel": "hall",
    "applicant_name": "某某",
}


@dataclass
class Upstream:
    """Sends facts and looks what became of them."""

    producer: Producer
    pool: Pool
    run: str

    async def send(self, *facts: tuple[str, str, str, Any]) -> None:
        """Send (name, kind, subject, data), a minute of business time between each."""
        records = []
        for minute, (name, kind, subject, data) in enumerate(facts):
            event = {
                "specversion": "1.0",
                "id": f"{self.run}-{name}",
                "source": SOURCE,
                "type": f"mingdian.fact.connection.{kind}.v1",
                "subject": f"{self.run}-{subject}",
                "time": f"2026-01-05T09:{minute:02}:00+08:00",
                "profile": "hainan",
                "data": data,
            }
            records.append(Outgoing(INBOUND, f"{self.run}-{subject}", json.dumps(event).encode()))
        await asyncio.to_thread(self.producer.publish_all, records)

    async def outcomes(self, *names: str) -> list[FactLine]:
        """The facts, once each has its final outcome."""
        ids = [f"{self.run}-{name}" for name in names]
        async with asyncio.timeout(60):
            while True:
                async with self.pool.connection() as conn:
                    if (await lookup.outcomes_pending(conn, SOURCE, ids)).final == len(ids):
                        lines = {line.id: line for line in await lookup.outcomes_of(conn, SOURCE, ids)}
                        return [lines[id_] for id_ in ids]
                await asyncio.sleep(0.1)


@pytest.fixture
async def upstream(settings: Settings) -> AsyncIterator[Upstream]:
    stop = asyncio.Event()

    def beat(ok: bool, detail: str) -> None:
        """Nobody listens."""

    work = [
        asyncio.create_task(process.run(settings, stop, beat)) for process in (intake_process, worker_process)
    ]
    pool = intake_process.make_pool(settings, 2)
    await pool.open()
    producer = Producer(settings.kafka_bootstrap, "test")
    yield Upstream(producer, pool, secrets.token_hex(4))
    stop.set()
    await asyncio.wait_for(asyncio.gather(*work), 40)
    await pool.close()
    producer.close()


async def test_what_comes_before_its_application_follows_right_after_it(upstream: Upstream) -> None:
    await upstream.send(
        ("visit", "customer_visited", "s", {"office": "Haikou"}),
        ("application", "application_submitted", "s", APPLICATION),
        ("withdrawn", "withdrawn", "s", {"reason": "秘密"}),
        ("alone", "customer_visited", "none", {"office": "Haikou"}),
        ("again", "application_submitted", "s", APPLICATION),
    )
    visit, application, withdrawn, alone, again = await upstream.outcomes(
        "visit", "application", "withdrawn", "alone", "again"
    )
    assert application.outcome == "applied"
    assert withdrawn.outcome == "applied"
    assert visit.outcome is not None
    assert visit.code != "no_case"
    assert (alone.outcome, alone.code) == ("dead", "no_case")
    assert again.outcome == "refused"
    assert again.code
