"""A restored database that has forgotten a key project learns it from the log: its names, its organisation,
what it has heard; and the next project gets a number of its own."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.settings import Settings
from events.topics import CONNECTION, PROJECT
from tests.integration.test_projects import CITY, PROV, WHOLE, Telling
from tests.integration.test_recovering import _FORGET, delete_handled, recovered
from tests.integration.upstreams import SOURCE, at_work, one_chain, records_of, upstream_of

# kafka-python leaves sockets to the collector when a broker that it was speaking to is gone.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

_FORGET_PROJECT = (
    "DELETE FROM intake.project_organisation WHERE number = %(number)s",
    *(one for one in _FORGET if "number_counter" not in one),
    "UPDATE intake.number_counter SET last = 0 WHERE profile = 'hainan' AND stream = 'project'",
)


@pytest.fixture
async def telling(alone: Settings) -> AsyncIterator[Telling]:
    async with upstream_of(alone, secrets.token_hex(4)) as upstream:
        yield Telling(alone, upstream)


async def known_again(telling: Telling, place: int, name: str, subject: str, data: Any) -> None:
    """Send the fact of this place once more and wait until it is found to be a duplicate."""
    telling.count = place - 1
    await telling.tell(name, subject, data, at=2)
    query = "SELECT duplicates FROM intake.inbox WHERE source = %s AND id = %s"
    async with asyncio.timeout(30):
        while await telling.upstream.rows(query, SOURCE, f"{telling.upstream.run}-{place}") != [(1,)]:
            await asyncio.sleep(0.1)


async def test_a_project_that_was_forgotten_is_learnt_and_goes_on(alone: Settings, telling: Telling) -> None:
    org = f"ORG{telling.upstream.run}"
    spent = {"amount_cny": "5", "on": "civil"}
    async with at_work(alone):
        number = await telling.row(PROV, org_code=org, stage="approved")
        other = await telling.row(CITY, stage="lead")
        join = {"into": number, "decided_by": "HK-M1"}
        assert (await telling.tell("project.project_joined.v1", other, join, at=1)).outcome == "applied"
        assert (await telling.tell("project.spending_recorded.v1", other, spent, at=2)).outcome == "applied"
        await telling.said(number, "progress_shared")
        async with asyncio.timeout(30):
            while await telling.upstream.rows("SELECT count(*) FROM intake.outcome_queue") != [(0,)]:
                await asyncio.sleep(0.1)
    heard = telling.count
    await delete_handled(alone, telling.upstream)
    async with telling.upstream.pool.connection() as conn:
        for statement in _FORGET_PROJECT:
            for one in (number, other):
                await conn.execute(statement.encode(), {"number": one})
    done = await recovered(alone)
    assert done is not None
    assert done["cases"] >= 2
    assert await telling.upstream.rows(
        "SELECT number FROM intake.project_organisation WHERE org_code = %s", org.upper()
    ) == [(number,)]
    async with at_work(alone):
        # What was applied is known, and what a feed says of a record reaches the project that has it.
        await known_again(telling, heard, "project.spending_recorded.v1", other, spent)
        telling.count = heard
        assert await telling.row(PROV, at=5, stage="construction", org_code=org) == number
        assert await telling.row(CITY, at=6, stage="construction") == other
        shared = await telling.said(number, "intention_recorded", count=4)
        assert [one["row"]["stage"] for one in shared if one.get("origin") == other][-1] == "construction"
        # A new record opens a project with a number that nobody has.
        row = {"record": f"{telling.upstream.run}-N", "project_name": "某项目", "region": "460100"}
        new = await telling.tell("project.intention_reported.v1", row["record"], row, source=PROV)
        assert new.outcome == "applied"
        assert new.number not in {None, number, other}
        # The organisation finds its project, as before.
        applied = await telling.tell(
            "connection.application_submitted.v3", f"{org}-a", {**WHOLE, "org_code": org}, at=30
        )
        assert await telling.said(applied.number or "", "project_linked", CONNECTION) == [
            {"project": number, "by": "organisation"}
        ]
    events = one_chain(await records_of(alone, other, PROJECT))
    assert [one["type"].split(".")[-2] for one in events].count("spending_recorded") == 1
