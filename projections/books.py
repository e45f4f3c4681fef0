"""The engine's book-keeping: where each partition and each stream stands, what waits, what should not be. All
inside the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from events.reading import read_event
from projections.projection import Logged, ReadModel
from projections.store import Connection

HOLE, UNFOLDABLE = "hole", "unfoldable"

Place = tuple[str, int, int]
"""Topic, partition and offset."""


class FencedError(Exception):
    """Another engine has moved this partition on: what we read is no longer ours to write."""


class Position(NamedTuple):
    """How far a stream is folded."""

    sequence: int
    hash: str


class Move(NamedTuple):
    """A partition's offset as we read it, the next one, and when the newest event between happened."""

    had: int
    then: int
    newest: str | None


class Waiting(NamedTuple):
    """An event that could not be folded yet, and why."""

    logged: Logged
    reason: str


class Skip(NamedTuple):
    """A hole that a person has given up: missing from `first` to `last`."""

    first: int
    last: int


def offsets(db: Connection, model: ReadModel) -> dict[int, int]:
    """Return the next offset to read, by partition."""
    found = db.execute(
        "SELECT partition, next_offset FROM projections.partition_offset"
        " WHERE projection = %s AND build = %s AND topic = %s",
        (model.name, model.build, model.topic),
    )
    return dict(found.fetchall())


def start(db: Connection, model: ReadModel, beginnings: Mapping[int, int]) -> None:
    """Give every partition a first position, where it has none."""
    partitions = sorted(beginnings)
    db.execute(
        "INSERT INTO projections.partition_offset (projection, build, topic, partition, next_offset)"
        " SELECT %s, %s, %s, * FROM unnest(%s::int[], %s::bigint[]) ON CONFLICT DO NOTHING",
        (model.name, model.build, model.topic, partitions, [beginnings[one] for one in partitions]),
    )


def advance(db: Connection, model: ReadModel, moves: Mapping[int, Move]) -> None:
    """Move partitions from the offset we read at to the next one. Raises `FencedError` if one is elsewhere
    by now. First in its transaction: it keeps everybody else off these partitions until the end."""
    for partition, (had, then, newest) in sorted(moves.items()):
        moved = db.execute(
            "UPDATE projections.partition_offset SET next_offset = %s, applied_at = now(),"
            " event_time = greatest(event_time, %s::timestamptz)"
            " WHERE projection = %s AND build = %s AND topic = %s AND partition = %s AND next_offset = %s",
            (then, newest, model.name, model.build, model.topic, partition, had),
        )
        if moved.rowcount != 1:
            raise FencedError


def freeze(db: Connection, model: ReadModel, partition: int) -> None:
    """Keep engines off a partition until the transaction ends."""
    db.execute(
        "SELECT FROM projections.partition_offset"
        " WHERE projection = %s AND build = %s AND topic = %s AND partition = %s FOR UPDATE",
        (model.name, model.build, model.topic, partition),
    )


def positions(db: Connection, model: ReadModel, subjects: Iterable[str]) -> dict[str, Position]:
    """Return how far each of these streams is folded."""
    found = db.execute(
        "SELECT subject, sequence, hash FROM projections.stream_position"
        " WHERE projection = %s AND build = %s AND subject = ANY(%s)",
        (model.name, model.build, sorted(subjects)),
    )
    return {subject: Position(sequence, hash_) for subject, sequence, hash_ in found}


def save_positions(
    db: Connection, model: ReadModel, moved: Mapping[str, Position], redelivered: Mapping[str, int]
) -> None:
    """Write how far streams are folded, and how many of their events had been seen before."""
    if not moved:
        return
    subjects = sorted(moved)
    db.execute(
        "INSERT INTO projections.stream_position AS known"
        " (projection, build, subject, sequence, hash, redelivered)"
        " SELECT %s, %s, * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::bigint[])"
        " ON CONFLICT (projection, build, subject) DO UPDATE SET"
        " sequence = excluded.sequence, hash = excluded.hash,"
        " redelivered = known.redelivered + excluded.redelivered,"
        " applied_at = CASE WHEN known.sequence < excluded.sequence THEN now() ELSE known.applied_at END",
        (
            model.name,
            model.build,
            subjects,
            [moved[one].sequence for one in subjects],
            [moved[one].hash for one in subjects],
            [redelivered.get(one, 0) for one in subjects],
        ),
    )


