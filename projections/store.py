"""The engine's SQL: rows in bulk, positions, what waits behind a hole, findings. All inside the caller's
transaction."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from events.envelope import Event
from projections.projection import Key, Logged, Projection, Row, Table

Connection = psycopg.Connection[tuple[Any, ...]]


class FencedError(Exception):
    """Another engine has moved this partition on: what we read is no longer ours to write."""


class Position(NamedTuple):
    """How far a stream is folded."""

    sequence: int
    hash: str


def offsets(db: Connection, projection: Projection) -> dict[int, int]:
    """Return the next offset to read, by partition."""
    found = db.execute(
        "SELECT partition, next_offset FROM projections.partition_offset"
        " WHERE projection = %s AND version = %s AND topic = %s",
        (projection.name, projection.version, projection.topic),
    )
    return dict(found.fetchall())


def start(db: Connection, projection: Projection, beginnings: Mapping[int, int]) -> None:
    """Give every partition a first position, where it has none."""
    with db.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO projections.partition_offset (projection, version, topic, partition, next_offset)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                (projection.name, projection.version, projection.topic, partition, offset)
                for partition, offset in sorted(beginnings.items())
            ],
        )


def advance(db: Connection, projection: Projection, moves: Mapping[int, tuple[int, int, str | None]]) -> None:
    """Move partitions from the offset we read at to the next one. Raises `FencedError` if one is elsewhere
    by now.

    `moves`: partition → (offset we had, next offset, time of the newest event).
    """
    for partition, (had, then, newest) in sorted(moves.items()):
        moved = db.execute(
            "UPDATE projections.partition_offset SET next_offset = %s, applied_at = now(),"
            " event_time = greatest(event_time, %s::timestamptz)"
            " WHERE projection = %s AND version = %s AND topic = %s AND partition = %s AND next_offset = %s",
            (then, newest, projection.name, projection.version, projection.topic, partition, had),
        )
        if moved.rowcount != 1:
            raise FencedError


def positions(db: Connection, projection: Projection, subjects: Iterable[str]) -> dict[str, Position]:
    """Return how far each of these streams is folded."""
    found = db.execute(
        "SELECT subject, sequence, hash FROM projections.stream_position"
        " WHERE projection = %s AND version = %s AND subject = ANY(%s)",
        (projection.name, projection.version, sorted(subjects)),
    )
    return {subject: Position(sequence, hash_) for subject, sequence, hash_ in found}


def save_positions(
    db: Connection, projection: Projection, moved: Mapping[str, Position], redelivered: Mapping[str, int]
) -> None:
    """Write how far streams are folded, and how many of their events had been seen before."""
    rows = [
        {
            "subject": subject,
            "sequence": at.sequence,
            "hash": at.hash,
            "redelivered": redelivered.get(subject, 0),
        }
        for subject, at in sorted(moved.items())
    ]
    db.execute(
        "INSERT INTO projections.stream_position AS known"
        " (projection, version, subject, sequence, hash, redelivered)"
        " SELECT %s, %s, r.subject, r.sequence, r.hash, r.redelivered"
        " FROM jsonb_to_recordset(%s) AS r(subject text, sequence bigint, hash text, redelivered bigint)"
        " ON CONFLICT (projection, version, subject) DO UPDATE SET"
        " sequence = excluded.sequence, hash = excluded.hash,"
        " redelivered = known.redelivered + excluded.redelivered",
        (projection.name, projection.version, Jsonb(rows)),
    )


def hold(db: Connection, projection: Projection, waiting: Iterable[Logged]) -> None:
    """Keep events that lie behind a hole."""
    with db.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO projections.held"
            ' (projection, version, subject, sequence, topic, partition, "offset", recorded_at, event)'
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                (
                    projection.name,
                    projection.version,
                    one.event.subject,
                    one.event.number,
                    one.topic,
                    one.partition,
                    one.offset,
                    one.recorded_at,
                    Jsonb(one.event.as_json()),
                )
                for one in waiting
            ],
        )


def held(db: Connection, projection: Projection, subjects: Iterable[str]) -> list[Logged]:
    """Return what waits in these streams, in order."""
    found = db.execute(
        'SELECT event, topic, partition, "offset", recorded_at FROM projections.held'
        " WHERE projection = %s AND version = %s AND subject = ANY(%s) ORDER BY subject, sequence",
        (projection.name, projection.version, sorted(subjects)),
    )
    return [Logged(Event.model_validate(event), *place) for event, *place in found]


def release(db: Connection, projection: Projection, folded: Mapping[str, Position]) -> None:
    """Forget what waited and has been folded now."""
    with db.cursor() as cursor:
        cursor.executemany(
            "DELETE FROM projections.held"
            " WHERE projection = %s AND version = %s AND subject = %s AND sequence <= %s",
            [
                (projection.name, projection.version, subject, at.sequence)
                for subject, at in sorted(folded.items())
            ],
        )


def find(
    db: Connection, projection: Projection, place: tuple[str, int, int], subject: str | None, code: str
) -> None:
    """Write down something that should not be, once per place."""
    db.execute(
        "INSERT INTO projections.finding"
        ' (projection, version, topic, partition, "offset", subject, code)'
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (projection.name, projection.version, *place, subject, code),
    )


def load(db: Connection, table: Table, keys: Iterable[Key]) -> dict[Key, Row]:
    """Return the rows with these keys, as JSON objects."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    query = sql.SQL(
        "SELECT to_jsonb(t) FROM {table} t JOIN jsonb_to_recordset(%s) AS k({typed}) USING ({names})"
    ).format(
        table=_name(table),
        typed=sql.SQL(", ").join(
            [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in table.key.items()]
        ),
        names=_list(table.key),
    )
    asked = Jsonb([dict(zip(table.key, key, strict=True)) for key in wanted])
    rows = (row for (row,) in db.execute(query, (asked,)))
    return {tuple(row[name] for name in table.key): row for row in rows}


def write(db: Connection, table: Table, rows: Mapping[Key, Row]) -> None:
    """Insert or replace rows, all at once, in the order of their keys so that two writers can't cross."""
    if not rows:
        return
    query = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, %s)"
        " ON CONFLICT ({key}) DO UPDATE SET {updates}"
    ).format(
        table=_name(table),
        columns=_list(table.all_columns),
        key=_list(table.key),
        updates=sql.SQL(", ").join(
            sql.SQL("{column} = excluded.{column}").format(column=sql.Identifier(name))
            for name in table.columns
        ),
    )
    db.execute(query, (Jsonb([rows[key] for key in sorted(rows)]),))


def _name(table: Table) -> sql.Identifier:
    return sql.Identifier(*table.name.split("."))


def _list(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)
