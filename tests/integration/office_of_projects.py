"""What tests of the people behind key projects share: feeds that tell of projects, and who answers for each,
by table, by run, by page."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy import teams
from deploy.processes.intake import wall_clock
from deploy.profiles.loader import load_profile
from deploy.settings import Settings
from deploy.teams import HandedOver
from events.topics import PROJECT
from tests.integration.upstreams import Upstream, one_chain, records_of
from workflows.intake import lookup, roster
from workflows.intake.engine import Engine
from workflows.intake.handover import Order
from workflows.intake.lookup import FactLine
from workflows.intake.roster import Change
from workflows.policy import project_team
from workflows.policy.staffing import MANAGER
from workflows.project_messages import Standing

PROV = "/gov/hainan/projects"
MANAGERS = ("HN-KM1", "HN-KM2", "HN-KM3")
"""Who serves key customers, everywhere."""

HAIKOU = "460100"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC).date()

STAFF = "/upstream/demo"
"""As whom staff speak."""

_SITS = "SELECT role, staff_id FROM intake.seat WHERE number = %s"
_SHOWN = "SELECT manager_id, state->'team' FROM prestart.project WHERE number = %s"


def nothing(_stage: str, _done: int, _whole: int) -> None:
    """Nobody watches."""


class Office:
    """The office for key projects, and an upstream that tells of them."""

    def __init__(self, settings: Settings, upstream: Upstream, engine: Engine) -> None:
        self.settings = settings
        self.policy = load_profile(settings.profiles[0])
        self.upstream = upstream
        self.engine = engine

    async def tell(
        self, name: str, kind: str, subject: str, data: Any, *, source: str, at: datetime
    ) -> FactLine:
        """One fact of a project; returns its final outcome."""
        event = self._event(name, kind, subject, data, source=source, at=at)
        await self.upstream.send_events(event)
        [line] = await self._outcomes([name], source)
        return line

    async def projects(self, names: Sequence[str], *, region: str = HAIKOU, **row: Any) -> list[str]:
        """Projects of a region, told by the province; returns their numbers once they have begun."""
        now = wall_clock() - timedelta(minutes=1)
        events = []
        for name in names:
            record = f"{self.upstream.run}-{name}"
            data = {"record": record, "project_name": name, "region": region, **row}
            events.append(self._event(name, "intention_reported", record, data, source=PROV, at=now))
        await self.upstream.send_events(*events)
        lines = await self._outcomes(names, PROV)
        assert {one.outcome for one in lines} == {"applied"}
        return [one.number or "" for one in lines]

    async def row(self, name: str, of: str, at: datetime, **row: Any) -> FactLine:
        """One more row of a project's record."""
        record = f"{self.upstream.run}-{of}"
        data = {"record": record, "project_name": of, "region": HAIKOU, **row}
        return await self.tell(name, "intention_reported", record, data, source=PROV, at=at)

    async def projects_of(self, manager: str, names: Sequence[str]) -> list[str]:
        """Projects that all go to one manager, for the others are away that day."""
        others = [one for one in MANAGERS if one != manager]
        await self.away(*others, hand_over=False)
        numbers = await self.projects(names)
        await self.back(*others)
        for number in numbers:
            assert (await self.sits(number))[MANAGER] == manager
        return numbers

    async def away(self, *names: str, hand_over: bool) -> None:
        """These are away until further notice."""
        async with self.upstream.pool.connection() as conn:
            for name in names:
                await roster.absent(conn, self._note(name), LONG_AGO, None, hand_over=hand_over)

    async def back(self, *names: str) -> None:
        """They are back, and were never away."""
        async with self.upstream.pool.connection() as conn:
            for name in names:
                await roster.back(conn, self._note(name), LONG_AGO)

    async def left(self, name: str) -> None:
        """Somebody has left."""
        async with self.upstream.pool.connection() as conn:
            assert await roster.leave(conn, self._note(name), datetime.now(UTC).date())

    async def hand_over(self, name: str, why: Any = "left") -> HandedOver:
        """What the command does."""
        since = datetime.now(UTC)
        order = Order(name, why)
        return await teams.hand_over(self.settings, self.policy, self.engine, [order], nothing, since=since)

    async def sits(self, number: str) -> dict[str, str]:
        """Who sits where, by the table."""
        return dict(await self.upstream.rows(_SITS, number))

    async def standing(self, number: str) -> Standing:
        """How the run stands."""
        standing = await self.engine.standing(number)
        assert standing is not None
        return standing

    async def answers(self, number: str) -> dict[str, str]:
        """Who answers for a project: table, run and page agree, and nobody watches over himself."""
        sits = await self.sits(number)
        seats = project_team.seats_of((await self.standing(number)).policy.team)
        assert {role: one.staff_id for role, one in seats.items()} == sits
        assert project_team.nobody_watches_himself(seats)
        assert len(set(sits.values())) == len(sits)
        [(manager, team)] = await self.upstream.rows(_SHOWN, number)
        assert manager == team["manager"]["staff_id"] == sits[MANAGER]
        shown = [*(one["staff_id"] for one in team["engineers"]), team["supervisor"]["staff_id"]]
        assert shown == [sits[one] for one in ("engineer", "second_engineer", "supervisor")]
        return sits

    async def said(self, number: str, name: str) -> list[dict[str, Any]]:
        """The events of a name in a project's stream."""
        events = one_chain(await records_of(self.settings, number, PROJECT))
        return [one for one in events if one["type"].split(".")[-2] == name]

    async def load(self, numbers: Sequence[str]) -> Counter[str]:
        """How many of these projects each manager has."""
        return Counter([(await self.sits(number))[MANAGER] for number in numbers])

    async def until(self, query: str, *values: Any, seconds: float = 60) -> None:
        """Wait until the database has something."""
        async with asyncio.timeout(seconds):
            while not await self.upstream.rows(query, *values):
                await asyncio.sleep(0.2)

    def _event(
        self, name: str, kind: str, subject: str, data: Any, *, source: str, at: datetime
    ) -> dict[str, Any]:
        return self.upstream.event(
            (name, "", "", data),
            source=source,
            subject=subject,
            type=f"mingdian.fact.project.{kind}.v1",
            time=at.isoformat(),
        )

    async def _outcomes(self, names: Sequence[str], source: str) -> list[FactLine]:
        ids = [f"{self.upstream.run}-{name}" for name in names]
        async with asyncio.timeout(60):
            while True:
                async with self.upstream.pool.connection() as conn:
                    lines = {one.id: one for one in await lookup.outcomes_of(conn, source, ids)}
                if len(lines) == len(ids) and all(one.outcome for one in lines.values()):
                    return [lines[one] for one in ids]
                await asyncio.sleep(0.1)

    def _note(self, name: str) -> Change:
        return Change(self.policy, name, datetime.now(UTC))
