"""The read side: every question that pages, interface and command line ask the read models.

Means, percentiles and shares are computed here, when they are read; nothing is kept.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from events.personal import SealedValue
from projections.api import (
    application,
    beside,
    channel_queries,
    channels,
    contact,
    contact_queries,
    figure_queries,
    figures,
    queries,
)
from projections.api.application_views import ApplicationView
from projections.api.figures import FiguresView
from projections.api.overview import overview
from projections.api.personal import Opened, sealed_values
from projections.api.quarters import Quarter, up_to
from projections.api.views import Freshness, ListedApplication, Listing, OverviewView
from projections.progress.state import ApplicationState
from workflows.policy.clock import local_day
from workflows.policy.interface import Interface
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
        quarter = Quarter.of(now, zone)
        asked = {
            "midnight": datetime.combine(now.astimezone(zone).date(), time(), zone),
            **_within(policy, now, quarter, None),
        }
        async with self._pool.connection() as connection, connection.transaction():
            # One snapshot: otherwise the parts could disagree about a case that is energised in between.
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            fresh = await self._freshness(connection, policy.profile)
            totals = (await _rows(connection, queries.TOTALS, asked))[0]
            groups = await _rows(connection, queries.GROUPS, asked)
            measured = await _rows(connection, queries.TARGETS, asked)
            means = await _rows(connection, figure_queries.MEANS, asked)
            limits = await _rows(connection, figure_queries.LIMITS, asked)
            months = await _rows(connection, queries.MONTHS, asked)
        return overview(
            policy,
            fresh,
            totals=totals,
            groups=groups,
            measured=measured,
            means=means,
            limits=limits,
            months=months,
            quarter=str(quarter),
        )

    async def figures(
        self,
        policy: Policy,
        now: datetime,
        *,
        region: str | None,
        quarter: Quarter | None,
        interfaces: Sequence[Interface] = (),
    ) -> FiguresView:
        """Return the figures of a quarter, the present one unless told; of one region, or of all.

        `interfaces` are the channels by whose sources refusals are told apart.
        """
        zone = ZoneInfo(policy.timezone)
        present = Quarter.of(now, zone)
        chosen = quarter or present
        asked = _within(policy, now, chosen, region)
        sources = [one.upstream for one in interfaces] if region is None else []
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            fresh = await self._freshness(connection, policy.profile)
            ways = await _rows(connection, channel_queries.CHANNELS, asked)
            refusals, answers = await _of_sources(connection, {**asked, "sources": sources})
            first = (await _rows(connection, figure_queries.BEGINNING, asked))[0]["first"]
            means = await _rows(connection, figure_queries.MEANS, asked)
            limits = await _rows(connection, figure_queries.LIMITS, asked)
            quality = (await _rows(connection, figure_queries.QUALITY, asked))[0]
            visits = await _rows(connection, contact_queries.VISITS, asked)
            whole = (await _rows(connection, contact_queries.WHOLE, asked))[0]
            teams = await _rows(connection, contact_queries.TEAMS, asked)
        return figures.figures(
            policy,
            fresh,
            region=region,
            quarter=chosen,
            quarters=up_to(present, Quarter.of(first or now, zone)),
            means=means,
            limits=limits,
            quality=quality,
            contact=contact.contact(policy, visits, whole, teams),
            channels=channels.channel_figures(policy, interfaces, ways, refusals, answers),
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
            today = {**asked, "today": local_day(fresh.read_at, policy.timezone)}
            away = await _rows(connection, queries.AWAY, today)
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
            away=[one["staff_id"] for one in away],
            opened=opened,
            fresh=fresh,
        )

    async def positions(self, numbers: Iterable[str]) -> dict[str, int]:
        """Return where the pages of these applications stand; one that is not folded yet is left out."""
        async with self._pool.connection() as connection:
            rows = await _rows(connection, queries.POSITIONS, {"numbers": list(numbers)})
        return {row["number"]: row["position"] for row in rows}

    async def open_cases(self, policy: Policy) -> AsyncIterator[ApplicationState]:
        """Yield every open case, one at a time, as of one moment; personal fields stay sealed."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            async with connection.cursor(name="open_cases", row_factory=dict_row) as cursor:
                await cursor.execute(queries.OPEN_CASES, {"profile": policy.profile})
                async for row in cursor:
                    yield ApplicationState.model_validate(row["state"])

    async def find(
        self,
        policy: Policy,
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
            "profile": policy.profile,
            "step": step,
            "region": region,
            "kind": kind,
            "overdue": overdue,
            "manager": manager,
            "limit": limit,
        }
        async with self._pool.connection() as connection:
            fresh = await self._freshness(connection, policy.profile)
            rows = await _rows(connection, queries.FIND, asked)
        matching = rows[0]["matching"] if rows else 0
        at = beside.Clock(policy, fresh.read_at)
        told = ({**row, "provisional": at.moves(row["due_at"], row["unit"])} for row in rows)
        listed = tuple(
            ListedApplication(**{name: row[name] for name in ListedApplication.model_fields}) for row in told
        )
        return Listing(fresh=fresh, matching=matching, applications=listed)

    async def _freshness(self, connection: AsyncConnection[Any], profile: str | None = None) -> Freshness:
        row = (await _rows(connection, queries.FRESHNESS, {"profile": profile}))[0]
        return Freshness(read_at=self._clock(), **row)


async def _of_sources(
    connection: AsyncConnection[Any], asked: Mapping[str, Any]
) -> tuple[list[DictRow] | None, list[DictRow] | None]:
    """Return refusals and waits by source; None where no source is asked for."""
    if not asked["sources"]:
        return None, None
    refusals = await _rows(connection, channel_queries.REFUSALS, asked)
    return refusals, await _rows(connection, channel_queries.ANSWERS, asked)


def _within(policy: Policy, now: datetime, quarter: Quarter, region: str | None) -> dict[str, Any]:
    """What is asked for: a quarter with its bounds, as seen at `now`."""
    zone = ZoneInfo(policy.timezone)
    return {
        "profile": policy.profile,
        "region": region,
        "begins": quarter.begins(zone),
        "ends": quarter.next().begins(zone),
        "present": quarter == Quarter.of(now, zone),
        "now": now,
        "today": now.astimezone(zone).date(),
        "zone": policy.timezone,
        "stopping": [pause.code for pause in policy.pauses if pause.pauses_end_to_end],
    }


async def _rows(connection: AsyncConnection[Any], query: str, asked: Mapping[str, Any]) -> list[DictRow]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query, asked)
        return await cursor.fetchall()
