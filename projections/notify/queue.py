"""The tables of the callbacks: what is to be told, by whom, and what was."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from events.consumer import Partition
from projections.notify.notices import Begun, Notice
from projections.notify.wording import Told

Connection = AsyncConnection[Any]

LEASE_SECONDS = 60


class Line(NamedTuple):
    """An application with something to tell."""

    number: str
    profile: str
    upstream: str
    attempts: int


async def positions(conn: Connection, beginnings: dict[Partition, int]) -> dict[Partition, int]:
    """Return where to read on; a partition that was never read begins at its beginning."""
    cursor = await conn.execute("SELECT topic, partition, next_offset FROM notify.position")
    known = {(topic, partition): offset async for topic, partition, offset in cursor}
    return {place: known.get(place, offset) for place, offset in beginnings.items()}


async def advance(conn: Connection, places: dict[Partition, int]) -> None:
    """Move positions, in the transaction that wrote what was read."""
    for (topic, partition), offset in places.items():
        await conn.execute(
            """
            INSERT INTO notify.position VALUES (%s, %s, %s)
            ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset
            """,
            (topic, partition, offset),
        )


async def begin(conn: Connection, begun: Begun) -> None:
    """Note an application whose channel is called back."""
    await conn.execute(
        "INSERT INTO notify.line (number, profile, upstream) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (begun.number, begun.profile, begun.upstream),
    )


async def known(conn: Connection, numbers: Iterable[str]) -> set[str]:
    """Return those of the applications whose channel is called back."""
    cursor = await conn.execute("SELECT number FROM notify.line WHERE number = ANY(%s)", (list(numbers),))
    return {number async for (number,) in cursor}


async def add(conn: Connection, notice: Notice) -> None:
    """Note what is to be told; a second time changes nothing.

    The line is locked first: a sender that is just done with it sees the new row, or wakes after it.
    """
    await conn.execute(
        "UPDATE notify.line SET next_at = coalesce(next_at, now()) WHERE number = %s", (notice.number,)
    )
    await conn.execute(
        """
        INSERT INTO notify.callback (number, sequence, at, occasion, status, step, step_name, due_at, missing)
        SELECT %(number)s, %(sequence)s, %(at)s, %(occasion)s, coalesce(%(status)s, last.status, 'checking'),
               coalesce(%(step)s, last.step), coalesce(%(step_name)s, last.step_name),
               CASE WHEN %(status)s::text IS NULL THEN last.due_at ELSE %(due_at)s END, %(missing)s
        FROM (SELECT 1) AS one LEFT JOIN LATERAL (
            SELECT status, step, step_name, due_at FROM notify.callback
            WHERE number = %(number)s AND sequence < %(sequence)s ORDER BY sequence DESC LIMIT 1
        ) AS last ON true
        ON CONFLICT DO NOTHING
        """,
        {
            "number": notice.number,
            "sequence": notice.sequence,
            "at": notice.at,
            "occasion": notice.occasion,
            "status": notice.status,
            "step": notice.step,
            "step_name": Jsonb(notice.step_name.model_dump()) if notice.step_name else None,
            "due_at": notice.due_at,
            "missing": list(notice.missing),
        },
    )


async def claim(conn: Connection, lease: UUID, most: int, called: Iterable[tuple[str, str]]) -> list[Line]:
    """Take lines that are due and nobody's, of channels that are called back (by profile and source). What
    another is to be told waits until it has an address again."""
    listed = list(called)
    cursor = await conn.execute(
        """
        UPDATE notify.line AS l SET lease = %s, lease_until = now() + make_interval(secs => %s)
        FROM (
            SELECT number FROM notify.line
            WHERE next_at <= now() AND (lease IS NULL OR lease_until < now())
              AND (profile, upstream) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
            ORDER BY next_at LIMIT %s FOR UPDATE SKIP LOCKED
        ) AS due
        WHERE l.number = due.number
        RETURNING l.number, l.profile, l.upstream, l.attempts
        """,
        (lease, LEASE_SECONDS, [one[0] for one in listed], [one[1] for one in listed], most),
    )
    return [Line(*row) async for row in cursor]


async def next_of(conn: Connection, line: Line) -> Told | None:
    """Return the oldest row that was not told, with the channel's own number; None when all was.

    What belongs to an application that was erased, or has no such number, is dropped.
    """
    cursor = await conn.execute(
        """
        SELECT (SELECT min(a.alias) FROM intake.alias a
                WHERE a.number = c.number AND a.source = %(upstream)s),
               (SELECT s.erased_at IS NOT NULL FROM intake.subject s WHERE s.number = c.number),
               c.sequence, c.at, c.occasion, c.status, c.step, c.step_name, c.due_at, c.missing
        FROM notify.callback c WHERE c.number = %(number)s AND c.sent_at IS NULL ORDER BY c.sequence LIMIT 1
        """,
        {"number": line.number, "upstream": line.upstream},
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    reference, erased, *known, missing = row
    if erased or reference is None:
        await conn.execute(
            """
            UPDATE notify.callback SET sent_at = now(), dropped = true
            WHERE number = %s AND sent_at IS NULL
            """,
            (line.number,),
        )
        return None
    names = ("sequence", "at", "occasion", "status", "step", "step_name", "due_at")
    return Told(
        line.number, reference=reference, missing=tuple(missing), **dict(zip(names, known, strict=True))
    )


async def told(conn: Connection, one: Told, lease: UUID) -> bool:
    """Mark a row as told, and the line as well; False when the line is another sender's by now."""
    cursor = await conn.execute(
        """
        UPDATE notify.line SET attempts = 0, failing = false, code = NULL,
               lease_until = now() + make_interval(secs => %s)
        WHERE number = %s AND lease = %s
        """,
        (LEASE_SECONDS, one.number, lease),
    )
    await conn.execute(
        "UPDATE notify.callback SET sent_at = now() WHERE number = %s AND sequence = %s AND sent_at IS NULL",
        (one.number, one.sequence),
    )
    return cursor.rowcount > 0


async def failed(
    conn: Connection, line: Line, lease: UUID, code: str, seconds: float, *, failing: bool
) -> None:
    """Let a line wait after a failure."""
    await conn.execute(
        """
        UPDATE notify.line SET attempts = attempts + 1, failing = %s, code = %s, lease = NULL,
               next_at = now() + make_interval(secs => %s)
        WHERE number = %s AND lease = %s
        """,
        (failing, code, seconds, line.number, lease),
    )


async def release(conn: Connection, number: str, lease: UUID) -> None:
    """Let go of a line; it comes again at once if something was added meanwhile. In a transaction."""
    await conn.execute("SELECT FROM notify.line WHERE number = %s FOR UPDATE", (number,))
    await conn.execute(
        """
        UPDATE notify.line AS l SET lease = NULL, next_at = CASE WHEN EXISTS (
            SELECT FROM notify.callback c WHERE c.number = l.number AND c.sent_at IS NULL) THEN now() END
        WHERE l.number = %s AND l.lease = %s
        """,
        (number, lease),
    )
