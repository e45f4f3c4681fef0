"""One batch of the log folded into one read model, in one transaction: rows, stream positions and offsets
together."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from psycopg import DataError, IntegrityError
from psycopg.errors import DeadlockDetected, SerializationFailure

from events.consumer import Record
from events.reading import UnreadableError, read_event
from projections import books, store
from projections.announce import announce
from projections.books import Move, Place
from projections.builds import is_live
from projections.ordering import order
from projections.projection import Logged, ReadModel
from projections.store import Connection

_log = logging.getLogger(__name__)

ATTEMPTS = 5
"""How often a transaction that PostgreSQL broke off to untie a knot is tried anew."""


@dataclass
class Batch:
    """Records as read: the events among them, the places of what is none, and how far partitions move."""

    events: list[Logged] = field(default_factory=list)
    unreadable: list[tuple[Place, str]] = field(default_factory=list)
    moves: dict[int, Move] = field(default_factory=dict)

    @property
    def newest_at(self) -> datetime | None:
        """When the last of it was written to the log."""
        return max((one.recorded_at for one in self.events), default=None)


def read(records: Iterable[Record], at: dict[int, int]) -> Batch:
    """Read what can be read; what can't is a finding, and the others go on.

    `at`: the next offset to read, by partition, before these records; moved on here.
    """
    batch = Batch()
    had, newest = dict(at), dict.fromkeys(at, "")
    for topic, partition, offset, milliseconds, _, value, _ in records:
        at[partition] = offset + 1
        try:
            event = read_event(value)
        except UnreadableError as error:
            batch.unreadable.append(((topic, partition, offset), error.code))
            continue
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
        batch.events.append(Logged(event, topic, partition, offset, moment, value))
        newest[partition] = max(newest[partition], event.time)
    batch.moves = {
        partition: Move(had[partition], then, newest[partition] or None)
        for partition, then in at.items()
        if then != had[partition]
    }
    return batch


def apply(db: Connection, model: ReadModel, batch: Batch, *, quiet: bool = False) -> int:
    """Fold a batch and return how many events changed something. `quiet`: tell no reader of pages.

    An event that the fold or the table refuses stops its own stream and no other. Raises
    `books.FencedError` when another engine was there first; then nothing is written.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return _applied(db, model, batch, quiet)
        except (DeadlockDetected, SerializationFailure) as error:
            _log.info("tried anew", extra={"projection": model.name, "code": error.sqlstate})
    return _applied(db, model, batch, quiet)


def _applied(db: Connection, model: ReadModel, batch: Batch, quiet: bool) -> int:
    try:
        return _apply(db, model, batch, {}, quiet)
    except _REFUSALS:
        refused = dict(_refused(db, model, batch.events))
        return _apply(db, model, batch, refused, quiet)


# What a fold or a table says to an event it can't take: a fault of this event, not of the moment.
_REFUSALS = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, DataError, IntegrityError)


def _refused(db: Connection, model: ReadModel, events: Sequence[Logged]) -> Iterator[tuple[str, int]]:
    """Find, by halves, the streams that are refused, each with the first sequence that is."""
    if _takes(db, model, events):
        return
    subjects = sorted({one.event.subject for one in events})
    if len(subjects) > 1:
        first = set(subjects[: len(subjects) // 2])
        yield from _refused(db, model, [one for one in events if one.event.subject in first])
        yield from _refused(db, model, [one for one in events if one.event.subject not in first])
        return
    known, held = books.positions(db, model, subjects), books.held(db, model, subjects)
    for one in order(events, known, held, skips=books.skips(db, model, subjects)).fold:
        if not _takes(db, model, events, {subjects[0]: one.event.number + 1}):
            yield subjects[0], one.event.number
            return


def _takes(
    db: Connection, model: ReadModel, events: Sequence[Logged], refused: Mapping[str, int] | None = None
) -> bool:
    """Try it, and leave no trace."""
    try:
        with db.transaction(force_rollback=True):
            _fold(db, model, events, refused or {})
    except _REFUSALS:
        return False
    return True


def _apply(db: Connection, model: ReadModel, batch: Batch, refused: Mapping[str, int], quiet: bool) -> int:
    with db.transaction():
        books.advance(db, model, batch.moves)
        folded = _fold(db, model, batch.events, refused)
        for place, code in batch.unreadable:
            books.find(db, model, place, None, code)
        if folded.notices and not quiet and is_live(db, model):
            announce(db, folded.notices)
    for subject in folded.stopped:
        _log.warning("stream stopped", extra={"projection": model.name, "number": subject})
    return folded.events


class Folded(NamedTuple):
    """What a fold came to: how many events changed something, what to tell readers, which streams stopped."""

    events: int
    notices: list[dict[str, Any]]
    stopped: list[str]


def fold_on(db: Connection, model: ReadModel, subject: str) -> Folded:
    """Fold what waits in a stream and need not any more, in the caller's transaction."""
    return _fold(db, model, (), {}, {subject})


def _fold(
    db: Connection,
    model: ReadModel,
    events: Sequence[Logged],
    refused: Mapping[str, int],
    subjects: Set[str] | None = None,
) -> Folded:
    """Write everything but the partitions' offsets."""
    subjects = subjects or {one.event.subject for one in events}
    known, held = books.positions(db, model, subjects), books.held(db, model, subjects)
    ordered = order(events, known, held, refused=refused)
    if ordered.halted and (skips := books.skips(db, model, ordered.halted)):
        ordered = order(events, known, held, refused=refused, skips=skips)
    rows = store.load(db, model, model.projection.keys(ordered.fold))
    changes = model.projection.fold(rows, ordered.fold)
    store.write(db, model, changes, rows.keys())
    books.save_positions(db, model, ordered.moved, ordered.redelivered)
    stopped = books.hold(db, model, ordered.wait)
    if held:
        books.release(db, model, ordered.moved)
    for one, code in ordered.findings:
        books.find(db, model, (one.topic, one.partition, one.offset), one.event.subject, code)
    return Folded(len(ordered.fold), model.projection.announces(changes), stopped)
