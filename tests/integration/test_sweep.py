"""An amended calendar reaches the open cases, once, recorded and explained; nobody else can send that."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deploy.processes import projector as projector_process
from deploy.profiles.loader import load_profile
from deploy.settings import Settings
from deploy.sweep import Change, Swept, sweep
from events.catalogue.base import Text
from events.catalogue.duty_facts import PolicyAmended
from tests.integration.upstreams import SHOP, at_work, upstream_of
from tests.unit.workflows.telling import SHOP_PAPERS
from workflows.intake import erase
from workflows.policy.model import Policy
from workflows.policy.rows import Holiday
from workflows.temporal import connect


def with_days_off(policy: Policy, first: datetime) -> Policy:
    """The policy, with ten more days off."""
    day = first.date()
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
        assert datetime.fromisoformat(told.due_after) >= datetime.fromisoformat(told.due_before) + timedelta(
            9
        )
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
