"""Erasing: a stream's key is destroyed, and with it every personal value of the stream, wherever a copy lies.

What names the person beside the stream goes too: index rows, the register of files, the raw bytes of dead
letters. The files themselves open nowhere from then on, and the caller removes them. That it was done is an
event of the stream `erasure`, by which a restored database is brought to the same state.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg.rows import class_row

from activities.outcomes import Connection
from events.catalogue.erasure_events import SubjectErased
from events.envelope import Draft, Event
from events.topics import ERASURE
from workflows.intake import outbox


class Target(NamedTuple):
    """A stream as erasing finds it. `open_facts` are on their way to its case; `letters` hold raw bytes."""

    number: str
    profile: str
    stream: str
    created_at: datetime
    erased_at: datetime | None
    facts: int
    open_facts: int
    letters: int


_OWN_LETTERS = """
    d.raw IS NOT NULL AND (d.subject = s.number OR EXISTS (
        SELECT 1 FROM intake.alias a WHERE a.number = s.number AND a.source = d.source AND a.alias = d.alias))
"""

_TARGETS = f"""
SELECT s.number, s.profile, s.stream, s.created_at, s.erased_at,
       (SELECT count(*) FROM intake.inbox i WHERE i.subject = s.number)                        AS facts,
       (SELECT count(*) FROM intake.inbox i WHERE i.subject = s.number AND i.state <> 'final') AS open_facts,
       (SELECT count(*) FROM intake.dead_letter d WHERE {_OWN_LETTERS})                        AS letters
FROM intake.subject s
WHERE s.number = ANY(%s)
ORDER BY s.number
"""  # noqa: S608 - constants

_LETTERS = f"""
SELECT d.letter FROM intake.dead_letter d, intake.subject s WHERE s.number = %s AND {_OWN_LETTERS}
"""  # noqa: S608 - constants


async def targets(conn: Connection, numbers: Collection[str]) -> list[Target]:
    """Return the streams of these numbers, in their order; unknown ones are left out."""
    async with conn.cursor(row_factory=class_row(Target)) as cursor:
        await cursor.execute(_TARGETS.encode(), (list(numbers),))
        return await cursor.fetchall()


async def with_linked(conn: Connection, numbers: Collection[str]) -> list[str]:
    """Return these numbers and those of all cases that are about them: a late dispute is told by the same
    person."""
    cursor = await conn.execute(
        """
        WITH RECURSIVE line AS (
            SELECT unnest(%s::text[]) AS number
            UNION SELECT s.number FROM intake.subject s JOIN line ON s.linked_to = line.number
        )
        SELECT number FROM line ORDER BY number
        """,
        (list(numbers),),
    )
    return [row[0] for row in await cursor.fetchall()]


async def numbers_of_person(conn: Connection, digests: Iterable[str]) -> list[str]:
    """Return the streams in which one of these digests (`blind_index`) stands."""
    cursor = await conn.execute(
        "SELECT DISTINCT subject FROM intake.blind_index WHERE digest = ANY(%s) ORDER BY subject",
        (list(digests),),
    )
    return [row[0] for row in await cursor.fetchall()]


async def aliases_of(conn: Connection, numbers: Collection[str]) -> list[str]:
    """Return how upstream systems call these streams."""
    cursor = await conn.execute(
        "SELECT DISTINCT alias FROM intake.alias WHERE number = ANY(%s)", (list(numbers),)
    )
    return [row[0] for row in await cursor.fetchall()]


async def erase_stream(
    conn: Connection, target: Target, letters: Sequence[int], *, policyversion: str, now: datetime
) -> bool:
    """Erase one stream and say so in the log; False when that was said before (what is left goes anyway).

    In one transaction, which the caller opens. `letters` are further dead letters that name the person.
    """
    erased, gone = await destroy(conn, target.number, letters, now)
    if erased:
        said = SubjectErased(number=target.number, stream=target.stream, letters=gone)
        await _say(conn, target.profile, said, policyversion, now)
    return erased


async def erase_letters(
    conn: Connection, letters: Sequence[int], *, profile: str, policyversion: str, now: datetime
) -> int:
    """Drop the raw bytes of dead letters that belong to no stream, and say so; returns how many had some."""
    gone = await _drop_letters(conn, letters)
    if gone:
        await _say(conn, profile, SubjectErased(letters=gone), policyversion, now)
    return len(gone)


async def destroy(
    conn: Connection, number: str | None, letters: Sequence[int], at: datetime
) -> tuple[bool, tuple[int, ...]]:
    """Destroy without a word in the log; returns whether the stream was whole before, and the letters that
    lost their bytes. Again is harmless.

    The key goes first: an inbox transaction that still uses it holds it, and is waited for.
    """
    if number is None:
        return False, await _drop_letters(conn, letters)
    await conn.execute(
        """
        UPDATE intake.stream_key SET wrapped = NULL, destroyed_at = coalesce(destroyed_at, %s)
        WHERE subject = %s AND (wrapped IS NOT NULL OR destroyed_at IS NULL)
        """,
        (at, number),
    )
    cursor = await conn.execute(
        "UPDATE intake.subject SET erased_at = %s WHERE number = %s AND erased_at IS NULL", (at, number)
    )
    erased = cursor.rowcount > 0
    await conn.execute("DELETE FROM intake.blind_index WHERE subject = %s", (number,))
    await conn.execute("DELETE FROM documents.file WHERE subject = %s", (number,))
    await conn.execute("DELETE FROM documents.handed_in WHERE subject = %s", (number,))
    await conn.execute(
        "UPDATE intake.inbox SET raw = NULL, kid = NULL WHERE subject = %s AND raw IS NOT NULL", (number,)
    )
    cursor = await conn.execute(_LETTERS.encode(), (number,))
    own = [row[0] for row in await cursor.fetchall()]
    return erased, await _drop_letters(conn, [*own, *letters])


async def _drop_letters(conn: Connection, letters: Sequence[int]) -> tuple[int, ...]:
    cursor = await conn.execute(
        """
        UPDATE intake.dead_letter SET raw = NULL, kid = NULL WHERE letter = ANY(%s) AND raw IS NOT NULL
        RETURNING letter
        """,
        (list(letters),),
    )
    return tuple(sorted(row[0] for row in await cursor.fetchall()))


async def _say(
    conn: Connection, profile: str, data: SubjectErased, policyversion: str, now: datetime
) -> list[Event]:
    return await outbox.write(
        conn,
        [Draft(type=data.type, time=now, data=data.as_data())],
        topic=ERASURE,
        subject=f"erasure-{profile}",
        source=f"/mingdian/{profile}",
        policyversion=policyversion,
    )
