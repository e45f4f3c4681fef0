"""An amended calendar reaches the open cases, once, recorded and explained; nobody else can send that."""

import asyncio
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.feed.pages import wait_for_pages
from deploy.processes import projector as projector_process
from deploy.profiles.loader import load_profile
from deploy.settings import Settings
from deploy.sweep import Change, Swept, sweep
from events.catalogue.base import Text
from events.catalogue.duty_facts import PolicyAmended
from tests.integration.upstreams import SHOP, Upstream, at_work, upstream_of
from tests.unit.workflows.telling import SHOP_PAPERS
from workflows.intake import erase
from workflows.policy import clock
from workflows.policy.model import Policy
from workflows.policy.rows import Holiday
from workflows.temporal import connect


@pytest.fixture(scope="module")
def settings(few: Settings) -> Settings:
    """A sweep tells every open case."""
    return few


def with_days_off(policy: Policy, first: datetime) -> Policy:
    """The policy, with ten more days off from a moment's local day on."""
    day = clock.local_day(first, policy.timezone)
    named = Text(zh="新公布的假日", en="days off as published")
    row = Holiday(
        id="published_late",
        basis="general",
        source="test",
        valid_from=day,
        name=named,
        first=day,
        last=day + timedelta(days=9),
    )
    return policy.model_copy(update={"holidays": (*policy.holidays, row)})


def fine(swept: Swept) -> bool:
    """Whether nobody is left behind, but for runs that other tests have left stuck."""
    return replace(swept, unanswered=()).ok


async def test_open_cases_live_by_the_amended_calendar_from_then_on(settings: Settings) -> None:
    policy, now = load_profile(settings.profiles[0]), datetime.now(UTC)
    amended = Change("calendar", with_days_off(policy, now + timedelta(days=1)), now.date(), "as published")
    client = await connect(settings.temporal_address, settings.namespace)
    async with (
        at_work(settings, others=[projector_process.run]),
        upstream_of(settings, "sweep") as upstream,
    ):
        asked = {**SHOP, "documents": SHOP_PAPERS}
        for name, subject in (("open", "A"), ("gone", "B")):
            application = (name, "application_submitted", subject, asked)
            await upstream.send_events(upstream.event(application, time=now.isoformat()))
        line, gone = await upstream.outcomes("open", "gone")

        async def entries(kind: str) -> list[dict[str, object]]:
            query = "SELECT data FROM timeline.entry WHERE number = %s AND type LIKE %s ORDER BY sequence"
            return [data for (data,) in await upstream.rows(query, line.number, f"%.{kind}.v%")]

        async def shown() -> bool:
            numbers = [line.number, gone.number]
            rows = await upstream.rows("SELECT FROM progress.application WHERE number = ANY(%s)", numbers)
            return len(rows) == len(numbers)

        while not await shown():
            pass
        async with upstream.pool.connection() as conn, conn.transaction():
            await erase.destroy(conn, gone.number, [], now)
        first = await sweep(settings, client, amended, lambda *_: None)
        (told,) = [one for one in first.told if one.number == line.number]
        assert fine(first)
        assert gone.number not in {one.number for one in first.told}
        assert told.outcome == "applied"
        assert told.due_before is not None
        assert told.due_after is not None
        assert told.due_before < told.due_after
        assert datetime.fromisoformat(told.due_after) > now + timedelta(days=10), "after the days off"
        (event,) = await entries("policy_amended")
        assert (event["changed"], event["note"]) == ("calendar", "as published")
        newest = (await entries("receipt_issued"))[-1]
        assert (newest["cause"], newest["due_at"]) == ("changed", told.due_after)

        again = await sweep(settings, client, amended, lambda *_: None)
        assert (again.told, again.up_to_date) == ((), again.open - len(again.unanswered))
        assert len(await entries("policy_amended")) == 1

        # Taken back, by a sweep that is killed as soon as all is sent, and run again before its facts are
        # delivered; then amended once more.
        back = replace(amended, policy=policy, note="withdrawn again")
        held = "UPDATE intake.subject SET lease_until = now() + interval '5 s' WHERE number = %s RETURNING 1"
        assert await upstream.rows(held, line.number)
        with pytest.raises(KilledError):
            await sweep(settings, client, back, killed_once_sent)
        assert fine(await sweep(settings, client, back, lambda *_: None))
        assert len(await entries("policy_amended")) == 2
        once_more = await sweep(settings, client, amended, lambda *_: None)
        assert fine(once_more)
        assert [one.due_after for one in once_more.told if one.number == line.number] == [told.due_after]
        assert len(await entries("policy_amended")) == 3
        assert not await upstream.rows(
            "SELECT FROM intake.dead_letter WHERE source = %s AND code = 'id_reused'", policy.source
        )


