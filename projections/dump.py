"""A read model written out row by row, always the same way, so that two builds can be held side by side.

Times of application are the engine's book-keeping and not part of it.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import orjson
from psycopg import sql

from projections.projection import ReadModel
from projections.store import Connection

KEPT_EXAMPLES = 10
_SHOW_EVERY = 10_000


class Line(NamedTuple):
    """A row: its key as JSON (first 0 for a row of the table, 1 for a stream's position), and all of it."""

    key: bytes
    row: bytes


class Comparison(NamedTuple):
    """How many rows of the first were compared, how many rows differ or are in one of the two alone, the
    first of them (`- old`, `+ new`), and the SHA-256 of each dump."""

    rows: int
    differences: int
    examples: list[str]
    digests: tuple[str, str]


def lines(db: Connection, model: ReadModel) -> Iterator[Line]:
    """Yield every row in the order of the keys, and then how far every stream is folded.

    Memory does not grow with the table.
    """
    table = model.table
    keys = sql.SQL(", ").join(sql.Identifier(name) for name in table.key)
    order = sql.SQL(", ").join(
        sql.SQL('{} COLLATE "C"' if kind == "text" else "{}").format(sql.Identifier(name))
        for name, kind in table.key.items()
    )
    rows = sql.SQL("SELECT jsonb_build_array(0, {}), to_jsonb(t) FROM {} t ORDER BY {}").format(
        keys, sql.Identifier(model.schema, table.name), order
    )
    streams = sql.SQL(
        "SELECT jsonb_build_array(1, subject), jsonb_build_array(subject, sequence, hash)"
        " FROM projections.stream_position"
        ' WHERE projection = {} AND build = {} ORDER BY subject COLLATE "C"'
    ).format(sql.Literal(model.name), sql.Literal(model.build))
    for question in (rows, streams):
        with db.cursor().copy(sql.SQL("COPY ({}) TO STDOUT").format(question)) as copy:
            for data in copy:
                key, _, row = bytes(data).rstrip(b"\n").partition(b"\t")
                yield Line(key, row)


def count(db: Connection, model: ReadModel) -> int:
    """Return how many rows `lines` yields."""
    found = db.execute(
        sql.SQL(
            "SELECT (SELECT count(*) FROM {}) + (SELECT count(*) FROM projections.stream_position"
            " WHERE projection = {} AND build = {})"
        ).format(
            sql.Identifier(model.schema, model.table.name), sql.Literal(model.name), sql.Literal(model.build)
        )
    ).fetchone()
    return int(found[0]) if found else 0


def compare(
    old: Iterator[Line], new: Iterator[Line], show: Callable[[int], None] = lambda _rows: None
) -> Comparison:
    """Hold two dumps side by side, as in a merge. `show` is told how many rows are done."""
    digests = (hashlib.sha256(), hashlib.sha256())
    rows = differences = 0
    examples: list[str] = []
    one, other = next(old, None), next(new, None)
    while one or other:
        side = _side(one, other)
        rows += one is not None and side <= 0
        if one != other:
            differences += 1
            if len(examples) < 2 * KEPT_EXAMPLES:
                examples += [
                    f"- {_told(one if side <= 0 else None)}",
                    f"+ {_told(other if side >= 0 else None)}",
                ]
        if one is not None and side <= 0:
            digests[0].update(b"\t".join(one) + b"\n")
            one = next(old, None)
        if other is not None and side >= 0:
            digests[1].update(b"\t".join(other) + b"\n")
            other = next(new, None)
        if rows % _SHOW_EVERY == 0:
            show(rows)
    return Comparison(rows, differences, examples, (digests[0].hexdigest(), digests[1].hexdigest()))


def _side(one: Line | None, other: Line | None) -> int:
    """-1: the next row is in the first dump alone; 1: in the second alone; 0: in both."""
    if one is None or other is None:
        return 1 if one is None else -1
    if one.key == other.key:
        return 0
    return -1 if orjson.loads(one.key) < orjson.loads(other.key) else 1


def _told(line: Line | None) -> str:
    return line.row.decode("utf-8", "replace") if line else "(no such row)"
