"""Which intake process reads which inbound partitions: each takes its share, by its rank among the living.

It needs no lock. While shares change hands two processes may read the same records for a moment; positions
are moved by compare-and-set, so the second finds them read.
"""

from collections.abc import Iterable
from uuid import UUID

from activities.outcomes import Connection
from events.consumer import Partition

ALIVE_SECONDS = 5.0
"""A reader that has not been seen for so long has died: the others take its partitions."""


async def share(conn: Connection, reader: UUID, places: Iterable[Partition]) -> list[Partition]:
    """Say that `reader` lives and return the partitions that are its to read; none when there are many."""
    await conn.execute(
        """
        INSERT INTO intake.reader AS r (reader, seen_at) VALUES (%s, now())
        ON CONFLICT (reader) DO UPDATE SET seen_at = excluded.seen_at
        """,
        (reader,),
    )
    await conn.execute(
        """
        DELETE FROM intake.reader WHERE reader IN (
            SELECT reader FROM intake.reader WHERE seen_at < now() - make_interval(secs => %s)
            FOR UPDATE SKIP LOCKED)
        """,
        (ALIVE_SECONDS,),
    )
    cursor = await conn.execute("SELECT reader FROM intake.reader ORDER BY reader")
    living = [found async for (found,) in cursor]
    return sorted(places)[living.index(reader) :: len(living)]


async def living(conn: Connection) -> bool:
    """Whether any intake reads."""
    cursor = await conn.execute(
        "SELECT EXISTS (SELECT FROM intake.reader WHERE seen_at > now() - make_interval(secs => %s))",
        (ALIVE_SECONDS,),
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def leave(conn: Connection, reader: UUID) -> None:
    """Give the share back at once: the process ends in order."""
    await conn.execute("DELETE FROM intake.reader WHERE reader = %s", (reader,))
