"""The read side: every question that pages, interface and command line ask the read models.

Means, percentiles and shares are computed here, when they are read; nothing is kept.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from events.personal import SealedValue
from projections.api import application, queries
from projections.api.application_views import ApplicationView
from projections.api.overview import overview
from projections.api.personal import Opened, sealed_values
from projections.api.views import Freshness, ListedApplication, Listing, OverviewView
from projections.progress.state import ApplicationState
from workflows.policy.model import Policy

Unseal = Callable[[str, str, SealedValue], Awaitable[str | None]]
"""(subject, field, sealed) → clear text, or None when its key was destroyed."""

Clock = Callable[[], datetime]


class Reads:
    """Questions to the read models, through an open pool. `clock` says when it was read."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Any]], clock: Clock | None = None) -> None:
        self._pool = pool
        self._clock = clock or (lambda: datetime.now(UTC))

    async def freshness(self) -> Freshness:
        """Return how new the read models are."""
        async with self._pool.connection() as connection:
            return await self._freshness(connection)

    async def overview(self, policy: Policy, now: datetime) -> OverviewView:
        """Return the figures of a profile; *today* is the local day of `now`."""
        zone = ZoneInfo(policy.timezone)
        today = now.astimezone(zone).date()
        first_month = today.month - (today.month - 1) % 3
        asked = {
            "profile": policy.profile,
            "midnight": datetime.combine(today, time(), zone),
            "quarter": datetime(today.year, first_month, 1, tzinfo=zone),
            "today": today,
            "zone": policy.timezone,
        }
        async with self._pool.connection() as connection, connection.transaction():
            # One snapshot: otherwise the parts could disagree about a case that is energised in between.
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            fresh = await self._freshness(connection, policy.profile)
            totals = (await _rows(connection, queries.TOTALS, asked))[0]
            groups = await _rows(connection, queries.GROUPS, asked)
            measured = await _rows(connection, queries.TARGETS, asked)
            means = await _rows(connection, queries.MEANS, asked)
            months = await _rows(connection, queries.MONTHS, asked)
        return overview(
            policy,
            fresh,
            totals=totals,
            groups=groups,
            measured=measured,
            means=means,
            months=months,
            quarter=f"{today.year}-Q{first_month // 3 + 1}",
        )

    async def application(self, policy: Policy, number: str, unseal: Unseal) -> ApplicationView | None:
        """Return one application, personal fields opened; None when no event of it was folded yet."""
        asked = {"number": number, "profile": policy.profile}
        async with self._pool.connection() as connection:
            rows = await _rows(connection, queries.APPLICATION, asked)
            if not rows:
                return None
            entries = await _rows(connection, queries.TIMELINE, asked)
            linked = await _rows(connection, queries.LINKED_FROM, asked)
            fresh = await self._freshness(connection)
        state = ApplicationState.model_validate(rows[0]["state"])
        opened = Opened(
            {
                place: await unseal(number, place.field, sealed)
                for place, sealed in sealed_values(state, entries)
            }
        )
        return application.view(
            policy,
            state,
            row=rows[0],
            entries=entries,
            linked_from=[one["number"] for one in linked],
            opened=opened,
            fresh=fresh,
        )

    async def positions(self, numbers: Iterable[str]) -> dict[str, int]:
        """Return where the pages of these applications stand; one that is not folded yet is left out."""
        async with self._pool.connection() as connection:
            rows = await _rows(connection, queries.POSITIONS, {"numbers": list(numbers)})
        return {row["number"]: row["position"] for row in rows}

    async def find(
        self,
        profile: str,
        *,
        step: str | None = None,
        region: str | None = None,
        kind: str | None = None,
        overdue: bool | None = None,
        limit: int = 100,
        manager: str | None = None,
    ) -> Listing:
        """Return the applications that match all that is given (late ones first), and the age of the list."""
        asked = {
            "profile": profile,
            "step": step,
            "region": region,
            "kind": kind,
            "overdue": overdue,
            "manager": manager,
            "limit": limit,
        }
        async with self._pool.connection() as connection:
            fresh = await self._freshness(connection, profile)
            rows = await _rows(connection, queries.FIND, asked)
        matching = rows[0]["matching"] if rows else 0
        listed = tuple(
            ListedApplication(**{name: row[name] for name in ListedApplication.model_fields}) for row in rows
        )
        return Listing(fresh=fresh, matching=matching, applications=listed)

    async def _freshness(self, connection: AsyncConnection[Any], profile: str | None = None) -> Freshness:
        row = (await _rows(connection, queries.FRESHNESS, {"profile": profile}))[0]
        return Freshness(read_at=self._clock(), **row)


async def _rows(connection: AsyncConnection[Any], query: str, asked: Mapping[str, Any]) -> list[DictRow]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, asked)
        return await cursor.fetchall()
