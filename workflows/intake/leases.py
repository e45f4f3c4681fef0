"""Who delivers which subject: a lease per subject keeps its facts in order, whatever dies."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from activities.inbox import is_read_past
from activities.outcomes import Connection
from workflows.messages import FactMessage

LEASE_SECONDS = 30

# A fact whose letter was cleared while it was being accepted names a letter that holds nothing back any more.
_FREE = """
(waits_behind IS NULL
 OR EXISTS (SELECT FROM intake.dead_letter d WHERE d.letter = waits_behind AND d.cleared_at IS NOT NULL))
"""


class Claim(NamedTuple):
    """A subject that is ours for a while."""

    number: str
    profile: str
    begun: bool
    attempts: int
    stream: str


class Pending(NamedTuple):
    """An undelivered fact."""

    fact: FactMessage
    opens: bool
    received_at: datetime


async def claim(conn: Connection, lease: UUID, most: int, troubled: int) -> list[Claim]:
    """Take up to `most` subjects that have work and no living deliverer, who has waited longest first; of
    those whose last delivery failed at most `troubled`, so that they leave room for the others."""
    cursor = await conn.execute(
        """
        WITH well AS (
            SELECT number, next_at FROM intake.subject
            WHERE next_at <= now() AND (lease_until IS NULL OR lease_until < now()) AND attempts = 0
            ORDER BY next_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
        ), unwell AS (
            SELECT number, next_at FROM intake.subject
            WHERE next_at <= now() AND (lease_until IS NULL OR lease_until < now()) AND attempts > 0
            ORDER BY next_at LIMIT %(troubled)s FOR UPDATE SKIP LOCKED
        ), due AS (
            SELECT number FROM (SELECT * FROM well UNION ALL SELECT * FROM unwell) AS u
            ORDER BY next_at LIMIT %(most)s
        )
        UPDATE intake.subject AS s
        SET lease = %(lease)s, lease_until = now() + make_interval(secs => %(secs)s)
        FROM due WHERE s.number = due.number
        RETURNING s.number, s.profile, s.begun_at IS NOT NULL, s.attempts, s.stream
        """,
        {"most": most, "troubled": min(most, troubled), "lease": lease, "secs": LEASE_SECONDS},
    )
    return [Claim(*row) for row in await cursor.fetchall()]


async def renew(conn: Connection, lease: UUID, number: str) -> bool:
    """Hold on to a subject; False when it was too late and somebody else has it."""
    cursor = await conn.execute(
        """
        UPDATE intake.subject SET lease_until = now() + make_interval(secs => %s)
        WHERE number = %s AND lease = %s
        """,
        (LEASE_SECONDS, number, lease),
    )
    return cursor.rowcount == 1


async def pending(conn: Connection, number: str, most: int) -> list[Pending]:
    """The subject's undelivered facts in the order of their arrival, at most `most`. What waits behind a dead
    letter stays where it is until that is cleared."""
    cursor = await conn.execute(
        f"""
        SELECT fact, opens, received_at FROM intake.inbox
        WHERE subject = %s AND state IN ('pending', 'waiting') AND {_FREE}
        ORDER BY seq LIMIT %s
        """.encode(),  # noqa: S608 - a constant condition
        (number, most),
    )
    return [Pending(FactMessage.model_validate(fact), opens, at) async for fact, opens, at in cursor]


async def begun(conn: Connection, number: str) -> None:
    """Note that the subject's workflow exists."""
    await conn.execute(
        "UPDATE intake.subject SET begun_at = coalesce(begun_at, now()) WHERE number = %s", (number,)
    )


async def opening(conn: Connection, number: str) -> Pending | None:
    """The undelivered fact that begins the subject's case, wherever in the order it came."""
    cursor = await conn.execute(
        """
        SELECT fact, opens, received_at FROM intake.inbox
        WHERE subject = %s AND state IN ('pending', 'waiting') AND opens ORDER BY seq LIMIT 1
        """,
        (number,),
    )
    row = await cursor.fetchone()
    return Pending(FactMessage.model_validate(row[0]), row[1], row[2]) if row else None


async def held(conn: Connection, fact: FactMessage) -> None:
    """Note that the case keeps the fact for later, unless its final outcome was told meanwhile."""
    await conn.execute(
        """
        UPDATE intake.inbox SET state = 'held', delivered_at = now()
        WHERE source = %s AND id = %s AND n = %s AND state IN ('pending', 'waiting')
        """,
        (fact.source, fact.id, fact.n),
    )


async def wait_for_opening(conn: Connection, number: str) -> None:
    """Note that the subject's facts wait for the one that begins the case."""
    await conn.execute(
        "UPDATE intake.inbox SET state = 'waiting' WHERE subject = %s AND state = 'pending'", (number,)
    )


async def waited_out(conn: Connection, last_arrival: datetime, early_wait: float) -> bool:
    """Whether the opening fact had its time: `early_wait` seconds after the last arrival.

    A reader that was away may yet bring it, so each partition must have been read to its end after that.
    """
    return await is_read_past(conn, last_arrival + timedelta(seconds=early_wait))


async def release(
    conn: Connection, lease: UUID, number: str, *, early_wait: float, again_in: float | None
) -> None:
    """Give a subject back, and say when it has work: in `again_in` seconds, or when its facts say so.

    Two statements, in this order: an arrival that commits meanwhile either is seen by the second or, coming
    after the lock, wakes the subject itself. One alone would look at the inbox before it has the lock.
    """
    async with conn.transaction():
        cursor = await conn.execute(
            "SELECT 1 FROM intake.subject WHERE number = %s AND lease = %s FOR UPDATE", (number, lease)
        )
        if await cursor.fetchone() is None:
            return
        await conn.execute(
            f"""
            UPDATE intake.subject AS s
            SET lease = NULL, lease_until = NULL,
                attempts = CASE WHEN %(again)s::float8 IS NULL THEN 0 ELSE attempts + 1 END,
                next_at = CASE WHEN %(again)s::float8 IS NOT NULL
                THEN now() + make_interval(secs => %(again)s) ELSE (
                    SELECT CASE WHEN count(*) = 0 THEN NULL
                           WHEN bool_or(state = 'pending') THEN now()
                           ELSE greatest(max(received_at) + make_interval(secs => %(early)s),
                                         now() + interval '1 second') END
                    FROM intake.inbox
                    WHERE subject = s.number AND state IN ('pending', 'waiting') AND {_FREE}
                ) END
            WHERE number = %(number)s
            """.encode(),  # noqa: S608 - a constant condition
            {"number": number, "early": early_wait, "again": again_in},
        )
