"""Rotating the master key: every stream key is wrapped anew, a batch at a time, beside running intakes."""

from collections.abc import Collection
from typing import NamedTuple

from activities.outcomes import Connection
from events.sealing import StreamKeys

BATCH = 500


class Wrapped(NamedTuple):
    """How many living stream keys a master key wraps."""

    master: str
    keys: int


async def counts(conn: Connection) -> list[Wrapped]:
    """Return what each master key wraps."""
    cursor = await conn.execute(
        "SELECT master, count(*) FROM intake.stream_key WHERE wrapped IS NOT NULL GROUP BY master ORDER BY 1"
    )
    return [Wrapped(*row) for row in await cursor.fetchall()]


async def rewrap_some(conn: Connection, keys: StreamKeys, current: str) -> int:
    """Wrap a batch by the current master key, in one transaction; returns how many there were to do.

    Raises `SealingError` when a key was wrapped by a master key that is not there.
    """
    async with conn.transaction():
        cursor = await conn.execute(
            """
            SELECT kid, wrapped FROM intake.stream_key
            WHERE wrapped IS NOT NULL AND master <> %s ORDER BY kid LIMIT %s FOR UPDATE
            """,
            (current, BATCH),
        )
        made = [keys.rewrap(kid, bytes(wrapped)) for kid, wrapped in await cursor.fetchall()]
        await conn.execute(
            """
            UPDATE intake.stream_key AS k SET master = new.master, wrapped = new.wrapped
            FROM unnest(%s::text[], %s::text[], %s::bytea[]) AS new (kid, master, wrapped)
            WHERE k.kid = new.kid
            """,
            ([one.key.kid for one in made], [one.master for one in made], [one.wrapped for one in made]),
        )
    return len(made)


async def retire(conn: Connection, masters: Collection[str], current: str) -> bool:
    """Close these master keys to every writer; False when a stream key was made with one meanwhile.

    The lock waits for the writers under way and lets none begin; from its end on a trigger refuses them.
    """
    async with conn.transaction():
        await conn.execute("LOCK TABLE intake.stream_key IN SHARE ROW EXCLUSIVE MODE")
        if any(wrapped.master != current for wrapped in await counts(conn)):
            return False
        async with conn.cursor() as cursor:
            await cursor.executemany(
                "INSERT INTO intake.retired_master (id) VALUES (%s) ON CONFLICT DO NOTHING",
                [(master,) for master in sorted(masters)],
            )
    return True
