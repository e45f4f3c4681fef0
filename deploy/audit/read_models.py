"""The read models against the log: folded anew by the same pure folds, then compared row by row.

Each is folded exactly as far as the live one is, so nothing has to stand still for the comparison.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from deploy.audit.findings import Findings
from deploy.audit.scratch import Scratch
from deploy.errors import UserError
from events.consumer import Partition, Record
from projections import builds
from projections.projection import Key, Logged, Projection, Row

_BATCH = 1_000
_ROWS = 500

Connection = psycopg.Connection[tuple[Any, ...]]

# What a fold says to an event that it can't take; the engine stops the event's stream there, and so do we.
_REFUSALS = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)

_COMPARE = """
SELECT {keys}, have.{first} IS NULL
FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) AS want LEFT JOIN {table} AS have USING ({names})
WHERE have.{first} IS NULL OR to_jsonb(want) IS DISTINCT FROM to_jsonb(have)
"""


class Standing(NamedTuple):
    """How far the live build of a projection is, and the streams in which a person let it skip a hole."""

    offsets: Mapping[Partition, int]
    skipped: frozenset[str]


def standing(db: Connection, projection: Projection) -> Standing:
    """Read it, as of the transaction of `db`.

    Raises UserError when another version of the projection is shown than this program folds: nothing of the
    two can be held against each other.
    """
    shown = builds.live(db, projection.name)
    if shown is None or shown.version != projection.version:
        what = "not at all" if shown is None else f"in version {shown.version}"
        raise UserError(
            "other_version",
            f"The read model {projection.name} is shown {what}, and this program has version "
            f"{projection.version}. First: ./mingdian projections rebuild {projection.name} --switch",
        )
    offsets = db.execute(
        "SELECT topic, partition, next_offset FROM projections.live_offset WHERE projection = %s",
        (projection.name,),
    )
    skips = db.execute("SELECT subject FROM projections.skip WHERE projection = %s", (projection.name,))
    return Standing(
        {(topic, partition): following for topic, partition, following in offsets},
        frozenset(subject for (subject,) in skips),
    )


@dataclass
class Refold:
    """One projection, folded anew into the scratch up to where the live one stands."""

    projection: Projection
    live: Standing
    scratch: Scratch
    findings: Findings
    _waiting: list[Logged] = field(default_factory=list)
    _stopped: set[str] = field(default_factory=set)

    def add(self, record: Record, events: Iterable[Logged]) -> None:
        """Take what `record` let through, if the live one has taken that record too."""
        if record.offset < self.live.offsets.get((record.topic, record.partition), 0):
            self._waiting += [one for one in events if one.event.subject not in self._stopped]
            if len(self._waiting) >= _BATCH:
                self.flush()

    def flush(self) -> None:
        """Fold what waits."""
        events, self._waiting = self._waiting, []
        try:
            self._fold(events)
        except _REFUSALS:
            for one in events:
                if one.event.subject not in self._stopped:
                    self._fold_alone(one)

    def _fold_alone(self, one: Logged) -> None:
        try:
            self._fold([one])
        except _REFUSALS:
            self._stopped.add(one.event.subject)
            self.findings.add("unfoldable", one.event.subject, f"{self.projection.name} {one.event.id}")

    def _fold(self, events: Sequence[Logged]) -> None:
        changes = self.projection.fold(self._load(self.projection.keys(events)), events)
        rows = [(self.projection.name, _text(key), json.dumps(row)) for key, row in changes.items()]
        self.scratch.db.executemany("INSERT OR REPLACE INTO folded VALUES (?, ?, ?)", rows)

    def _load(self, keys: Iterable[Key]) -> dict[Key, Row]:
        found: dict[Key, Row] = {}
        for key in set(keys):
            ask = "SELECT row FROM folded WHERE model = ? AND key = ?"
            if row := self.scratch.db.execute(ask, (self.projection.name, _text(key))).fetchone():
                found[key] = json.loads(row[0])
        return found

    # ---- the comparison

    def compare(self, db: Connection, subject: str | None) -> Iterator[int]:
        """Note every row that differs, is missing, or stands there without events; yield how many rows of
        the log have been looked at. Raises psycopg.Error."""
        self.flush()
        done = 0
        for rows in self._rows():
            for code, key in self._differing(db, rows):
                self._note(code, key)
            done += len(rows)
            yield done
        for key in self._shown(db, subject):
            ask = "SELECT EXISTS (SELECT 1 FROM folded WHERE model = ? AND key = ?)"
            if not self.scratch.db.execute(ask, (self.projection.name, _text(key))).fetchone()[0]:
                self._note("row_without_events", key)

    def count(self) -> int:
        """How many rows the log makes."""
        self.flush()
        ask = "SELECT count(*) FROM folded WHERE model = ?"
        return int(self.scratch.db.execute(ask, (self.projection.name,)).fetchone()[0])

    def _rows(self) -> Iterator[list[str]]:
        ask = "SELECT row FROM folded WHERE model = ? ORDER BY key"
        every = (row for (row,) in self.scratch.db.execute(ask, (self.projection.name,)))
        while chunk := list(islice(every, _ROWS)):
            yield chunk

    def _differing(self, db: Connection, rows: Sequence[str]) -> Iterator[tuple[str, Key]]:
        """Ask the database; where it can't read a row at all, halve until that one is found."""
        table = self.projection.table
        names = [sql.Identifier(name) for name in table.key]
        query = sql.SQL(_COMPARE).format(
            keys=sql.SQL(", ").join(sql.SQL("want.{}").format(name) for name in names),
            names=sql.SQL(", ").join(names),
            first=names[0],
            table=self._table,
        )
        try:
            with db.transaction():
                found = db.execute(query, ("[" + ",".join(rows) + "]",)).fetchall()
        except psycopg.DataError:
            if len(rows) == 1:
                row = json.loads(rows[0])
                yield "unfoldable", tuple(row[name] for name in table.key)
                return
            middle = len(rows) // 2
            yield from self._differing(db, rows[:middle])
            yield from self._differing(db, rows[middle:])
            return
        for *key, missing in found:
            yield "row_missing" if missing else "row_differs", tuple(key)

    def _shown(self, db: Connection, subject: str | None) -> Iterator[Key]:
        """The keys of what is shown; of one stream only those that begin with its subject."""
        names = [sql.Identifier(name) for name in self.projection.table.key]
        query = sql.SQL("SELECT {} FROM {} WHERE %s::text IS NULL OR {}::text = %s::text").format(
            sql.SQL(", ").join(names), self._table, names[0]
        )
        with db.cursor("shown") as cursor:
            cursor.itersize = 5_000
            cursor.execute(query, (subject, subject))
            yield from cursor

    def _note(self, code: str, key: Key) -> None:
        if str(key[0]) not in self.live.skipped:
            rest = " ".join(str(part) for part in key[1:])
            self.findings.add(code, str(key[0]), f"{self.projection.name} {rest}".rstrip())

    @property
    def _table(self) -> sql.Identifier:
        """What pages read: the view that shows the live build."""
        return sql.Identifier(self.projection.name, self.projection.table.name)


def _text(key: Key) -> str:
    return json.dumps(list(key))
