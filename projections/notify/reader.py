"""Reads the log for the callbacks: every event that a channel is to be told becomes a row, with the position
in one transaction. One process reads at a time, whichever has the lock."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

import orjson
import psycopg

from events.consumer import Consumer, PositionLostError, Record
from events.producer import BusAwayError
from events.reading import UnreadableError, read_event
from events.topics import CONNECTION
from projections.notify import notices, queue
from projections.notify.notices import Begun, Notice
from projections.notify.queue import Connection
from workflows.policy.interface import Interface

Counterparts = Mapping[tuple[str, str], Interface]
"""Those that are called back, by profile and source."""

Say = Callable[[bool, str], None]

_LOCK = 0x6D64_0010
_LOOK_SECONDS = 2.0
_POLL_SECONDS = 0.3

_log = logging.getLogger(__name__)


class Reader:
    """The loop. `say` tells how it goes."""

    def __init__(self, bootstrap: str, postgres: str, counterparts: Counterparts, say: Say) -> None:
        self._bootstrap = bootstrap
        self._postgres = postgres
        self._counterparts = counterparts
        self._say = say

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop`; begin anew when something was away."""
        while not stop.is_set():
            try:
                if not self._counterparts:
                    self._say(True, "no channel is called back")
                else:
                    # A connection of its own: the lock lasts as long as it does, and so do its writes.
                    async with await psycopg.AsyncConnection.connect(
                        self._postgres, autocommit=True, connect_timeout=5
                    ) as conn:
                        await self._with_lock(conn, stop)
            except psycopg.Error:
                self._say(False, "database away")
            except BusAwayError:
                self._say(False, "broker away")
            except PositionLostError as error:
                _log.error(error.sentence)
                self._say(False, error.code)
            await wait(stop, _LOOK_SECONDS)

    async def _with_lock(self, conn: Connection, stop: asyncio.Event) -> None:
        cursor = await conn.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,))
        row = await cursor.fetchone()
        if not row or not row[0]:
            self._say(True, "another process reads")
            return
        await self._read(conn, stop)

    async def _read(self, conn: Connection, stop: asyncio.Event) -> None:
        consumer = await asyncio.to_thread(Consumer, self._bootstrap, client_id="mingdian-notify")
        try:
            numbers = await asyncio.to_thread(consumer.partitions, CONNECTION)
            if not numbers:
                raise BusAwayError
            beginnings = await asyncio.to_thread(
                consumer.beginnings, [(CONNECTION, number) for number in numbers]
            )
            await asyncio.to_thread(consumer.assign, await queue.positions(conn, beginnings))
            self._say(True, "reads")
            while not stop.is_set():
                records = await asyncio.to_thread(consumer.poll, _POLL_SECONDS)
                if records:
                    await take(conn, records, self._counterparts)
                self._say(True, "reads")
        finally:
            await asyncio.to_thread(consumer.close)


async def take(conn: Connection, records: Sequence[Record], counterparts: Counterparts) -> int:
    """Note what a batch of the log tells, and move on; returns how many callbacks it came to."""
    found = [one for record in records if (one := _meaning(record)) is not None]
    added = 0
    async with conn.transaction():
        ours = await queue.known(conn, {one.number for one in found})
        for one in found:
            if isinstance(one, Begun):
                if (one.profile, one.upstream) in counterparts:
                    await queue.begin(conn, one)
                    ours.add(one.number)
            elif one.number in ours:
                await queue.add(conn, one)
                added += 1
        await queue.advance(conn, {(one.topic, one.partition): one.offset + 1 for one in records})
    return added


def _meaning(record: Record) -> Begun | Notice | None:
    """What a record means to a channel. What can't be read is the audit's business, and tells nobody
    anything."""
    try:
        if orjson.loads(record.value).get("type") not in notices.TYPES:
            return None
        return notices.read(read_event(record.value))
    except (UnreadableError, ValueError, AttributeError):
        return None


async def wait(stop: asyncio.Event, seconds: float) -> None:
    """Wait, or less when asked to stop."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
