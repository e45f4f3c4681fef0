"""Quarters of the year, as the means are counted by: `2026-Q3`."""

from datetime import datetime
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

PATTERN = r"^20\d\d-Q[1-4]$"
"""What a quarter looks like in an address."""


class Quarter(NamedTuple):
    """One quarter; `number` is 1 to 4. Earlier ones are smaller."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime, zone: ZoneInfo) -> Self:
        """Return the local quarter of an aware moment."""
        local = moment.astimezone(zone)
        return cls(local.year, (local.month + 2) // 3)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `PATTERN` allows."""
        return cls(int(text[:4]), int(text[-1]))

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"

    def begins(self, zone: ZoneInfo) -> datetime:
        """Return its first moment."""
        return datetime(self.year, 3 * self.number - 2, 1, tzinfo=zone)

    def next(self) -> "Quarter":
        """Return the quarter after it."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)


def up_to(last: Quarter, first: Quarter) -> tuple[Quarter, ...]:
    """Return all quarters from `first` to `last`, the newest first; `last` is always among them."""
    found = [min(first, last)]
    while found[-1] < last:
        found.append(found[-1].next())
    return tuple(reversed(found))
