"""The roots as a page shows them, read from their own topic: what is said of the log rests on no read model.

One a day is few enough to keep in memory; only what is new is read again.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

from events.producer import BusAwayError
from events.root_log import LoggedRoot, RootsRead

ReadRoots = Callable[[int], RootsRead]
"""(offset) → what stands from there on; blocking, raises `BusAwayError`."""

FRESH_SECONDS = 5.0


class RootBook:
    """Every root, at most a few seconds old. While the log is away, what was known."""

    def __init__(self, read: ReadRoots) -> None:
        self._read = read
        self._lock = asyncio.Lock()
        self._roots: list[LoggedRoot] = []
        self._next = 0
        self._read_at: float | None = None

    async def roots(self) -> Sequence[LoggedRoot]:
        """Return the roots, oldest first. Raises `BusAwayError` when none could ever be read."""
        async with self._lock:
            if self._read_at is None or time.monotonic() - self._read_at > FRESH_SECONDS:
                await self._refresh()
            return tuple(self._roots)

    async def _refresh(self) -> None:
        try:
            new, _, self._next = await asyncio.to_thread(self._read, self._next)
        except BusAwayError:
            if self._read_at is None:
                raise
            return
        known = self._roots[-1].root.number if self._roots else 0
        self._roots += [one for one in new if one.root.number > known]
        self._read_at = time.monotonic()
