"""One batch of the log folded into one projection, in one transaction: rows, stream positions and offsets
together."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from events.consumer import Record
from events.envelope import Event, Head, recompute_hash
from projections import store
from projections.projection import Logged, Projection
from projections.store import Connection, Position

Place = tuple[str, int, int]
"""Topic, partition and offset."""

CHANNEL = "mingdian_progress"
_NOTICE_LIMIT = 7_500  # PostgreSQL takes 8,000 bytes; past this a reader is told to look at all positions


@dataclass
class Sorted:
    """A batch as the streams' positions sort it."""

    fold: list[Logged] = field(default_factory=list)
    wait: list[Logged] = field(default_factory=list)
    findings: list[tuple[Logged, str]] = field(default_factory=list)
    moved: dict[str, Position] = field(default_factory=dict)
    redelivered: Counter[str] = field(default_factory=Counter)


def apply(db: Connection, projection: Projection, records: Sequence[Record]) -> int:
    """Fold `records` (of any partitions, in order within each) and return how many events changed something.

    Raises `store.FencedError` when another engine was there first; then nothing is written.
    """
    logged, unreadable = _decode(records)
    with db.transaction():
        store.advance(db, projection, _moves(records, logged))
        sorted_ = _sort(db, projection, logged)
        rows = store.load(db, projection.table, projection.keys(sorted_.fold))
        changes = projection.fold(rows, sorted_.fold)
        store.write(db, projection.table, changes)
        store.save_positions(db, projection, sorted_.moved, sorted_.redelivered)
        store.hold(db, projection, sorted_.wait)
        store.release(db, projection, sorted_.moved)
        for place, code in unreadable:
            store.find(db, projection, place, None, code)
        for one, code in sorted_.findings:
            store.find(db, projection, (one.topic, one.partition, one.offset), one.event.subject, code)
        _announce(db, projection.announces(changes))
    return len(sorted_.fold)


def _moves(records: Sequence[Record], logged: Sequence[Logged]) -> dict[int, tuple[int, int, str | None]]:
    newest: dict[int, str] = {}
    for one in logged:
        newest[one.partition] = max(newest.get(one.partition, ""), one.event.time)
    moves: dict[int, tuple[int, int, str | None]] = {}
    for record in records:
        had = moves[record.partition][0] if record.partition in moves else record.offset
        moves[record.partition] = (had, record.offset + 1, newest.get(record.partition))
    return moves


def _decode(records: Sequence[Record]) -> tuple[list[Logged], list[tuple[Place, str]]]:
    """Read what can be read; what can't is a finding, and the others go on."""
    logged: list[Logged] = []
    unreadable: list[tuple[Place, str]] = []
    for record in records:
        place = (record.topic, record.partition, record.offset)
        try:
            body = json.loads(record.value)
            event = Event.model_validate(body)
        except ValueError:
            unreadable.append((place, "unreadable"))
            continue
        if recompute_hash(body) == event.hash:
            logged.append(Logged(event, *place, datetime.fromtimestamp(record.timestamp / 1000, UTC)))
        else:
            unreadable.append((place, "hash_differs"))
    return logged, unreadable


def _sort(db: Connection, projection: Projection, logged: Sequence[Logged]) -> Sorted:
    """Drop what was seen, hold what lies behind a hole, and let the rest through in order of its stream."""
    subjects = {one.event.subject for one in logged}
    known = store.positions(db, projection, subjects)
    waiting: dict[str, dict[int, Logged]] = {}
    for held in store.held(db, projection, subjects):
        waiting.setdefault(held.event.subject, {})[held.event.number] = held
    result = Sorted()
    for one in logged:
        _place(one, known, waiting.setdefault(one.event.subject, {}), result)
    result.wait = [one for queue in waiting.values() for one in queue.values()]
    return result


def _place(one: Logged, known: dict[str, Position], waiting: dict[int, Logged], result: Sorted) -> None:
    subject = one.event.subject
    start = Position(0, Head().hash)
    at = known.get(subject, start)
    if one.event.number <= at.sequence:
        result.redelivered[subject] += 1
        result.moved[subject] = at
        if one.event.number == at.sequence and one.event.hash != at.hash:
            result.findings.append((one, "other_content"))
        return
    waiting[one.event.number] = one
    while (following := waiting.pop(at.sequence + 1, None)) is not None:
        if following.event.prevhash != at.hash:
            result.findings.append((following, "chain_broken"))
        at = Position(following.event.number, following.event.hash)
        result.fold.append(following)
        known[subject] = result.moved[subject] = at


def _announce(db: Connection, notices: list[dict[str, Any]]) -> None:
    if not notices:
        return
    text = json.dumps(notices, separators=(",", ":"))
    if len(text.encode()) > _NOTICE_LIMIT:
        text = json.dumps("*")
    db.execute("SELECT pg_notify(%s, %s)", (CHANNEL, text))
