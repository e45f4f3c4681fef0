"""Rotating the quarantine key: the bytes of dead letters without a stream are sealed anew, a batch at a time,
beside running intakes."""

from collections.abc import Collection

from activities.outcomes import Connection
from events.sealing import Quarantine

BATCH = 20
"""A letter of the door's may hold four megabytes."""

_SEALED = "raw IS NOT NULL AND kid IS NULL"


async def counts(conn: Connection) -> dict[str, int]:
    """Return how many letters each quarantine key has sealed; those of the time when that was not noted under
    an empty id."""
    cursor = await conn.execute(
        f"""
        SELECT coalesce(quarantine, ''), count(*) FROM intake.dead_letter WHERE {_SEALED} GROUP BY 1
        """.encode()  # noqa: S608 - a constant condition
    )
    return {str(key): int(count) async for key, count in cursor}


async def reseal_some(conn: Connection, quarantine: Quarantine, current: str) -> int:
    """Seal a batch by the key in use, in one transaction; returns how many there were to do.

    Raises `SealingError` when the key that sealed one is not there.
    """
    async with conn.transaction():
        cursor = await conn.execute(
            f"""
            SELECT letter, raw FROM intake.dead_letter
            WHERE {_SEALED} AND quarantine IS DISTINCT FROM %s ORDER BY letter LIMIT %s FOR UPDATE
            """.encode(),  # noqa: S608 - a constant condition
            (current, BATCH),
        )
        made = [(quarantine.seal(quarantine.open(bytes(raw))), letter) async for letter, raw in cursor]
        async with conn.cursor() as writing:
            await writing.executemany(
                "UPDATE intake.dead_letter SET raw = %s, quarantine = %s WHERE letter = %s",
                [(one.sealed, one.key, letter) for one, letter in made],
            )
    return len(made)


async def retire(conn: Connection, keys: Collection[str], current: str) -> bool:
    """Close these keys to every writer; False when a letter was sealed with one meanwhile.

    The lock waits for the writers under way and lets none begin; from its end on a trigger refuses them.
    """
    async with conn.transaction():
        await conn.execute("LOCK TABLE intake.dead_letter IN SHARE ROW EXCLUSIVE MODE")
        if set(await counts(conn)) - {current}:
            return False
        async with conn.cursor() as cursor:
            await cursor.executemany(
                "INSERT INTO intake.retired_master (id) VALUES (%s) ON CONFLICT DO NOTHING",
                [(key,) for key in sorted(keys)],
            )
    return True
