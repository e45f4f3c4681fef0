"""The intake loop: reads the inbound topics and takes every record, once, into the inbox.

What is away (database, broker) is waited for, and parks nothing. What is wrong with a record is its own
affair: it goes to the dead letters and the next one is taken.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg_pool import PoolTimeout

from activities.outcomes import Connection, Pool
from events.consumer import Consumer, Partition, PositionLostError, Record
from events.producer import BusAwayError
from events.topics import INBOUND, upstream_topic
from events.tracing import from_headers, linked_span
from workflows.intake import positions
from workflows.intake.arrivals import Arrival, arrive, bound_source, is_marker
from workflows.intake.backoff import Backoff
from workflows.intake.desk import Desk
from workflows.intake.health import Health
from workflows.intake.inbox import take

DEAF_SECONDS = 30.0
OBSERVE_SECONDS = 1.0
_READER_LOCK = 0x6D64_0001
"""Advisory lock of the one process that reads; others stand by. Positions are safe without it."""

AWAY = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, BusAwayError)
"""Something is not reachable, or two transactions met (a deadlock is an OperationalError): try again."""

_log = logging.getLogger(__name__)


@dataclass
class Receiver:
    """One reader of all inbound partitions. `wake` is set after a batch that brought something to deliver."""

    bootstrap: str
    pool: Pool
    desk: Desk
    health: Health
    wake: asyncio.Event

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop`; begin anew, with growing pauses, whenever something is away."""
        backoff = Backoff()
        while not stop.is_set():
            try:
                async with self.pool.connection() as conn:
                    await conn.set_autocommit(True)
                    try:
                        if await _leads(conn):
                            await self._read(conn, stop, backoff)
                        else:
                            self.health.say("receive", True, "stands by")
                    finally:
                        await _release(conn)
            except AWAY as error:
                self.health.say("receive", False, _word(error))
            except PositionLostError as error:
                _log.error(error.sentence)
                self.health.say("receive", False, error.code)
            except psycopg.Error as error:
                _log.error("the database refuses intake's statements", extra={"sqlstate": error.sqlstate})
                self.health.say("receive", False, "database refuses")
            await backoff.wait(stop)

    async def _read(self, leader: Connection, stop: asyncio.Event, backoff: Backoff) -> None:
        consumer = await asyncio.to_thread(
            Consumer, self.bootstrap, client_id="mingdian-intake", max_records=200
        )
        try:
            await self._assign(consumer)
            watched = 0.0
            loop = asyncio.get_running_loop()
            while not stop.is_set():
                records = await asyncio.to_thread(consumer.poll, 0.3)
                if records:
                    await self._take_all(records)
                    backoff.reset()
                if loop.time() - watched >= OBSERVE_SECONDS:
                    watched = loop.time()
                    await leader.execute("SELECT 1")  # the lock is gone with its connection
                    if not await self._observe(consumer):
                        return
        finally:
            await asyncio.to_thread(consumer.close)

    async def _assign(self, consumer: Consumer) -> None:
        topics = [INBOUND, *(upstream_topic(name).name for name in self.desk.inbound)]
        places: list[Partition] = []
        for topic in topics:
            numbers = await asyncio.to_thread(consumer.partitions, topic)
            if not numbers:
                raise BusAwayError
            places += [(topic, number) for number in numbers]
        beginnings = await asyncio.to_thread(consumer.beginnings, places)
        async with self.pool.connection() as conn:
            stored = await positions.ensure(conn, beginnings)
        ends = await asyncio.to_thread(consumer.ends, places)
        if any(not beginnings[place] <= stored[place] <= ends[place] for place in places):
            raise PositionLostError
        await asyncio.to_thread(consumer.assign, stored)

    async def _observe(self, consumer: Consumer) -> bool:
        """Note the ends of the logs; False when the client has gone deaf and a new one is needed."""
        seen = await asyncio.to_thread(consumer.watch)
        async with self.pool.connection() as conn:
            await positions.observe(conn, {place: watch.end for place, watch in seen.items()})
        behind = sum(watch.behind for watch in seen.values())
        self.health.say("receive", True, f"{behind} behind")
        if any(watch.still > DEAF_SECONDS for watch in seen.values()):
            _log.error("the log grows and nothing is read: connecting anew", extra={"behind": behind})
            return False
        return True

    async def _take_all(self, records: Sequence[Record]) -> None:
        """Take a batch; where the database can't hold a record of it, halve it until that one is found."""
        try:
            await self._take(records, give_up=False)
        except psycopg.DataError:
            if len(records) == 1:
                _log.error("a record can't be stored and is kept sealed", extra={"offset": records[0].offset})
                await self._take(records, give_up=True)
                return
            middle = len(records) // 2
            await self._take_all(records[:middle])
            await self._take_all(records[middle:])

    async def _take(self, records: Sequence[Record], *, give_up: bool) -> None:
        with linked_span("intake", (from_headers(record.headers) for record in records)):
            for attempt in range(5):
                try:
                    async with self.pool.connection() as conn, conn.transaction():
                        fresh = await positions.unread(conn, records)
                        facts = [record for record in fresh if not is_marker(record)]
                        arrivals = [self._arrive(record) for record in facts]
                        taken = await take(
                            conn, self.desk, [a.given_up() for a in arrivals] if give_up else arrivals
                        )
                        await positions.advance(conn, fresh, facts)
                    break
                except psycopg.errors.UniqueViolation:
                    # Another process took the same id or alias a moment ago: look again, it is known now.
                    if attempt == 4:
                        raise
        if taken.accepted:
            self.wake.set()
        _log.info(
            "taken",
            extra={"accepted": taken.accepted, "duplicates": taken.duplicates, "refused": taken.refused},
        )

    def _arrive(self, record: Record) -> Arrival:
        return arrive(
            record,
            policies=self.desk.policies,
            bound_source=bound_source(self.desk.inbound, record.topic),
            inbox_secret=self.desk.inbox_secret,
            now=self.desk.clock(),
            max_bytes=self.desk.max_bytes,
        )


async def _leads(conn: Connection) -> bool:
    cursor = await conn.execute("SELECT pg_try_advisory_lock(%s)", (_READER_LOCK,))
    row = await cursor.fetchone()
    return bool(row and row[0])


async def _release(conn: Connection) -> None:
    """Give the connection back to the pool as it was; one that broke is thrown away there."""
    if not conn.broken and not conn.closed:
        await conn.execute("SELECT pg_advisory_unlock_all()")
        await conn.set_autocommit(False)


def _word(error: Exception) -> str:
    return "broker away" if isinstance(error, BusAwayError) else "database away"
