"""Carries the outbox to Kafka: one relay per partition, in order, marked once the broker has it.

A crash between sending and marking sends the same bytes again; readers drop what they have seen.
"""

import asyncio

from activities.outcomes import Connection, Pool
from events.producer import Outgoing, Producer
from workflows.intake.health import Health
from workflows.intake.sending import keep_sending

_BATCH = 500
_AT_ONCE = 4
"""Partitions carried at once by one process: each holds a database connection while Kafka answers."""

_SEND_SECONDS = 20.0
_KEPT_DAYS = 7
"""How long what was sent stays to be looked at. The log has it for ever, the stream's head knows its end."""


async def relay(pool: Pool, producer: Producer, health: Health, stop: asyncio.Event) -> None:
    """Run until `stop`. Several processes share the partitions: each is carried by who has its lock."""
    await keep_sending("outbox", lambda: carry(pool, producer), health, stop)


async def carry(pool: Pool, producer: Producer) -> int:
    """Send one batch of every partition that has something unsent; returns how many events were sent."""
    async with pool.connection() as conn:
        cursor = await conn.execute(
            "SELECT DISTINCT topic, partition FROM intake.outbox WHERE sent_at IS NULL ORDER BY 1, 2"
        )
        places = await cursor.fetchall()
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(topic: str, partition: int) -> int:
        async with gate, pool.connection() as conn:
            return await _carry_partition(conn, producer, topic, partition)

    done = await asyncio.gather(*(one(*place) for place in places), return_exceptions=True)
    for failure in done:
        if isinstance(failure, BaseException):
            raise failure  # after all have ended: one partition in trouble holds up no other
    return sum(count for count in done if isinstance(count, int))


async def _carry_partition(conn: Connection, producer: Producer, topic: str, partition: int) -> int:
    """One batch, in one transaction whose lock keeps other relays away from this partition."""
    cursor = await conn.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 7))", (f"outbox|{topic}|{partition}",)
    )
    row = await cursor.fetchone()
    if not row or not row[0]:
        return 0
    cursor = await conn.execute(
        """
        SELECT seq, subject, body, headers FROM intake.outbox
        WHERE topic = %s AND partition = %s AND sent_at IS NULL ORDER BY seq LIMIT %s
        """,
        (topic, partition, _BATCH),
    )
    rows = await cursor.fetchall()
    records = [
        Outgoing(topic, subject, bytes(body), [(name, text.encode()) for name, text in headers.items()])
        for _, subject, body, headers in rows
    ]
    places = await asyncio.to_thread(producer.publish_all, records, timeout=_SEND_SECONDS)
    await conn.execute(
        """
        UPDATE intake.outbox AS o SET sent_at = now(), "offset" = done.place
        FROM unnest(%s::bigint[], %s::bigint[]) AS done (seq, place) WHERE o.seq = done.seq
        """,
        ([seq for seq, *_ in rows], [place.offset for place in places]),
    )
    return len(rows)


async def forget_sent(conn: Connection) -> int:
    """Drop what was sent long ago; returns how many."""
    cursor = await conn.execute(
        "DELETE FROM intake.outbox WHERE sent_at < now() - make_interval(days => %s)", (_KEPT_DAYS,)
    )
    return cursor.rowcount
