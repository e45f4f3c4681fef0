"""Which lists a feed has sent, and what was told of its records: read and written in the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from activities.outcomes import Connection
from events.catalogue.project_facts import IntentionGone, IntentionReported
from events.catalogue.registry import family_of
from workflows.intake import lookup
from workflows.intake.list_plan import Known, Standing
from workflows.intake.list_rows import ListRow

# What was refused for its content counts as never said; that a record is gone need be said once, though its
# project is closed. Rows that `recover` wrote know the fact by its id alone: record and kind stand in it.
_STANDING = """
SELECT record, max(time) FILTER (WHERE NOT gone AND outcome = 'applied'), max(time) FILTER (WHERE gone),
       coalesce(array_agg(time) FILTER (WHERE id LIKE '%%:back' AND outcome = 'applied'), '{}')
FROM (SELECT id, time, outcome, coalesce(nullif(alias, ''), split_part(id, '@', 1)) AS record,
             type LIKE %(gone)s OR id LIKE '%%@%%:gone' AS gone
      FROM intake.inbox
      WHERE source = %(source)s AND state = 'final'
        AND (type LIKE %(row)s OR type LIKE %(gone)s OR (alias IS NULL AND id LIKE '%%@%%'))) AS told
GROUP BY record
"""


_NEWEST = """
SELECT as_of, unread, nameless FROM intake.list
WHERE source = %s AND complete ORDER BY as_of DESC, list DESC LIMIT 1
"""


class TakenList(NamedTuple):
    """A list as it was taken: how many rows it had, why which line was refused, the facts that it told."""

    number: int
    as_of: datetime | None
    complete: bool
    taken_at: datetime
    rows: int
    refused: list[dict[str, Any]]
    facts: list[str]


async def known(conn: Connection, source: str) -> Known:
    """Return what is known of a feed's records."""
    kinds = {"row": f"{family_of(IntentionReported.type)}.%", "gone": f"{family_of(IntentionGone.type)}.%"}
    cursor = await conn.execute(_STANDING, {"source": source, **kinds})
    records = {
        record: Standing(row_at, gone_at, frozenset(backs)) async for record, row_at, gone_at, backs in cursor
    }
    cursor = await conn.execute(_NEWEST, (source,))
    row = await cursor.fetchone()
    return Known(records) if row is None else Known(records, row[0], frozenset(row[1]), row[2])


async def alone(conn: Connection, source: str) -> bool:
    """Keep other lists of the feed out until this transaction ends; False where one is being taken."""
    cursor = await conn.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('list ' || %s, 0))", (source,)
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def under_way(conn: Connection, source: str) -> bool:
    """Whether facts of the feed's last list have no outcome yet: what they say is not known then."""
    last = await last_list(conn, source)
    if last is None or not last.facts:
        return False
    return (await lookup.outcomes_pending(conn, source, last.facts)).final < len(set(last.facts))


async def note(
    conn: Connection,
    source: str,
    *,
    as_of: datetime | None,
    complete: bool,
    rows: Sequence[ListRow],
    facts: Iterable[str],
) -> int:
    """Note a list that was taken and return how it is called."""
    unread = sorted({row.record for row in rows if row.problems and row.record is not None})
    nameless = any(row.record is None for row in rows)
    cursor = await conn.execute(
        """
        INSERT INTO intake.list (source, as_of, complete, rows, refused, facts, unread, nameless)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING list
        """,
        (source, as_of, complete, len(rows), Jsonb(refusals(rows)), list(facts), unread, nameless),
    )
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def last_list(conn: Connection, source: str) -> TakenList | None:
    """Return the feed's last list; None before the first."""
    async with conn.cursor(row_factory=class_row(TakenList)) as cursor:
        await cursor.execute(
            """
            SELECT list AS number, as_of, complete, taken_at, rows, refused, facts FROM intake.list
            WHERE source = %s ORDER BY list DESC LIMIT 1
            """,
            (source,),
        )
        return await cursor.fetchone()


def refusals(rows: Sequence[ListRow]) -> list[dict[str, Any]]:
    """Return why which line was refused, as JSON."""
    return [
        {"line": row.line, "problems": [one.model_dump() for one in row.problems]}
        for row in rows
        if row.problems
    ]
