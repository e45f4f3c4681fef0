"""Reads the inbox: the facts of an application, the outcome of a fact, how many of a list are still open."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import class_row

from activities.outcomes import Connection


class FactLine(NamedTuple):
    """One received fact as `history` and outcomes show it, without its data.

    `state` is pending, waiting, held or final; `outcome` applied, refused or dead once it is final;
    `linked_to` is the closed case that the one of a late dispute is about.
    """

    source: str
    id: str
    n: int
    number: str | None
    linked_to: str | None
    alias: str | None
    profile: str | None
    type: str
    time: datetime | None
    received_at: datetime
    state: str
    outcome: str | None
    code: str | None
    sentence: str | None
    reasons: list[dict[str, str]]
    duplicates: int
    delivered_at: datetime | None
    finished_at: datetime | None
    topic: str
    partition: int
    offset: int


class Tally(NamedTuple):
    """How a list of facts stands. `missing`: not in the inbox (yet); `open`: without final outcome."""

    missing: int
    open: int
    applied: int
    refused: int
    dead: int
    duplicates: int

    @property
    def final(self) -> int:
        """How many of them have their final outcome."""
        return self.applied + self.refused + self.dead


_COLUMNS = """source, id, n, subject AS number,
    (SELECT s.linked_to FROM intake.subject s WHERE s.number = inbox.subject) AS linked_to, alias, profile,
    type, time, received_at, state, outcome, code, sentence, reasons, duplicates, delivered_at, finished_at,
    topic, partition, "offset" """


async def facts_of(conn: Connection, number: str) -> list[FactLine]:
    """Return the facts of an application in the order of their arrival."""
    return await _lines(conn, "WHERE subject = %s ORDER BY seq", (number,))


async def outcome_of(conn: Connection, source: str, id: str) -> FactLine | None:  # noqa: A002 - its name outside
    """Return a fact with its outcome so far; None when the inbox has none such."""
    found = await _lines(conn, "WHERE source = %s AND id = %s", (source, id))
    return found[0] if found else None


async def outcomes_of(conn: Connection, source: str, ids: Sequence[str]) -> list[FactLine]:
    """Return those of a source's facts that have reached the inbox, in no order."""
    return await _lines(conn, "WHERE source = %s AND id = ANY(%s)", (source, list(ids)))


async def outcomes_pending(conn: Connection, source: str, ids: Sequence[str]) -> Tally:
    """Count how a source's facts stand; cheap enough to ask again every second for thousands."""
    cursor = await conn.execute(
        """
        SELECT count(*) FILTER (WHERE i.id IS NULL), count(*) FILTER (WHERE i.state <> 'final'),
               count(*) FILTER (WHERE i.outcome = 'applied'), count(*) FILTER (WHERE i.outcome = 'refused'),
               count(*) FILTER (WHERE i.outcome = 'dead'), coalesce(sum(i.duplicates), 0)::bigint
        FROM (SELECT DISTINCT unnest(%s::text[]) AS id) AS asked
        LEFT JOIN intake.inbox i ON i.source = %s AND i.id = asked.id
        """,
        (list(ids), source),
    )
    row = await cursor.fetchone()
    return Tally(*(row or (0, 0, 0, 0, 0, 0)))


async def number_of(conn: Connection, source: str, alias: str) -> str | None:
    """Return the application number behind upstream's own reference."""
    cursor = await conn.execute(
        "SELECT number FROM intake.alias WHERE source = %s AND alias = %s", (source, alias)
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def open_number_of(conn: Connection, source: str, alias: str) -> tuple[str, int] | None:
    """Return number and re-issue counter of the application behind a sender's own reference; None for an
    unknown one, and for one that was erased."""
    cursor = await conn.execute(
        """
        SELECT s.number, s.reissue FROM intake.alias a JOIN intake.subject s USING (number)
        WHERE a.source = %s AND a.alias = %s AND s.erased_at IS NULL
        """,
        (source, alias),
    )
    row = await cursor.fetchone()
    return (row[0], row[1]) if row else None


async def reissue_of(conn: Connection, number: str) -> int | None:
    """Return how often the receipt code was re-issued; None for an unknown number."""
    cursor = await conn.execute("SELECT reissue FROM intake.subject WHERE number = %s", (number,))
    row = await cursor.fetchone()
    return row[0] if row else None


async def stream_key_of(conn: Connection, number: str) -> tuple[str, bytes] | None:
    """Return id and wrapped key of an application's stream; None when there is none, or it was destroyed."""
    cursor = await conn.execute(
        "SELECT kid, wrapped FROM intake.stream_key WHERE subject = %s AND wrapped IS NOT NULL", (number,)
    )
    row = await cursor.fetchone()
    return (row[0], bytes(row[1])) if row else None


async def _lines(conn: Connection, where: str, values: Sequence[Any]) -> list[FactLine]:
    async with conn.cursor(row_factory=class_row(FactLine)) as cursor:
        await cursor.execute(f"SELECT {_COLUMNS} FROM intake.inbox {where}".encode(), values)  # noqa: S608 - constant texts
        return await cursor.fetchall()
