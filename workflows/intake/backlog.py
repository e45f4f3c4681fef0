"""How far intake and delivery are behind, for the door that must say *later* when it is too far."""

import asyncio
from collections.abc import Iterable

import psycopg
from psycopg_pool import PoolTimeout

from activities.outcomes import Pool
from events.consumer import Consumer, Partition
from events.producer import BusAwayError
from events.topics import INBOUND, upstream_topic

FRESH_SECONDS = 2.0
PATIENCE_SECONDS = 1.0


class LogEnds:
    """Where the inbound topics end, asked of the broker itself: intake, which notes it, may be away."""

    def __init__(self, bootstrap: str, upstreams: Iterable[str] = ()) -> None:
        self._bootstrap = bootstrap
        self._topics = [INBOUND, *(upstream_topic(name).name for name in upstreams)]
        self._consumer: Consumer | None = None

    def ask(self) -> dict[Partition, int]:
        """Return the end of each partition. Blocking. Raises `BusAwayError`."""
        try:
            if self._consumer is None:
                self._consumer = Consumer(self._bootstrap, client_id="mingdian-door")
            consumer = self._consumer
            return consumer.ends([(topic, n) for topic in self._topics for n in consumer.partitions(topic)])
        except BusAwayError:
            self.close()
            raise

    def close(self) -> None:
        """Give up the connection; the next question opens another."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            consumer.close()


class Backlog:
    """Facts that the broker has and no case has seen. Asked at most every two seconds."""

    def __init__(self, pool: Pool, limit: int = 100_000, ends: LogEnds | None = None) -> None:
        self._pool, self._limit, self._ends = pool, limit, ends
        self._behind, self._asked = 0, float("-inf")
        self._asking: asyncio.Task[None] | None = None

    async def overloaded(self) -> bool:
        """Whether more facts wait than the limit; the last answer when a new one takes long."""
        now = asyncio.get_running_loop().time()
        if now - self._asked > FRESH_SECONDS and (self._asking is None or self._asking.done()):
            self._asked = now
            self._asking = asyncio.create_task(self._look())
            await asyncio.wait({self._asking}, timeout=PATIENCE_SECONDS)
        return self._behind > self._limit

    async def _look(self) -> None:
        """While the database is away the broker still takes facts, and how many wait is not known."""
        try:
            self._behind = await self._count()
        except (psycopg.Error, PoolTimeout, BusAwayError):
            self._behind = 0

    async def _count(self) -> int:
        ends = await asyncio.to_thread(self._ends.ask) if self._ends is not None else {}
        async with self._pool.connection() as conn:
            cursor = await conn.execute(
                "SELECT topic, partition, next_offset, end_offset FROM intake.position"
            )
            read: dict[Partition, tuple[int, int]] = {
                (topic, number): (at, end) async for topic, number, at, end in cursor
            }
            # What waits for its application, or for a person to clear a dead letter, is no lag.
            cursor = await conn.execute("SELECT count(*) FROM intake.inbox WHERE state = 'pending'")
            row = await cursor.fetchone()
            facts = int(row[0]) if row else 0
        unread = sum(max(0, ends.get(place, end) - at) for place, (at, end) in read.items())
        return unread + facts
