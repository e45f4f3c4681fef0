"""The outbox on real servers: chained in its writer's transaction, carried in order, marked, never lost."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from activities.outcomes import Pool
from deploy.processes.intake import make_pool
from deploy.settings import Settings
from events.consumer import Consumer, Record
from events.envelope import Draft, Event, recompute_hash
from events.producer import Producer, partition_of
from events.topics import OUTCOMES
from workflows.intake import outbox
from workflows.intake.relay import carry

TOPIC = OUTCOMES  # any topic of ours will do: what is carried is not looked into


@pytest.fixture
async def pool(settings: Settings) -> AsyncIterator[Pool]:
    pool = make_pool(settings, 8)
    await pool.open()
    yield pool
    await pool.close()


@pytest.fixture
def producer(settings: Settings) -> Iterator[Producer]:
    one = Producer(settings.kafka_bootstrap, "test")
    yield one
    one.close()


def drafts(*words: str) -> list[Draft]:
    return [
        Draft(type="mingdian.trial.said.v1", time=datetime.now(UTC), data={"word": word}) for word in words
    ]


async def write(pool: Pool, subject: str, *words: str) -> list[Event]:
    async with pool.connection() as conn:
        return await outbox.write(
            conn, drafts(*words), topic=TOPIC, subject=subject, source="/mingdian/trial", policyversion="none"
        )


async def read(settings: Settings, subject: str, count: int) -> list[Record]:
    """The first `count` records of a subject, or what there is after two quiet polls."""
    consumer = await asyncio.to_thread(Consumer, settings.kafka_bootstrap)
    try:
        place = (TOPIC, partition_of(TOPIC, subject))
        await asyncio.to_thread(consumer.assign, await asyncio.to_thread(consumer.beginnings, [place]))
        end = (await asyncio.to_thread(consumer.ends, [place]))[place]
        found: list[Record] = []
        async with asyncio.timeout(20):
            while await asyncio.to_thread(consumer.position, place) < end:
                found += await asyncio.to_thread(consumer.poll, 0.5)
        return [record for record in found if record.key == subject.encode()][: count or None]
    finally:
        await asyncio.to_thread(consumer.close)


async def test_two_writers_of_one_stream_make_one_chain_which_arrives_in_order(
    settings: Settings, pool: Pool, producer: Producer
) -> None:
    subject = f"T-{secrets.token_hex(4)}"
    await asyncio.gather(*(write(pool, subject, f"{turn}a", f"{turn}b") for turn in range(6)))
    while await carry(pool, producer):
        pass
    events = [json.loads(record.value) for record in await read(settings, subject, 0)]
    assert [int(event["sequence"]) for event in events] == list(range(1, 13))
    assert all(event["hash"] == recompute_hash(event) for event in events)
    assert all(after["prevhash"] == before["hash"] for before, after in pairwise(events))


async def test_a_transaction_that_fails_says_nothing_and_leaves_no_hole(
    settings: Settings, pool: Pool, producer: Producer
) -> None:
    subject = f"T-{secrets.token_hex(4)}"
    with pytest.raises(ZeroDivisionError):
        async with pool.connection() as conn:
            await outbox.write(
                conn, drafts("lost"), topic=TOPIC, subject=subject, source="/s", policyversion="none"
            )
            raise ZeroDivisionError
    [kept] = await write(pool, subject, "kept")
    assert kept.number == 1
    await carry(pool, producer)
    assert [json.loads(r.value)["data"] for r in await read(settings, subject, 0)] == [{"word": "kept"}]


async def test_what_was_sent_but_not_marked_is_sent_again_with_the_same_bytes(
    settings: Settings, pool: Pool, producer: Producer
) -> None:
    subject = f"T-{secrets.token_hex(4)}"
    await write(pool, subject, "one", "two")
    await carry(pool, producer)
    async with pool.connection() as conn:  # as if the relay had died before its transaction ended
        await conn.execute("UPDATE intake.outbox SET sent_at = NULL WHERE subject = %s", (subject,))
    await write(pool, subject, "three")
    await asyncio.gather(carry(pool, producer), carry(pool, producer))
    await carry(pool, producer)
    values = [record.value for record in await read(settings, subject, 0)]
    assert values[:2] == values[2:4]
    assert len(values) == 5


async def test_what_commits_late_under_an_earlier_number_is_sent_all_the_same(
    settings: Settings, pool: Pool, producer: Producer
) -> None:
    """A sequence is drawn when a row is written and seen when it commits: who asks for what is *newer* than
    the last sent would never see it."""
    slow, quick = f"T-{secrets.token_hex(4)}", f"T-{secrets.token_hex(4)}"
    async with pool.connection() as conn:
        await outbox.write(conn, drafts("slow"), topic=TOPIC, subject=slow, source="/s", policyversion="none")
        await write(pool, quick, "quick")
        await carry(pool, producer)
        assert len(await read(settings, quick, 0)) == 1
        assert not await read(settings, slow, 0)
    await carry(pool, producer)
    assert len(await read(settings, slow, 0)) == 1


async def test_a_subject_belongs_to_one_stream_for_ever(pool: Pool) -> None:
    subject = f"T-{secrets.token_hex(4)}"
    await write(pool, subject, "one")
    async with pool.connection() as conn:
        with pytest.raises(outbox.OtherStreamError):
            await outbox.write(
                conn,
                drafts("x"),
                topic="mingdian.inbound",
                subject=subject,
                source="/s",
                policyversion="none",
            )
