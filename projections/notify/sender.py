"""Calls channels back: in order per application, again with back-off until it is heard.

What was not answered with 2xx was not heard. A crash between answer and mark tells the same id again: a
channel knows it by that.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import httpx
import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from projections.notify import queue
from projections.notify.posting import client, post
from projections.notify.queue import Connection, Line
from projections.notify.reader import Counterparts, Say, wait
from projections.notify.wording import Told, body_of
from workflows.policy.interface_words import Callback, Retries

_AT_ONCE = 8
_IDLE_SECONDS = 0.3
_AWAY_SECONDS = 2.0
_TURN_SECONDS = 30.0
"""How long one line is told from in one go, well within its lease."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sender:
    """The loop. `secret` gives what signs, by the name in the table; `allowed` are hosts that the settings
    name."""

    pool: AsyncConnectionPool[Connection]
    counterparts: Counterparts
    secret: Callable[[str], bytes | None] = field(repr=False)
    allowed: Collection[str]
    clock: Callable[[], datetime]
    say: Say

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`."""
        async with client() as http:
            while not stop.is_set():
                try:
                    done = await self.turn(http, stop)
                    self.say(True, "calls back")
                    if not done:
                        await wait(stop, _IDLE_SECONDS)
                except (psycopg.Error, PoolTimeout):
                    self.say(False, "database away")
                    await wait(stop, _AWAY_SECONDS)

    async def turn(self, http: httpx.AsyncClient, stop: asyncio.Event) -> int:
        """Tell what is due in a few lines at once; returns how many lines there were."""
        lease = uuid4()
        async with self.pool.connection() as conn:
            lines = await queue.claim(conn, lease, _AT_ONCE, self.counterparts)
        done = await asyncio.gather(
            *(self._line(http, line, lease, stop) for line in lines), return_exceptions=True
        )
        for failure in done:
            if isinstance(failure, BaseException):
                raise failure  # after all have ended: one line in trouble holds up no other
        return len(lines)

    async def _line(self, http: httpx.AsyncClient, line: Line, lease: UUID, stop: asyncio.Event) -> None:
        interface = self.counterparts.get((line.profile, line.upstream))
        callback = interface.callback if interface is not None else None
        if callback is None:
            await self._failed(line, lease, "no_callback", Retries())
            return
        end = asyncio.get_running_loop().time() + _TURN_SECONDS
        while not stop.is_set() and asyncio.get_running_loop().time() < end:
            async with self.pool.connection() as conn:
                told = await queue.next_of(conn, line)
            if told is None:
                break
            code = await self._tell(http, callback, told)
            if code is not None:
                await self._failed(line, lease, code, callback.retries)
                return
            async with self.pool.connection() as conn:
                if not await queue.told(conn, told, lease):
                    return
            line = line._replace(attempts=0)
        async with self.pool.connection() as conn, conn.transaction():
            await queue.release(conn, line.number, lease)

    async def _tell(self, http: httpx.AsyncClient, callback: Callback, told: Told) -> str | None:
        """Make one attempt; returns the code of its failure."""
        secret = self.secret(callback.secret) if callback.secret is not None else None
        body = body_of(callback, told)
        return await post(
            http,
            callback.address,
            secret=secret,
            allowed=self.allowed,
            told_id=told.id,
            body=body,
            now=self.clock(),
        )

    async def _failed(self, line: Line, lease: UUID, code: str, retries: Retries) -> None:
        failures = line.attempts + 1
        failing = failures >= retries.times
        if failing:
            _log.error("a channel is not called back", extra={"number": line.number, "code": code})
        async with self.pool.connection() as conn:
            await queue.failed(conn, line, lease, code, retries.seconds(failures), failing=failing)
