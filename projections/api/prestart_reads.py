"""Every question that pages, interface and command line ask the pre-start records."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from projections.api import prestart, prestart_list, prestart_queries, prestart_record
from projections.api.prestart_record import Candidate, ProjectRecord
from projections.api.prestart_views import ProjectsView, ProjectView
from projections.api.reads import Clock, Unseal
from projections.api.views import Freshness
from projections.prestart.state import ProjectState
from workflows.policy.model import Policy

MOST = 500
"""So many projects a page and an answer hold; a table for download holds them all."""


class ProjectReads:
    """Questions to the pre-start records, through an open pool. `clock` says when it was read."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Any]], clock: Clock | None = None) -> None:
        self._pool = pool
        self._clock = clock or (lambda: datetime.now(UTC))

    async def projects(
        self,
        policy: Policy,
        *,
        region: str | None = None,
        stage: str | None = None,
        light: str | None = None,
        manager: str | None = None,
        limit: int | None = MOST,
    ) -> ProjectsView:
        """Return the projects that match all that is given, those under way first, the worst light first."""
        asked = {"region": region, "stage": stage, "light": light, "manager": manager}
        async with self._pool.connection() as connection, connection.transaction():
            # One snapshot: the list must not be newer than what it says of its age.
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            fresh = await self._freshness(connection, policy)
            found = await _rows(connection, prestart_queries.LIST, {"profile": policy.profile})
        # Each light is reckoned for today: nobody else waits for that.
        return await asyncio.to_thread(
            prestart_list.listing, policy, fresh, found=found, asked=asked, most=limit
        )

    async def project(self, policy: Policy, number: str) -> ProjectView | None:
        """Return what everybody may see of a project; None when no event of it was folded yet."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            found = await self._found(connection, policy, number)
            if found is None:
                return None
            row, entries = found
            fresh = await self._freshness(connection, policy)
        # Years of rows take a moment to read: nobody else waits for that.
        return await asyncio.to_thread(prestart.project, policy, row, entries, fresh)

    async def positions(self, numbers: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return where the pages of all projects stand, and those of these; one that is not folded yet is
        left out."""
        async with self._pool.connection() as connection:
            [whole] = await _rows(connection, prestart_queries.WHOLE, {})
            found = await _rows(connection, prestart_queries.POSITIONS, {"numbers": list(numbers)})
        return whole["position"], {row["number"]: row["position"] for row in found}

    async def known(self, policy: Policy, number: str) -> bool:
        """Whether anything of a project can be read."""
        return await self.state(policy, number) is not None

    async def record(self, policy: Policy, number: str, unseal: Unseal) -> ProjectRecord | None:
        """Return the whole record, what is sealed in it opened: for staff."""
        async with self._pool.connection() as connection:
            found = await self._found(connection, policy, number)
            if found is None:
                return None
            row, entries = found
            fresh = await self._freshness(connection, policy)
            asked = {"profile": policy.profile, "number": number}
            candidates = await _rows(connection, prestart_queries.CANDIDATES, asked)
        state = ProjectState.model_validate(row["state"])
        notes = {
            place: await unseal(number, field, value) for place, field, value in prestart_record.sealed(state)
        }
        return prestart_record.record(policy, state, entries, fresh, candidates=candidates, notes=notes)

    async def state(self, policy: Policy, number: str) -> ProjectState | None:
        """Return the stored state of a project, what is sealed in it sealed."""
        async with self._pool.connection() as connection:
            asked = {"profile": policy.profile, "number": number}
            found = await _rows(connection, prestart_queries.PROJECT, asked)
        return ProjectState.model_validate(found[0]["state"]) if found else None

    async def states(self, policy: Policy) -> list[ProjectState]:
        """Return the stored states of all projects, joined ones too."""
        async with self._pool.connection() as connection:
            found = await _rows(connection, prestart_queries.STATES, {"profile": policy.profile})
        return [ProjectState.model_validate(row["state"]) for row in found]

    async def candidates(self, policy: Policy, number: str | None = None) -> tuple[Candidate, ...]:
        """Return the pairs that are perhaps one project, of one project or of all."""
        async with self._pool.connection() as connection:
            asked = {"profile": policy.profile, "number": number}
            found = await _rows(connection, prestart_queries.CANDIDATES, asked)
        return tuple(Candidate(**row) for row in found)

    async def _found(
        self, connection: AsyncConnection[Any], policy: Policy, number: str
    ) -> tuple[DictRow, list[DictRow]] | None:
        asked = {"profile": policy.profile, "number": number}
        found = await _rows(connection, prestart_queries.PROJECT, asked)
        return (found[0], await _rows(connection, prestart_queries.STORY, asked)) if found else None

    async def _freshness(self, connection: AsyncConnection[Any], policy: Policy) -> Freshness:
        found = await _rows(connection, prestart_queries.FRESHNESS, {"profile": policy.profile})
        return Freshness(read_at=self._clock(), **found[0])


async def _rows(connection: AsyncConnection[Any], query: str, asked: Mapping[str, Any]) -> list[DictRow]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, asked)
        return await cursor.fetchall()
