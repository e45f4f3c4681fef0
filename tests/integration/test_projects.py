"""A key project from two feeds to its electricity, on real servers: each fact through intake, and each word
of the platform to itself too."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deploy.audit.audit import Scope, audit
from deploy.history import gather
from deploy.processes.projector import keeper
from deploy.profiles.loader import load_profiles
from deploy.projects import unplaced
from deploy.settings import ROOT, Settings
from events.topics import CONNECTION, PROJECT
from projections.prestart.fold import Prestart
from projections.prestart_story.fold import PrestartStory
from tests.integration.projecting import folding
from tests.integration.upstreams import SHOP, SOURCE, Upstream, at_work, one_chain, records_of, upstream_of
from tests.unit.workflows.telling import SHOP_PAPERS
from workflows.intake import lookup
from workflows.intake.lookup import FactLine
from workflows.temporal import connect

WHOLE = {**SHOP, "documents": SHOP_PAPERS}
PROV, CITY = "/gov/hainan/projects", "/gov/haikou/projects"


class Telling:
    """Tells facts of projects and of applications, and reads what became of them."""

    def __init__(self, settings: Settings, upstream: Upstream) -> None:
        self.settings, self.upstream = settings, upstream
        self.began = datetime.now(UTC) - timedelta(days=60)
        self.count = 0

    async def tell(
        self, name: str, subject: str, data: Any, *, at: float = 0, source: str = SOURCE
    ) -> FactLine:
        """Send one fact; `name` with its stream. Returns its final outcome."""
        self.count += 1
        one = f"{self.upstream.run}-{self.count}"
        event = self.upstream.event(
            (one, "", "", data),
            id=one,
            source=source,
            subject=subject,
            type=f"mingdian.fact.{name}",
            time=(self.began + timedelta(days=at)).isoformat(),
        )
        await self.upstream.send_events(event)
        async with asyncio.timeout(60):
            while True:
                async with self.upstream.pool.connection() as conn:
                    line = await lookup.outcome_of(conn, source, one)
                if line is not None and line.outcome is not None:
                    return line
                await asyncio.sleep(0.1)

    async def row(self, source: str, *, at: float = 0, **data: Any) -> str:
        """A row of a feed; returns its project's number."""
        record = f"{self.upstream.run}-R"
        row = {"record": record, "project_name": "洋浦炼化扩建", "region": "460100", **data}
        line = await self.tell("project.intention_reported.v1", record, row, at=at, source=source)
        assert line.outcome == "applied", line
        assert line.number is not None
        return line.number

    async def said(
        self, number: str, name: str, topic: str = PROJECT, count: int = 1
    ) -> list[dict[str, Any]]:
        """The data of the events of a name, once there are so many."""
        async with asyncio.timeout(60):
            while True:
                events = one_chain(await records_of(self.settings, number, topic))
                found = [one["data"] for one in events if one["type"].split(".")[-2] == name]
                if len(found) >= count:
                    return found
                await asyncio.sleep(0.2)


