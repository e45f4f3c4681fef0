"""Reads from the inbox what became of facts, and waits until nothing is open. Counts, never contents."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import psycopg

from deploy.errors import UserError

Key = tuple[str, str]
"""A fact's `source` and `id`."""

LOOK_SECONDS = 0.3
_CHUNK = 5_000

_READ = """
SELECT source, id, state, outcome, code, duplicates, reused
FROM intake.inbox WHERE source = %s AND id = ANY(%s)
"""


@dataclass(frozen=True)
class Entry:
    """An inbox row: `outcome` and `code` are None until it is final; the counts are of later arrivals."""

    final: bool
    outcome: str | None
    code: str | None
    duplicates: int
    reused: int

    @property
    def arrivals(self) -> int:
        """How often a fact with this id has come."""
        return 1 + self.duplicates + self.reused


Ledger = dict[Key, Entry]


@dataclass(frozen=True)
class Fate:
    """What became of one sending of a fact."""

    outcome: str
    """applied | duplicate | refused"""
    code: str | None = None


async def read(conn: psycopg.AsyncConnection, keys: Iterable[Key]) -> Ledger:
    """Read the rows of these facts; a fact that has not come is absent."""
    by_source: dict[str, list[str]] = {}
    for source, fact_id in dict.fromkeys(keys):
        by_source.setdefault(source, []).append(fact_id)
    found: Ledger = {}
    for source, ids in by_source.items():
        for start in range(0, len(ids), _CHUNK):
            rows = await (await conn.execute(_READ, (source, ids[start : start + _CHUNK]))).fetchall()
            for origin, fact_id, state, *rest in rows:
                found[origin, fact_id] = Entry(state == "final", *rest)
    return found


async def wait_for_outcomes(
    conn: psycopg.AsyncConnection,
    sent: Sequence[Key],
    before: Ledger,
    *,
    patience: float,
    show: Callable[[int], None] = lambda _: None,
) -> None:
    """Wait until every sending has arrived and every row is final; `show` is told how many facts are done.

    `patience` is how many seconds may pass without any progress. Raises UserError `no_outcome` after that.
    """
    wanted = Counter(sent)
    open_keys = set(wanted)
    done = 0
    moved, last = time.monotonic(), -1
    while open_keys:
        now = await read(conn, open_keys)
        progress = sum(entry.arrivals + entry.final for entry in now.values()) + done
        finished = {key for key in open_keys if _settled(now.get(key), before.get(key), wanted[key])}
        done += len(finished)
        open_keys -= finished
        show(len(sent) - sum(wanted[key] for key in open_keys))
        if finished or progress != last:
            moved, last = time.monotonic(), progress
        elif time.monotonic() - moved > patience:
            raise UserError(
                "no_outcome",
                f"{len(open_keys)} facts have no outcome after {patience:.0f} s of silence. "
                "See ./mingdian status and the log of intake; feed again when it is well.",
            )
        if open_keys:
            await asyncio.sleep(LOOK_SECONDS)


def _settled(now: Entry | None, before: Entry | None, times: int) -> bool:
    if now is None or not now.final:
        return False
    return now.arrivals - (before.arrivals if before else 0) >= times


def fates(key: Key, times: int, before: Mapping[Key, Entry], after: Mapping[Key, Entry]) -> list[Fate]:
    """Return what became of the `times` sendings of one id, best first.

    A sending that was repeated because its answer was lost counts once.
    """
    now, earlier = after[key], before.get(key)
    told: list[Fate] = []
    if earlier is None:
        told.append(Fate("applied") if now.outcome == "applied" else Fate("refused", now.code))
    reused = now.reused - (earlier.reused if earlier else 0)
    told += [Fate("refused", "id_reused")] * min(reused, times - len(told))
    told += [Fate("duplicate")] * (times - len(told))
    order = ("applied", "duplicate", "refused")
    return sorted(told, key=lambda fate: order.index(fate.outcome))
