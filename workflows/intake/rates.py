"""How much a channel may send in a while, so that one in trouble takes no room from the others."""

import math
import time
from collections.abc import Callable

_MINUTE = 60.0


class Rates:
    """A bucket a channel, in this process: it holds what may come in a minute, and fills evenly."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, name: str, per_minute: int, count: int = 1) -> int:
        """Take `count` from a channel's bucket: 0; or take nothing and return after how many seconds it holds
        so much."""
        now = self._clock()
        held, at = self._buckets.get(name, (float(per_minute), now))
        held = min(float(per_minute), held + (now - at) * per_minute / _MINUTE)
        if held >= count:
            self._buckets[name] = held - count, now
            return 0
        self._buckets[name] = held, now
        return max(1, math.ceil((count - held) * _MINUTE / per_minute))
