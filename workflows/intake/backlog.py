"""How far intake and delivery are behind, for the door that must say *later* when it is too far."""

import asyncio

import psycopg
from psycopg_pool import PoolTimeout

from activities.outcomes import Pool

FRESH_SECONDS = 2.0


class Backlog:
    """Facts that the broker has and no case has seen. Asked of the database at most every two seconds."""

    def __init__(self, pool: Pool, limit: int = 100_000) -> None:
        self._pool, self._limit = pool, limit
        self._behind, self._asked = 0, float("-inf")

    async def overloaded(self) -> bool:
        """Whether more facts wait than the limit. While the database is away the broker still takes them."""
        now = asyncio.get_running_loop().time()
        if now - self._asked > FRESH_SECONDS:
            self._asked = now
            try:
                self._behind = await self._count()
            except (psycopg.Error, PoolTimeout):
                return False
        return self._behind > self._limit

    async def _count(self) -> int:
        async with self._pool.connection() as conn:
            cursor = await conn.execute(
                """
                SELECT (SELECT coalesce(sum(greatest(end_offset - next_offset, 0)), 0) FROM intake.position)
                     + (SELECT count(*) FROM intake.inbox WHERE state IN ('pending', 'waiting'))
                """
            )
            row = await cursor.fetchone()
            return int(row[0]) if row else 0