async def test_energised_cases_are_told_for_as_long_as_their_run_is_open(settings: Settings) -> None:
    """One in its time of service, one that a dispute keeps open after it; not the one that is closed."""
    policy, now = load_profile(settings.profiles[0]), datetime.now(UTC)
    # Disputed eleven days ago, and the ten days from then on are no working days after all.
    change = Change("calendar", with_days_off(policy, now - timedelta(days=11)), now.date(), "typhoon")
    client = await connect(settings.temporal_address, settings.namespace)
    async with (
        at_work(settings, others=[projector_process.run]),
        upstream_of(settings, f"served-{secrets.token_hex(4)}") as upstream,
    ):
        for subject, ago in (("disputed", 40), ("served", 2), ("closed", 60)):
            await upstream.send_events(*energised(upstream, subject, now - timedelta(days=ago)))
        raised = ("raised", "dispute_raised", "disputed", {"dispute": "D1", "about": "metering"})
        await upstream.send_events(upstream.event(raised, time=(now - timedelta(days=11)).isoformat()))
        lines = await upstream.outcomes("raised", "served-end", "closed-end")
        assert [(line.outcome, line.linked_to) for line in lines] == [("applied", None)] * 3
        disputed, served, closed = (line.number or "" for line in lines)
        async with asyncio.timeout(60):
            while not await upstream.rows(
                "SELECT FROM progress.application WHERE number = %s AND state ? 'closed_at'", closed
            ):
                await asyncio.sleep(0.2)
        async with upstream.pool.connection() as conn:
            await wait_for_pages(conn, [(line.source, line.id) for line in lines], patience=60)

        swept = await sweep(settings, client, change, lambda *_: None)
        assert fine(swept)
        told = {one.number: one for one in swept.told if one.number in (disputed, served, closed)}
        assert {number: (one.outcome, one.duties_moved, one.moved) for number, one in told.items()} == {
            disputed: ("applied", 1, True),
            served: ("applied", 0, False),
        }
        query = "SELECT data FROM timeline.entry WHERE number = %s AND type LIKE '%%.policy_amended.v%%'"
        ((event,),) = await upstream.rows(query, disputed)
        (duty,) = event["duties"]
        assert (event["note"], duty["duty"], duty["ref"]) == ("typhoon", "dispute_answer", "D1")
        assert duty["due_before"] < duty["due_after"]
        shown = "SELECT state->'duties'->-1->>'due_at' FROM progress.application WHERE number = %s"
        assert await upstream.rows(shown, disputed) == [(duty["due_after"],)]
        again = await sweep(settings, client, change, lambda *_: None, dry_run=True)
        assert not {one.number for one in again.told} & {disputed, served, closed}


def energised(upstream: Upstream, subject: str, end: datetime) -> list[dict[str, Any]]:
    """A shop from its application to its electricity, which it has at `end`."""
    facts: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("begin", "application_submitted", {**SHOP, "documents": SHOP_PAPERS}),
        ("survey", "survey_completed", {"supporting_works": False}),
        ("meter", "meter_fitted", {"meter_no": "M1"}),
        ("end", "energised", {}),
    )
    return [
        upstream.event(
            (f"{subject}-{name}", kind, subject, data),
            time=(end - timedelta(minutes=len(facts) - 1 - place)).isoformat(),
        )
        for place, (name, kind, data) in enumerate(facts)
    ]


class KilledError(Exception):
    """Somebody ended the sweep."""


def killed_once_sent(stage: str, _done: int, _whole: int) -> None:
    if stage == "outcomes":
        raise KilledError


async def test_nobody_else_can_change_the_policy_of_a_case(settings: Settings) -> None:
    async with at_work(settings), upstream_of(settings, "sweeper") as upstream:
        opening = ("open", "application_submitted", "A", {**SHOP, "documents": SHOP_PAPERS})
        forged = ("forged", "policy_amended", "A", {"changed": "policy", "policy": {}, "note": "cheaper"})
        assert upstream.event(forged)["type"] == PolicyAmended.type
        await upstream.send(opening, forged)
        _, line = await upstream.outcomes("open", "forged")
        assert (line.outcome, line.code) == ("refused", "internal_fact")


@pytest.mark.parametrize("dry_run", [True])
async def test_a_dry_run_tells_nobody(settings: Settings, dry_run: bool) -> None:
    policy, now = load_profile(settings.profiles[0]), datetime.now(UTC)
    change = Change("calendar", with_days_off(policy, now + timedelta(days=2)), now.date(), "-")
    client = await connect(settings.temporal_address, settings.namespace)
    async with at_work(settings), upstream_of(settings, "dry") as upstream:
        before = await upstream.rows("SELECT count(*) FROM intake.inbox")
        found = await sweep(settings, client, change, lambda *_: None, dry_run=dry_run)
        assert {one.outcome for one in found.told} <= {"would be told"}
        assert await upstream.rows("SELECT count(*) FROM intake.inbox") == before
