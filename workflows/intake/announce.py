"""Sends outcomes to `mingdian.outcomes`: written with the inbox row, sent in order, then deleted."""

import asyncio

from activities.outcomes import Connection, Pool
from events.canonical import canonical
from events.producer import Outgoing, Producer
from events.topics import OUTCOMES
from workflows.intake.health import Health
from workflows.intake.sending import keep_sending

_BATCH = 500
_ANNOUNCER_LOCK = 0x6D64_0002


async def announce(pool: Pool, producer: Producer, health: Health, stop: asyncio.Event) -> None:
    """Run until `stop`. A crash between sending and deleting sends again; readers go by source and id."""

    async def send() -> int:
        async with pool.connection() as conn:
            return await _send_some(conn, producer)

    await keep_sending("outcomes", send, health, stop)


async def _send_some(conn: Connection, producer: Producer) -> int:
    """Send one batch, in one transaction whose lock keeps other processes from sending the same."""
    cursor = await conn.execute("SELECT pg_try_advisory_xact_lock(%s)", (_ANNOUNCER_LOCK,))
    row = await cursor.fetchone()
    if not row or not row[0]:
        return 0
    cursor = await conn.execute(
        "SELECT seq, key, outcome FROM intake.outcome_queue ORDER BY seq LIMIT %s", (_BATCH,)
    )
    rows = await cursor.fetchall()
    if rows:
        records = [Outgoing(OUTCOMES, key, canonical(outcome)) for _, key, outcome in rows]
        await asyncio.to_thread(producer.publish_all, records)
        await conn.execute(
            "DELETE FROM intake.outcome_queue WHERE seq = ANY(%s)", ([seq for seq, _, _ in rows],)
        )
    return len(rows)
