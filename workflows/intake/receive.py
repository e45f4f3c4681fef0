"""The intake loop: reads the inbound topics and takes every record, once, into the inbox.

What is away (database, broker) is waited for, and parks nothing. What is wrong with a record is its own
affair: it goes to the dead letters and the next one is taken.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID, uuid4

import psycopg
from psycopg_pool import PoolTimeout

from activities.outcomes import Pool
from events.consumer import Consumer, Partition, PositionLostError, Record
from events.producer import BusAwayError
from events.topics import INBOUND, upstream_topic
from events.tracing import from_headers, linked_span
from workflows.intake import positions, readers
from workflows.intake.arrivals import Arrival, arrive, bound_source, is_marker
from workflows.intake.backoff import Backoff, wait_for
from workflows.intake.desk import Desk
from workflows.intake.health import Health
from workflows.intake.inbox import Taken, take

DEAF_SECONDS = 30.0
OBSERVE_SECONDS = 1.0
ATTEMPTS = 10

AWAY = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, BusAwayError)
"""Something is not reachable, or two transactions met (a deadlock is an OperationalError): try again."""

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass
class Receiver:
    """Reads its share of the inbound partitions. `wake` is set after a batch with something to deliver."""

    bootstrap: str
    pool: Pool
    desk: Desk
    health: Health
    wake: asyncio.Event
    _reader: UUID = field(default_factory=uuid4)

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop`; begin anew, with growing pauses, whenever something is away."""
        backoff = Backoff()
        while not stop.is_set():
            try:
                await self._read(stop, backoff)
            except AWAY as error:
                self.health.say("receive", False, _word(error))
            except PositionLostError as error:
                _log.error(error.sentence)
                self.health.say("receive", False, error.code)
            except psycopg.Error as error:
                _log.error("the database refuses intake's statements", extra={"sqlstate": error.sqlstate})
                self.health.say("receive", False, "database refuses")
            await backoff.wait(stop)
        with contextlib.suppress(*AWAY):
            async with self.pool.connection() as conn:
                await readers.leave(conn, self._reader)

    async def _read(self, stop: asyncio.Event, backoff: Backoff) -> None:
        consumer = await asyncio.to_thread(
            Consumer, self.bootstrap, client_id="mingdian-intake", max_records=200
        )
        try:
            places = await self._places(consumer)
            mine: list[Partition] | None = None
            looked, loop = 0.0, asyncio.get_running_loop()
            while not stop.is_set():
                if loop.time() - looked >= OBSERVE_SECONDS:
                    looked = loop.time()
                    async with self.pool.connection() as conn:
                        share = await readers.share(conn, self._reader, places)
                    if share != mine:
                        await self._assign(consumer, share)
                        mine = share
                    elif not await self._observe(consumer):
                        return
                if not mine:
                    await wait_for(stop, OBSERVE_SECONDS)
                    continue
                records = await asyncio.to_thread(consumer.poll, 0.3)
                if records:
                    await self._take_all(records)
                    backoff.reset()
        finally:
            await asyncio.to_thread(consumer.close)

    async def _places(self, consumer: Consumer) -> list[Partition]:
        """Every partition of every inbound topic."""
        topics = [INBOUND, *(upstream_topic(name).name for name in self.desk.inbound)]
        places: list[Partition] = []
        for topic in topics:
            numbers = await asyncio.to_thread(consumer.partitions, topic)
            if not numbers:
                raise BusAwayError
            places += [(topic, number) for number in numbers]
        return places

    async def _assign(self, consumer: Consumer, places: Sequence[Partition]) -> None:
        """Read these partitions from where the inbox stands."""
        beginnings = await asyncio.to_thread(consumer.beginnings, places)
        async with self.pool.connection() as conn:
            stored = await positions.ensure(conn, beginnings)
        ends = await asyncio.to_thread(consumer.ends, places)
        if any(not beginnings[place] <= stored[place] <= ends[place] for place in places):
            raise PositionLostError
        await asyncio.to_thread(consumer.assign, stored)

    async def _observe(self, consumer: Consumer) -> bool:
        """Note the ends of the logs; False when the client has gone deaf and a new one is needed."""
        now = self.desk.clock()
        seen = await asyncio.to_thread(consumer.watch)
        async with self.pool.connection() as conn:
            await positions.observe(conn, {place: watch.end for place, watch in seen.items()}, now)
        behind = sum(watch.behind for watch in seen.values())
        self.health.say("receive", True, f"{behind} behind in {len(seen)} partitions")
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
        async def work() -> Taken:
            async with self.pool.connection() as conn, conn.transaction():
                fresh = await positions.unread(conn, records)
                facts = [record for record in fresh if not is_marker(record)]
                arrivals = [self._arrive(record) for record in facts]
                taken = await take(conn, self.desk, [a.given_up() for a in arrivals] if give_up else arrivals)
                await positions.advance(conn, fresh, facts)
                return taken

        with linked_span("intake", (from_headers(record.headers) for record in records)):
            taken = await again_after_a_meeting(work)
        if taken.accepted:
            self.wake.set()
        _log.info(
            "taken",
            extra={"accepted": taken.accepted, "duplicates": taken.duplicates, "refused": taken.refused},
        )

    def _arrive(self, record: Record) -> Arrival:
        source = bound_source(self.desk.inbound, record.topic)
        return arrive(
            record,
            policies=self.desk.policies,
            bound_source=source,
            inbox_secret=self.desk.inbox_secret,
            now=self.desk.clock(),
            max_bytes=self.desk.max_bytes,
            table=self.desk.lists.get(source or ""),
        )


async def again_after_a_meeting(work: Callable[[], Awaitable[T]]) -> T:
    """Do a transaction, and again when it met another that took the same ids or names at the same moment.

    The second of two finds them taken (it looks again: they are known now); two that took the same in another
    order wait for each other, and the database sends one back.
    """
    for attempt in range(ATTEMPTS):
        try:
            return await work()
        except (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected):
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def _word(error: Exception) -> str:
    return "broker away" if isinstance(error, BusAwayError) else "database away"
