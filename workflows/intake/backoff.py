"""Pauses that grow while something is away, and end at once when the process is asked to stop."""

import asyncio
import contextlib
import random


class Backoff:
    """From `first` seconds, doubling, to at most `most`; shortened by chance, so that processes spread."""

    def __init__(self, first: float = 0.2, most: float = 5.0) -> None:
        self._first, self._most = first, most
        self._next = first

    def reset(self) -> None:
        """It works again: the next pause is short."""
        self._next = self._first

    def seconds(self) -> float:
        """Return the next pause and let the one after it be longer."""
        now, self._next = self._next, min(self._most, self._next * 2)
        return now * random.uniform(0.6, 1.0)  # noqa: S311 - spreads load, hides nothing

    async def wait(self, stop: asyncio.Event) -> None:
        """Pause, or less when `stop` is set."""
        await wait_for(stop, self.seconds())


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event for at most so long."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