def hold(db: Connection, model: ReadModel, waiting: Sequence[Waiting]) -> list[str]:
    """Keep events that can't be folded yet; return the streams that had none waiting before."""
    if not waiting:
        return []
    subjects = sorted({one.logged.event.subject for one in waiting})
    known = db.execute(
        "SELECT DISTINCT subject FROM projections.held"
        " WHERE projection = %s AND build = %s AND subject = ANY(%s)",
        (model.name, model.build, subjects),
    )
    stopped = sorted(set(subjects) - {subject for (subject,) in known})
    columns = zip(*(_held_row(one) for one in waiting), strict=True)
    db.execute(
        'INSERT INTO projections.held (projection, build, subject, sequence, topic, partition, "offset",'
        " recorded_at, event, reason) SELECT %s, %s, * FROM unnest(%s::text[], %s::bigint[], %s::text[],"
        " %s::int[], %s::bigint[], %s::timestamptz[], %s::bytea[], %s::text[])"
        " ON CONFLICT (projection, build, subject, sequence) DO UPDATE SET reason = excluded.reason",
        (model.name, model.build, *(list(column) for column in columns)),
    )
    return stopped


def _held_row(waiting: Waiting) -> tuple[object, ...]:
    one, reason = waiting
    value = one.value or one.event.as_bytes()
    place = (one.topic, one.partition, one.offset, one.recorded_at)
    return (one.event.subject, one.event.number, *place, value, reason)


def held(db: Connection, model: ReadModel, subjects: Iterable[str]) -> list[Waiting]:
    """Return what waits in these streams, in order."""
    found = db.execute(
        'SELECT event, topic, partition, "offset", recorded_at, reason FROM projections.held'
        " WHERE projection = %s AND build = %s AND subject = ANY(%s) ORDER BY subject, sequence",
        (model.name, model.build, sorted(subjects)),
    )
    return [
        Waiting(Logged(read_event(value), topic, partition, offset, recorded_at, value), reason)
        for value, topic, partition, offset, recorded_at, reason in found
    ]


def release(db: Connection, model: ReadModel, folded: Mapping[str, Position]) -> None:
    """Forget what waited and has been folded now."""
    subjects = sorted(folded)
    db.execute(
        "DELETE FROM projections.held h USING unnest(%s::text[], %s::bigint[]) AS f(subject, sequence)"
        " WHERE h.projection = %s AND h.build = %s AND h.subject = f.subject AND h.sequence <= f.sequence",
        (subjects, [folded[one].sequence for one in subjects], model.name, model.build),
    )


def skips(db: Connection, model: ReadModel, subjects: Iterable[str]) -> dict[str, list[Skip]]:
    """Return the holes of these streams that a person has given up."""
    found = db.execute(
        "SELECT subject, first_sequence, last_sequence FROM projections.skip"
        " WHERE projection = %s AND subject = ANY(%s) ORDER BY subject, first_sequence",
        (model.name, sorted(subjects)),
    )
    given_up: dict[str, list[Skip]] = {}
    for subject, first, last in found:
        given_up.setdefault(subject, []).append(Skip(first, last))
    return given_up


def give_up(db: Connection, model: ReadModel, subject: str, skip: Skip, reason: str) -> None:
    """Write down that nobody waits for these sequences any more."""
    db.execute(
        "INSERT INTO projections.skip (projection, subject, first_sequence, last_sequence, reason)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (model.name, subject, skip.first, skip.last, reason),
    )


def find(db: Connection, model: ReadModel, place: Place, subject: str | None, code: str) -> None:
    """Write down something that should not be, once per place."""
    db.execute(
        'INSERT INTO projections.finding (projection, build, topic, partition, "offset", subject, code)'
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (model.name, model.build, *place, subject, code),
    )
