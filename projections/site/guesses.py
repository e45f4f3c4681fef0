"""Slows guessing: a bucket of wrong tries per address and per number. Right answers cost nothing."""

from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from typing import NamedTuple

Seconds = float
_REMEMBERED = 20_000


class Rate(NamedTuple):
    """`burst` tries at once, then one every `every` seconds."""

    burst: int
    every: Seconds


class Buckets:
    """A bounded set of token buckets; the longest untouched is forgotten first. `clock` is monotonic
    seconds."""

    def __init__(self, rate: Rate, clock: Callable[[], Seconds]) -> None:
        self._rate = rate
        self._clock = clock
        self._held: OrderedDict[str, tuple[float, Seconds]] = OrderedDict()

    def wait(self, key: str) -> Seconds:
        """Return how long this key must wait before its next try, 0 when it may."""
        level = self._level(key)
        return 0.0 if level >= 1 else (1 - level) * self._rate.every

    def spend(self, key: str) -> None:
        """Count a wrong try."""
        self._held[key] = (max(0.0, self._level(key) - 1), self._clock())
        self._held.move_to_end(key)
        while len(self._held) > _REMEMBERED:
            self._held.popitem(last=False)

    def _level(self, key: str) -> float:
        level, since = self._held.get(key, (float(self._rate.burst), self._clock()))
        return min(float(self._rate.burst), level + (self._clock() - since) / self._rate.every)


class Guesses:
    """Both buckets together."""

    def __init__(self, clock: Callable[[], Seconds]) -> None:
        self._addresses = Buckets(Rate(burst=10, every=6.0), clock)
        self._numbers = Buckets(Rate(burst=20, every=15.0), clock)

    def wait(self, address: str, number: str) -> int:
        """Return the whole seconds to wait before this address may try this number again."""
        return ceil(max(self._addresses.wait(address), self._numbers.wait(number)))

    def spend(self, address: str, number: str) -> None:
        """Count a wrong try for both."""
        self._addresses.spend(address)
        self._numbers.spend(number)
