"""A database restored from a backup learns from the log what it has forgotten, before intake goes on."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator

import pytest
from kafka import KafkaAdminClient, TopicPartition

from deploy.settings import ROOT, Settings
from tests.integration.upstreams import SHOP, Upstream, at_work, one_chain, records_of, upstream_of

# kafka-python leaves sockets to the collector when a broker that it was speaking to is gone.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

# What a backup from before the case does not hold, and where it believed to be.
_FORGET = (
    "DELETE FROM intake.blind_index WHERE subject = %(number)s",
    "DELETE FROM intake.inbox WHERE subject = %(number)s",
    "DELETE FROM intake.alias WHERE number = %(number)s",
    "DELETE FROM intake.stream_key WHERE subject = %(number)s",
    "DELETE FROM intake.subject WHERE number = %(number)s",
    "UPDATE intake.number_counter SET last = last - 1 WHERE profile = 'hainan' AND year = 2026",
    "UPDATE intake.position SET next_offset = 0",
)


@pytest.fixture
async def upstream(alone: Settings) -> AsyncIterator[Upstream]:
    async with upstream_of(alone, secrets.token_hex(4)) as one:
        yield one


async def delete_handled(settings: Settings, upstream: Upstream) -> None:
    """What intake does sooner or later: inbound records go once they are handled."""
    rows = await upstream.rows("SELECT topic, partition, next_offset FROM intake.position")
    admin = await asyncio.to_thread(KafkaAdminClient, bootstrap_servers=settings.kafka_bootstrap)
    handled = {TopicPartition(topic, number): offset for topic, number, offset in rows}
    await asyncio.to_thread(admin.delete_records, handled)
    await asyncio.to_thread(admin.close)


async def recovered(settings: Settings) -> dict[str, int] | None:
    """What `./mingdian recover` says; None when it says that it can't."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy", "recover", "--json"),
        cwd=ROOT,
        env={**os.environ, "MINGDIAN_DATA_DIR": str(settings.data_dir)},
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await asyncio.wait_for(process.communicate(), 60)
    if process.returncode == 2:
        return None
    assert process.returncode == 0
    done: dict[str, int] = json.loads(told)
    return done


async def test_what_was_applied_before_a_database_was_restored_is_a_duplicate_after_it(
    alone: Settings, upstream: Upstream
) -> None:
    told = (
        ("a", "application_submitted", "s", SHOP),
        ("v", "customer_visited", "s", {"office": "Haikou"}),
    )
    async with at_work(alone):
        await upstream.send(*told)
        first, _ = await upstream.outcomes("a", "v")
        number = first.number or ""
        assert await recovered(alone) is None, "not while intake is at work"
        async with asyncio.timeout(30):
            while await upstream.rows("SELECT count(*) FROM intake.outcome_queue") != [(0,)]:
                await asyncio.sleep(0.1)
            while len(await records_of(alone, number)) < 4:
                await asyncio.sleep(0.3)
    await delete_handled(alone, upstream)
    async with upstream.pool.connection() as conn:
        for statement in _FORGET:
            await conn.execute(statement.encode(), {"number": number})
    done = await recovered(alone)
    assert done is not None
    assert done["cases"] >= 1
    assert done["facts"] >= len(told)
    assert done["names"] >= 1
    assert done["partitions"] >= 1
    again = await recovered(alone)
    assert again is not None
    assert not any(again.values())
    async with at_work(alone):
        await upstream.send(*told)
        await upstream.send(("w", "withdrawn", "s", {"reason": "none"}), start=5)
        await upstream.send(("b", "application_submitted", "other", SHOP))
        first, visit, withdrawn, other = await upstream.outcomes("a", "v", "w", "b")
    assert first.duplicates
    assert visit.duplicates
    assert {one.number for one in (first, visit, withdrawn)} == {number}
    assert (withdrawn.outcome, other.outcome) == ("applied", "applied")
    assert other.number != number
    events = one_chain(await records_of(alone, number))
    names = [event["type"].split(".")[-2] for event in events]
    assert (names.count("application_received"), names.count("visit_counted")) == (1, 1)
