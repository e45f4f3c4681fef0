"""How far each inbound partition is read: moved only together with what was read."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from events.consumer import Partition, Record

Connection = AsyncConnection[TupleRow]


async def ensure(conn: Connection, beginnings: Mapping[Partition, int]) -> dict[Partition, int]:
    """Return the position of each partition; one never read starts where its log begins."""
    async with conn.cursor() as cursor:
        await cursor.executemany(
            """
            INSERT INTO intake.position (topic, partition, next_offset) VALUES (%s, %s, %s)
            ON CONFLICT DO NOTHING
            """,
            [(topic, number, offset) for (topic, number), offset in sorted(beginnings.items())],
        )
    return await read(conn, beginnings)


async def read(conn: Connection, places: Iterable[Partition]) -> dict[Partition, int]:
    """Return the stored positions."""
    listed = sorted(places)
    cursor = await conn.execute(
        """
        SELECT topic, partition, next_offset FROM intake.position
        WHERE (topic, partition) IN (SELECT * FROM unnest(%s::text[], %s::int[]))
        """,
        _columns(listed),
    )
    return {(topic, number): offset async for topic, number, offset in cursor}


async def unread(conn: Connection, records: Sequence[Record]) -> list[Record]:
    """Lock the positions of these records' partitions and return the records at or after them.

    The lock makes the following `advance` a compare-and-set: a second reader of the same partition waits here
    and then finds its records read.
    """
    listed = sorted({(record.topic, record.partition) for record in records})
    cursor = await conn.execute(
        """
        SELECT topic, partition, next_offset FROM intake.position
        WHERE (topic, partition) IN (SELECT * FROM unnest(%s::text[], %s::int[]))
        ORDER BY topic, partition FOR UPDATE
        """,
        _columns(listed),
    )
    stored = {(topic, number): offset async for topic, number, offset in cursor}
    return [record for record in records if record.offset >= stored[record.topic, record.partition]]


async def advance(conn: Connection, records: Sequence[Record], facts: Iterable[Record]) -> None:
    """Move the positions past these records; `facts` are those that hold clear text, not markers."""
    ends: dict[Partition, int] = {}
    for record in records:
        place = record.topic, record.partition
        ends[place] = max(ends.get(place, 0), record.offset + 1)
    clear = {(record.topic, record.partition) for record in facts}
    async with conn.cursor() as cursor:
        await cursor.executemany(
            """
            UPDATE intake.position
            SET next_offset = %s, end_offset = greatest(end_offset, %s), unrolled = %s,
                last_record_at = CASE WHEN %s THEN now() ELSE last_record_at END
            WHERE topic = %s AND partition = %s AND next_offset < %s
            """,
            [(end, end, place in clear, place in clear, *place, end) for place, end in sorted(ends.items())],
        )


async def observe(conn: Connection, ends: Mapping[Partition, int], now: datetime) -> None:
    """Note where the logs ended after `now`; a partition read to its end is *caught up* as of then."""
    async with conn.cursor() as cursor:
        await cursor.executemany(
            """
            UPDATE intake.position
            SET end_offset = %s, caught_up_at = CASE WHEN next_offset >= %s THEN %s ELSE caught_up_at END
            WHERE topic = %s AND partition = %s
            """,
            [(end, end, now, *place) for place, end in sorted(ends.items())],
        )


def _columns(places: Sequence[Partition]) -> tuple[list[str], list[int]]:
    return [topic for topic, _ in places], [number for _, number in places]