async def commanded(settings: Settings, *command: str) -> str:
    """What a command of the running stack prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "deploy", *command),
        cwd=ROOT,
        env={**os.environ, "MINGDIAN_DATA_DIR": str(settings.data_dir)},
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    return told.decode()


@pytest.fixture
async def telling(settings: Settings) -> AsyncIterator[Telling]:
    async with at_work(settings), upstream_of(settings, secrets.token_hex(4)) as upstream:
        yield Telling(settings, upstream)


async def test_a_project_from_two_feeds_to_its_electricity(settings: Settings, telling: Telling) -> None:
    org = f"ORG{telling.upstream.run}"
    began_on = telling.began.astimezone(ZoneInfo("Asia/Shanghai")).date()
    until = (began_on + timedelta(days=130)).isoformat()
    first = await telling.row(PROV, org_code=org, stage="approved", expected_energise_on=until)
    second = await telling.row(CITY, org_code=org, stage="lead")
    assert first != second
    assert first.startswith("HNK-")
    assert await telling.row(PROV, at=-5, stage="lead") == first, "an older row of the same record"

    join = await telling.tell("project.project_joined.v1", second, {"into": first, "decided_by": "HK-M1"})
    assert join.outcome == "applied"
    origins = [one.get("origin") for one in await telling.said(first, "intention_recorded", count=3)]
    assert origins == [None, None, second]

    await telling.tell("project.works_started.v1", first, {"stage": "design"}, at=20)
    [turned] = await telling.said(first, "light_turned")
    assert turned["light"] == "yellow"
    await telling.said(first, "light_escalated")

    shop = {**WHOLE, "org_code": org}
    applied = await telling.tell("connection.application_submitted.v3", f"{org}-a", shop, at=30)
    number = applied.number or ""
    [linked] = await telling.said(first, "application_linked")
    assert linked == {"number": number, "by": "organisation"}, "found by the one that is joined to no other"
    [progressed] = await telling.said(first, "application_progressed")
    assert progressed == {"number": number, "state": "accepted"}
    [saved] = await telling.said(first, "lead_time_saved")
    assert saved["days"] == 10
    assert await telling.said(number, "project_linked", CONNECTION) == [
        {"project": first, "by": "organisation"}
    ]

    part = await telling.tell("project.project_parted.v1", second, {"decided_by": "HK-M1"}, at=31)
    assert part.outcome == "applied"
    await telling.said(first, "rows_parted")

    for at, name, data in (
        (40, "survey_completed", {"supporting_works": False}),
        (41, "meter_fitted", {"meter_no": "M1"}),
        (42, "energised", {}),
    ):
        line = await telling.tell(f"connection.{name}.v1", number, data, at=at)
        assert line.outcome == "applied", line
    [ended] = await telling.said(first, "project_ended")
    assert ended["ending"] == "energised"

    client = await connect(settings.temporal_address, settings.namespace)
    run = [one.what for one in await gather.from_run(client, first)]
    assert run[0] == "started: KeyProject"
    logged = await asyncio.to_thread(gather.from_stream, settings.kafka_bootstrap, first)
    assert [one.what for one in logged][:3] == ["project_opened", "team_assigned", "intention_recorded"]
    for one in (first, second, number):
        with folding(settings):
            report = await audit(settings, Scope(subject=one), patience=20)
        assert report.totals == {}, (one, report.findings)


async def test_what_reaches_no_project_is_refused_with_a_reason(telling: Telling) -> None:
    number = await telling.row(PROV)
    works = {"stage": "design"}
    unknown = await telling.tell("project.works_started.v1", "HNK-2020-999999", works)
    assert (unknown.outcome, unknown.code) == ("refused", "unknown_number")
    stream = await telling.tell("connection.energised.v1", number, {})
    assert (stream.outcome, stream.code) == ("refused", "wrong_stream")
    feed = {"record": "X", "project_name": "某", "region": "460100"}
    nobody = await telling.tell("project.intention_reported.v1", "X", feed)
    assert (nobody.outcome, nobody.code) == ("refused", "unknown_feed")
    assert (await telling.tell("project.works_started.v1", number, works)).outcome == "applied"


async def test_a_person_links_an_application_that_has_long_been_accepted(telling: Telling) -> None:
    number = await telling.row(CITY)
    applied = await telling.tell("connection.application_submitted.v2", f"{number}-a", WHOLE, at=10)
    link = {"number": applied.number, "by": "person"}
    assert (await telling.tell("project.application_linked.v1", number, link, at=50)).outcome == "applied"
    assert await telling.said(number, "application_progressed") == [
        {"number": applied.number, "state": "accepted"}
    ]
    line = await telling.tell("connection.withdrawn.v1", applied.number or "", {}, at=51)
    assert line.outcome == "applied"
    told = await telling.said(number, "application_progressed", count=2)
    assert [one["state"] for one in told] == ["accepted", "withdrawn"]


async def test_an_application_finds_its_project_by_the_number_that_it_names(telling: Telling) -> None:
    number, other = await telling.row(PROV), await telling.row(CITY, org_code=f"ORG{telling.upstream.run}")
    named = {**WHOLE, "project_no": number, "org_code": f"ORG{telling.upstream.run}"}
    applied = await telling.tell("connection.application_submitted.v3", f"{number}-n", named, at=10)
    assert (applied.outcome, applied.code) == ("applied", None)
    [linked] = await telling.said(number, "application_linked")
    assert linked == {"number": applied.number, "by": "number"}, "the number goes before the organisation"
    assert await telling.said(applied.number or "", "project_linked", CONNECTION) == [
        {"project": number, "by": "number"}
    ]
    assert await telling.said(number, "application_progressed") == [
        {"number": applied.number, "state": "accepted"}
    ]
    stream = one_chain(await records_of(telling.settings, other, PROJECT))
    assert not [one for one in stream if ".application_linked." in one["type"]]


async def test_a_number_that_is_no_projects_is_told_to_the_sender_and_shown_to_staff(
    settings: Settings, telling: Telling
) -> None:
    number, nobodys = await telling.row(PROV), "HNK-2020-999999"
    applied = await telling.tell(
        "connection.application_submitted.v3", f"{number}-u", {**WHOLE, "project_no": nobodys}, at=10
    )
    assert (applied.outcome, applied.code) == ("applied", "unknown_project")
    assert nobodys in (applied.sentence or "")
    policy = load_profiles(settings.profiles)["hainan"]

    async def shown() -> dict[str, str]:
        async with telling.upstream.pool.connection() as conn:
            return {one.application: one.project_no for one in await unplaced(conn, policy)}

    with folding(settings, *(keeper(settings, one) for one in (Prestart(), PrestartStory()))):
        assert (await shown())[applied.number or ""] == nobodys
        assert f"{applied.number}  names {nobodys}" in await commanded(settings, "projects", "candidates")
        link = {"number": applied.number, "by": "person"}
        assert (await telling.tell("project.application_linked.v1", number, link, at=50)).outcome == "applied"
        async with asyncio.timeout(60):
            while applied.number in await shown():
                await asyncio.sleep(0.2)


async def test_a_project_is_not_joined_to_a_number_that_is_nobodys(telling: Telling) -> None:
    number = await telling.row(PROV, stage="lead")
    join = {"into": "HNK-2026-999998", "decided_by": "HK-M1"}
    refused = await telling.tell("project.project_joined.v1", number, join, at=2)
    assert (refused.outcome, refused.code) == ("refused", "unknown_project")
    assert "HNK-2026-999998" in (refused.sentence or "")


async def test_what_goes_on_under_a_project_ends_and_goes_on_with_it(telling: Telling) -> None:
    lead, joined = await telling.row(PROV, stage="approved"), await telling.row(CITY, stage="lead")
    await telling.tell("project.works_started.v1", joined, {"stage": "design"}, at=1)
    join = {"into": lead, "decided_by": "HK-M1"}
    assert (await telling.tell("project.project_joined.v1", joined, join, at=2)).outcome == "applied"
    spent = {"amount_cny": "12.5", "on": "design"}
    await telling.tell("project.spending_recorded.v1", joined, spent, at=3)
    shared = [one["thing"] for one in await telling.said(lead, "progress_shared", count=2)]
    assert [one["works"]["begun"] is not None for one in shared if "works" in one] == [True]
    assert [one["spending"] for one in shared if "spending" in one] == [spent]

    assert await telling.row(PROV, at=5, stage="cancelled") == lead
    [ended] = await telling.said(joined, "project_ended")
    assert (ended["ending"], ended["under"], ended["spent_cny"]) == ("cancelled", lead, "12.5")
    assert await telling.said(joined, "lead_ended") == [{"lead": lead, "ending": "cancelled"}]
    assert (await telling.said(lead, "project_ended"))[0]["spent_cny"] == "12.5"

    assert await telling.row(PROV, at=6, stage="construction") == lead
    await telling.said(joined, "project_revived")
    part = await telling.tell("project.project_parted.v1", joined, {"decided_by": "HK-M1"}, at=7)
    assert part.outcome == "applied"
    await telling.said(lead, "rows_parted")
    for one in (lead, joined):
        with folding(telling.settings):
            report = await audit(telling.settings, Scope(subject=one), patience=20)
        assert report.totals == {}, (one, report.findings)
