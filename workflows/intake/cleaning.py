"""Clear text leaves Kafka as soon as it is handled, and its files within the hour.

Deleting records moves the log's start; the bytes stay until their segment is closed and dropped. A busy
partition closes segments by itself; on a quiet one a marker without content does it, once.
"""

import asyncio
import logging
from datetime import timedelta
from typing import Any

import psycopg
from kafka import KafkaAdminClient, TopicPartition
from kafka.errors import KafkaError
from psycopg_pool import PoolTimeout

from activities.outcomes import Pool
from events.producer import BusAwayError, Producer
from workflows.intake import letters, relay
from workflows.intake.arrivals import MARKER
from workflows.intake.backoff import Backoff, wait_for
from workflows.intake.health import Health

EVERY_SECONDS = 5.0
MARGIN = 1.1
"""A partition is quiet after a little more than its `segment.ms`: only then does one more record open a new
segment."""

_log = logging.getLogger(__name__)


async def clean(
    bootstrap: str, pool: Pool, producer: Producer, health: Health, stop: asyncio.Event, *, roll: timedelta
) -> None:
    """Run until `stop`. `roll` is how long a segment takes records. Doing it twice, or in two processes, does
    no harm."""
    backoff = Backoff()
    deleted: dict[TopicPartition, int] = {}
    while not stop.is_set():
        admin: Any = None
        try:
            admin = await asyncio.to_thread(_connect, bootstrap)
            while not stop.is_set():
                await _delete_handled(admin, pool, deleted)
                await _mark_quiet(pool, producer, roll)
                async with pool.connection() as conn:
                    await letters.forget_expired(conn)
                    await relay.forget_sent(conn)
                health.say("cleaning", True, "clean")
                backoff.reset()
                await wait_for(stop, EVERY_SECONDS)
        except (psycopg.Error, PoolTimeout, KafkaError, OSError, BusAwayError):
            health.say("cleaning", False, "database or broker away")
            await backoff.wait(stop)
        finally:
            if admin is not None:
                await asyncio.to_thread(admin.close)


def _connect(bootstrap: str) -> Any:
    return KafkaAdminClient(
        bootstrap_servers=bootstrap,
        client_id="mingdian-intake",
        request_timeout_ms=10_000,
        bootstrap_timeout_ms=5_000,
    )


async def _delete_handled(admin: Any, pool: Pool, deleted: dict[TopicPartition, int]) -> None:
    async with pool.connection() as conn:
        cursor = await conn.execute(
            "SELECT topic, partition, next_offset FROM intake.position WHERE next_offset > 0"
        )
        handled = {TopicPartition(topic, number): offset async for topic, number, offset in cursor}
    news = {place: offset for place, offset in handled.items() if deleted.get(place) != offset}
    if news:
        await asyncio.to_thread(admin.delete_records, news)
        deleted.update(news)


async def _mark_quiet(pool: Pool, producer: Producer, roll: timedelta) -> None:
    async with pool.connection() as conn:
        # The row is claimed by the update: two processes do not both send a marker.
        cursor = await conn.execute(
            """
            UPDATE intake.position SET unrolled = false
            WHERE unrolled AND next_offset >= end_offset
              AND last_record_at < now() - %s::interval
            RETURNING topic, partition
            """,
            (roll * MARGIN,),
        )
        quiet = await cursor.fetchall()
        for topic, partition in quiet:
            await asyncio.to_thread(producer.mark, topic, partition, MARKER)
