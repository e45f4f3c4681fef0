"""The personnel department says over the log who is away, back or gone: the roster, new cases and those under
way do as if somebody had given the command, once, whoever dies."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import psycopg

from deploy.audit.audit import Scope, audit
from deploy.processes import projector as projector_process
from deploy.profiles.loader import load_profile
from deploy.settings import Settings
from events.topics import TEAM
from tests.integration.office_of_projects import MANAGERS, Office
from tests.integration.projecting import folding
from tests.integration.upstreams import at_work, one_chain, records_of, upstream_of
from workflows.intake import roster
from workflows.intake.engine import Engine
from workflows.intake.lookup import FactLine
from workflows.policy import clock
from workflows.temporal import connect

HR = "/hr/hainan"
_AWAY = "SELECT first, last, gone FROM intake.absence WHERE staff_id = %s ORDER BY first"


class Personnel(Office):
    """The personnel department beside the office."""

    async def say(self, name: str, kind: str, staff: str, **data: Any) -> FactLine:
        """One fact about somebody; returns its final outcome."""
        event = self.upstream.event(
            (name, "", "", {"staff_id": staff, **data}),
            source=HR,
            subject=staff,
            type=f"mingdian.fact.roster.{kind}.v1",
            time=(datetime.now(UTC) - timedelta(seconds=1)).isoformat(),
        )
        await self.upstream.send_events(event)
        [line] = await self._outcomes([name], HR)
        return line


async def test_what_personnel_says_does_what_the_commands_do(settings: Settings) -> None:
    client = await connect(settings.temporal_address, settings.namespace)
    engine = Engine(client, {}, settings.early_wait, settings.late_grace)
    policy = load_profile(settings.profiles[0])
    today = clock.local_day(datetime.now(UTC), policy.timezone)
    leaver = MANAGERS[0]
    async with (
        upstream_of(settings, f"hr-{datetime.now(UTC):%M%S%f}") as upstream,
        at_work(settings, intakes=2, others=[projector_process.run]),
    ):
        office = Personnel(settings, upstream, engine)
        numbers = await office.projects_of(leaver, ["a", "b", "c"])
        days = {"first": str(today), "last": str(today + timedelta(days=9))}
        line = await office.say("away", "absence_reported", leaver, **days)
        assert (line.outcome, line.number) == ("applied", f"team-hainan-{leaver}")
        async with asyncio.timeout(60):
            while leaver in await office.load(numbers):
                await asyncio.sleep(0.2)
        told = "SELECT FROM prestart.project WHERE number = ANY(%s) AND manager_id <> %s HAVING count(*) = 3"
        await office.until(told, numbers, leaver)
        for number in numbers:
            await office.answers(number)
        assert leaver not in await office.load(await office.projects(["d"]))

        again = await office.say("twice", "absence_reported", leaver, **days)
        assert (again.outcome, again.code) == ("refused", "known_absence")
        assert (await office.say("back", "return_reported", leaver, on=str(today))).outcome == "applied"
        assert await upstream.rows(_AWAY, leaver) == []
        assert (
            await office.say("gone", "departure_reported", "HN-KM2", on="2099-01-01")
        ).outcome == "applied"
        assert (
            await office.say("gone-2", "departure_reported", "HN-KM2", on="2099-01-01")
        ).code == "staff_left"
        assert (await office.say("stay", "return_reported", "HN-KM2", on="2099-01-01")).outcome == "applied"
        await office.until("SELECT 1 WHERE NOT EXISTS (SELECT FROM intake.outbox WHERE sent_at IS NULL)")
    events = one_chain(await records_of(settings, f"team-hainan-{leaver}", TEAM))
    causes = [one["causationid"] for one in events if one.get("causationid", "").startswith(HR)]
    assert causes == [f"{HR}|{upstream.run}-{name}" for name in ("away", "back")]
    with folding(settings):
        report = await audit(settings, Scope(subject=f"team-hainan-{leaver}"), patience=20)
    assert report.totals == {}, report.findings


async def test_a_fact_of_personnel_is_taken_once_whoever_dies(settings: Settings) -> None:
    client = await connect(settings.temporal_address, settings.namespace)
    engine = Engine(client, {}, settings.early_wait, settings.late_grace)
    absent, died = roster.absent, 0

    async def dying(*given: Any, **more: Any) -> None:
        """Notes it, and then the database is away."""
        nonlocal died
        await absent(*given, **more)
        died += 1
        if died == 1:
            raise psycopg.OperationalError("away")

    async with (
        upstream_of(settings, f"hr-{datetime.now(UTC):%M%S%f}") as upstream,
        at_work(settings, others=[projector_process.run]),
    ):
        office = Personnel(settings, upstream, engine)
        with patch.object(roster, "absent", dying):
            line = await office.say("away", "absence_reported", "WN-E1", first="2098-01-01")
        assert (line.outcome, died) == ("applied", 2)
        assert len(await upstream.rows(_AWAY, "WN-E1")) == 1
        await office.say("back", "return_reported", "WN-E1", on="2098-01-01")


async def test_nobody_else_speaks_of_staff(settings: Settings) -> None:
    async with at_work(settings), upstream_of(settings, f"x-{datetime.now(UTC):%M%S%f}") as upstream:
        event = upstream.event(
            ("x", "", "", {"staff_id": "HK-M1", "on": "2026-01-01"}),
            subject="HK-M1",
            type="mingdian.fact.roster.departure_reported.v1",
        )
        await upstream.send_events(event)
        [line] = await upstream.outcomes("x")
        assert (line.outcome, line.code) == ("refused", "unknown_personnel")
