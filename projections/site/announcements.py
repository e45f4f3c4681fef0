"""Hears from PostgreSQL that something was folded, and tells every page that is open where it stands now."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

from psycopg import AsyncConnection, OperationalError

CHANNEL = "mingdian_progress"
"""Payload: a JSON list of {"profile", "number", "sequence"}, of a key project with "projects": true, or "*"
when too much changed to say."""

LOOK_SECONDS = 30.0
"""How often pages of projects are looked at though nothing was told: at midnight they read otherwise."""

_RETRY_SECONDS = 2.0
_GATHER_SECONDS = 0.2
_log = logging.getLogger(__name__)


class Topic(NamedTuple):
    """What a page watches: one application or all of a profile, or one or all of its key projects."""

    profile: str
    number: str | None
    projects: bool = False


Positions = asyncio.Queue[int | None]
"""The newest position of a topic; None says that the site is closing."""

Ask = Callable[[Iterable[Topic]], Awaitable[dict[Topic, int]]]
"""Where topics stand now."""


class Announcements:
    """Fans notifications out. A listener's queue holds one position, the newest: a slow client costs
    nothing."""

    def __init__(self, dsn: str, positions: Ask) -> None:
        self._dsn = dsn
        self._positions = positions
        self._listeners: dict[Topic, set[Positions]] = {}
        self._changed: set[Topic] = set()
        self._everything = False
        self._wake = asyncio.Event()
        self.connected = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen while the context lasts."""
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._tell())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def listening(self, topic: Topic) -> AsyncIterator[Positions]:
        """Give a queue of positions for as long as the context lasts; the first is where the topic stands
        now."""
        queue: Positions = asyncio.Queue(maxsize=1)
        self._listeners.setdefault(topic, set()).add(queue)
        try:
            for position in (await self._positions([topic])).values():
                _put(queue, position)
            yield queue
        finally:
            self._listeners[topic].discard(queue)
            if not self._listeners[topic]:
                del self._listeners[topic]

    def close(self) -> None:
        """Send every reader home, so that the server need not wait for streams that never end."""
        for queues in self._listeners.values():
            for queue in queues:
                _put(queue, None)

    @property
    def readers(self) -> int:
        """How many pages listen."""
        return sum(len(queues) for queues in self._listeners.values())

    async def _listen(self) -> None:
        """Hold one connection; after a loss everything may have changed."""
        while True:
            with suppress(OperationalError, OSError):
                connection = await AsyncConnection.connect(self._dsn, autocommit=True)
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.connected = True
                    self._note("*")
                    async for notice in connection.notifies():
                        self._note(notice.payload)
            self.connected = False
            _log.warning("lost the connection that listens for progress; trying again")
            await asyncio.sleep(_RETRY_SECONDS)

    def _note(self, payload: str) -> None:
        try:
            changes: Any = "*" if payload.strip() in ("*", '"*"') else json.loads(payload)
            topics = {
                Topic(change["profile"], number, bool(change.get("projects")))
                for change in changes
                for number in (change["number"], None)
            }
        except (ValueError, TypeError, KeyError):
            self._everything = True  # an unreadable notice still says that something changed
        else:
            self._changed |= topics
        self._wake.set()

    async def _tell(self) -> None:
        """Gather notices for a moment, so that a busy feed makes five rounds a second and not a thousand."""
        while True:
            await self._until_told()
            topics = set(self._listeners) if self._everything else self._changed & set(self._listeners)
            self._changed, self._everything = set(), False
            try:
                positions = await self._positions(topics)
            except OperationalError:
                self._everything = True
                self._wake.set()
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            for topic, position in positions.items():
                for queue in self._listeners.get(topic, ()):
                    _put(queue, position)

    async def _until_told(self) -> None:
        """Wait until something was told, or for a while: the day may have changed."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            self._changed |= {topic for topic in self._listeners if topic.projects}
            return
        await asyncio.sleep(_GATHER_SECONDS)
        self._wake.clear()


def _put(queue: Positions, position: int | None) -> None:
    """Leave only the newest position in the queue."""
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(position)
