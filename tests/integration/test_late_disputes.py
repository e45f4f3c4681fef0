"""A dispute that comes after its case was closed opens a case of its own; anything else is too late."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from deploy.audit.audit import Scope, audit
from deploy.feed.pages import wait_for_pages
from deploy.processes import projector as projector_process
from deploy.processes.intake import make_desk
from deploy.profiles.loader import load_profile, load_profiles
from deploy.secrets import load_secrets, stream_keys
from deploy.settings import Settings
from deploy.sweep import Change, What, sweep
from events.catalogue.service_facts import DisputeRaised
from events.consumer import Record
from events.personal import SealedValue
from events.sealing import unseal
from events.topics import OUTCOMES
from tests.integration.test_sweep import with_days_off
from tests.integration.upstreams import SHOP, SOURCE, Upstream, at_work, one_chain, records_of, upstream_of
from tests.unit.workflows.telling import SHOP_PAPERS
from workflows.intake import erase, linking, lookup
from workflows.intake.arrivals import arrive
from workflows.intake.inbox import take
from workflows.intake.linking import Closed
from workflows.intake.receive import again_after_a_meeting
from workflows.messages import CaseResult, FactMessage
from workflows.temporal import connect

DAY = 24 * 60
"""Minutes of business time."""

LATE = 40 * DAY
"""After the service window."""

PERSON = {"applicant_phone": "13800138000"}
DETAILS = "电表装反了"
MIDWEST = {
    "region": "IA",
    "customer_type": "enterprise",
    "usage": "industrial",
    "voltage_kv": "138",
    "capacity_kva": "50000",
    "channel": "queue",
}


@pytest.fixture
async def upstream(settings: Settings) -> AsyncIterator[Upstream]:
    async with upstream_of(settings, secrets.token_hex(4)) as one:
        yield one


async def closed_case(settings: Settings, upstream: Upstream, subject: str = "s") -> str:
    """A shop that was energised and whose run has ended; returns its number."""
    await upstream.send(
        (f"{subject}-a", "application_submitted", subject, {**SHOP, **PERSON, "documents": SHOP_PAPERS}),
        (f"{subject}-b", "survey_completed", subject, {"supporting_works": False}),
        (f"{subject}-c", "meter_fitted", subject, {"meter_no": "M1"}),
        (f"{subject}-d", "energised", subject, {}),
    )
    *_, energised = await upstream.outcomes(*(f"{subject}-{name}" for name in "abcd"))
    assert energised.outcome == "applied"
    assert energised.number is not None
    await ended(settings, energised.number)
    return energised.number


async def ended(settings: Settings, number: str) -> CaseResult:
    """How a run ended, once it has."""
    client = await connect(settings.temporal_address, settings.namespace)
    handle = client.get_workflow_handle(number, result_type=CaseResult)
    result: CaseResult = await asyncio.wait_for(handle.result(), 60)
    return result


async def reached_by_sweep(settings: Settings, what: What) -> set[str]:
    """The cases that a sweep would tell."""
    policy, now = load_profile(settings.profiles[0]), datetime.now(UTC)
    other = with_days_off(policy, now).model_copy(update={"version": "other"})
    client = await connect(settings.temporal_address, settings.namespace)
    change = Change(what, other, now.date(), "-")
    swept = await sweep(settings, client, change, lambda *_: None, dry_run=True)
    return {one.number for one in swept.told}


def names(records: list[Record]) -> list[str]:
    return [event["type"].split(".")[-2] for event in one_chain(records)]


def raised(name: str, subject: str, dispute: str = "D1") -> tuple[str, str, str, Any]:
    data = {"dispute": dispute, "about": "metering", "details": DETAILS}
    return (name, "dispute_raised", subject, data)


async def test_a_late_dispute_is_a_case_of_its_own_and_whatever_follows_finds_it(
    settings: Settings, upstream: Upstream
) -> None:
    async with at_work(settings, others=[projector_process.run]):
        old = await closed_case(settings, upstream)
        await upstream.send(
            raised("raised", "s"),
            ("answered", "dispute_answered", "s", {"dispute": "D1", "upheld": True, "answer": DETAILS}),
            ("agreed", "dispute_settled", "s", {"dispute": "D1", "agreed": True}),
            ("again", "dispute_raised", "s", {"dispute": "D1", "about": "conduct"}),
            ("rated", "service_rated", "s", {"score": 1}),
            ("corrected", "record_corrected", "s", {"field": "meter_no", "value": "M2"}),
            ("energised", "energised", "s", {}),
            start=LATE,
        )
        lines = await upstream.outcomes("raised", "answered", "agreed", "again")
        assert [(one.outcome, one.linked_to) for one in lines[:3]] == [("applied", old)] * 3
        (new,) = {one.number for one in lines}
        assert new is not None and new != old
        again = (lines[3].outcome, lines[3].code)
        assert again == ("refused", "dispute_known"), "one case for a dispute, under whatever id it is told"
        late = await upstream.outcomes("rated", "corrected", "energised")
        assert [(one.outcome, one.code, one.number) for one in late] == [("dead", "case_closed", old)] * 3

        result = await ended(settings, new)
        records = await records_of(settings, new)
        assert result.ending == "settled"
        assert names(records)[:5] == [
            "linked_case_opened",
            "staff_assigned",
            "dispute_raised",
            "duty_opened",
            "receipt_issued",
        ]
        assert names(records)[-2:] == ["dispute_settled", "case_closed"]
        events = one_chain(records)
        assert events[0]["data"]["linked_to"] == old
        assert events[0]["data"]["kind"] == "lv_nonres"

        # Sealed anew: under the key of its own stream, in its own place.
        sealed = SealedValue.model_validate(events[2]["data"]["details"])
        async with upstream.pool.connection() as conn:
            found = await lookup.stream_key_of(conn, new)
        assert found is not None and found[0] == sealed.kid
        assert unseal(stream_keys(settings).open(*found), new, "details", sealed) == DETAILS

        told = [json.loads(one.value) for one in await records_of(settings, new, OUTCOMES)]
        (mine,) = [one for one in told if one["id"] == f"{upstream.run}-raised"]
        assert (mine["number"], mine["alias"]) == (new, f"{upstream.run}-s")

        async with upstream.pool.connection() as conn:
            await wait_for_pages(conn, [(SOURCE, f"{upstream.run}-raised")], patience=60)
        for number in (old, new):
            report = await audit(settings, Scope(subject=number))
            assert report.ok, report.findings

        # A dispute about the settled dispute: linked to it, of the same application.
        third = upstream.event(raised("third", "-", "D9"), LATE + DAY, subject=new)
        await upstream.send_events(third)
        [line] = await upstream.outcomes("third")
        assert (line.outcome, line.linked_to, line.alias) == ("applied", new, new)

        # It lives by calendar and policy as any open case does: a sweep reaches it, and not the settled one.
        async with upstream.pool.connection() as conn:
            await wait_for_pages(conn, [(SOURCE, f"{upstream.run}-third")], patience=60)
        for what in get_args(What):
            reached = await reached_by_sweep(settings, what)
            assert (line.number in reached, new in reached) == (True, False), what

        async with upstream.pool.connection() as conn:
            assert await erase.with_linked(conn, [old]) == [old, new, line.number]
            digests = await conn.execute(
                "SELECT count(DISTINCT digest), count(DISTINCT (digest, subject)) FROM intake.blind_index"
                " WHERE subject = ANY(%s)",
                ([old, new],),
            )
            each, all_ = await digests.fetchone() or (0, 0)
        assert (each, all_) == (1, 2), "who finds the one finds the other"


async def test_a_late_dispute_of_a_case_that_another_dispute_keeps_open(
    settings: Settings, upstream: Upstream
) -> None:
    async with at_work(settings):
        await upstream.send(
            ("a", "application_submitted", "s", {**SHOP, "documents": SHOP_PAPERS}),
            ("b", "survey_completed", "s", {"supporting_works": False}),
            ("c", "meter_fitted", "s", {"meter_no": "M1"}),
            ("d", "energised", "s", {}),
            raised("in_time", "s", "D1"),
        )
        *_, first = await upstream.outcomes("a", "b", "c", "d", "in_time")
        assert (first.outcome, first.linked_to) == ("applied", None)
        await upstream.send(
            raised("late", "s", "D2"), ("rated", "service_rated", "s", {"score": 1}), start=LATE
        )
        late, rated = await upstream.outcomes("late", "rated")
        assert (late.outcome, late.linked_to) == ("applied", first.number)
        assert (rated.outcome, rated.code) == ("dead", "case_closed")
        # Each answer finds its own dispute, though both come under the same name.
        await upstream.send(
            ("two", "dispute_answered", "s", {"dispute": "D2", "upheld": True}),
            ("one", "dispute_answered", "s", {"dispute": "D1", "upheld": True}),
            start=LATE + DAY,
        )
        two, one = await upstream.outcomes("two", "one")
        assert (two.outcome, two.number) == ("applied", late.number)
        assert (one.outcome, one.number) == ("applied", first.number)


async def test_the_same_dispute_reaches_two_intakes_and_opens_one_case(
    settings: Settings, upstream: Upstream
) -> None:
    async with at_work(settings):
        old = await closed_case(settings, upstream)
    # Nobody delivers now: two take up the same fact at once, and two more the same dispute under another id.
    desk = make_desk(settings, load_secrets(settings), load_profiles(settings.profiles))
    time = datetime.now(UTC).isoformat()
    events = [upstream.event(raised(name, "s"), time=time) for name in ("x", "y")]
    arrivals = [
        arrive(
            Record("trial", 0, 0, 0, None, json.dumps(one).encode(), ()),
            policies=desk.policies,
            bound_source=None,
            inbox_secret=desk.inbox_secret,
            now=desk.clock(),
            max_bytes=desk.max_bytes,
        )
        for one in events
    ]
    async with upstream.pool.connection() as conn, conn.transaction():
        await take(conn, desk, arrivals)
    rows = await upstream.rows("SELECT fact FROM intake.inbox WHERE subject = %s AND state = 'pending'", old)
    facts = [FactMessage.model_validate(fact) for (fact,) in rows]
    assert len(facts) == 2

    async def follow(fact: FactMessage) -> bool:
        async def work() -> bool:
            async with upstream.pool.connection() as conn, conn.transaction():
                return await linking.follow(conn, desk, Closed(old, "hainan", fact), may_open=True)

        return await again_after_a_meeting(work)

    assert all(await asyncio.gather(*(follow(fact) for fact in facts * 2)))
    [(new, dispute)] = await upstream.rows(
        "SELECT number, dispute FROM intake.subject WHERE linked_to = %s", old
    )
    assert dispute == "D1"
    moved = await upstream.rows("SELECT opens FROM intake.inbox WHERE subject = %s ORDER BY opens", new)
    assert moved == [(False,), (True,)]
    async with at_work(settings):
        lines = await upstream.outcomes("x", "y")
        assert sorted(line.outcome or "" for line in lines) == ["applied", "refused"]
        assert names(await records_of(settings, new)).count("dispute_raised") == 1


async def test_who_was_erased_takes_no_dispute_whenever_that_is_noticed(
    settings: Settings, upstream: Upstream
) -> None:
    async with at_work(settings):
        old = await closed_case(settings, upstream)
        async with upstream.pool.connection() as conn, conn.transaction():
            fact = FactMessage(
                source=SOURCE, id="x", type=DisputeRaised.type, time=datetime.now(UTC), data={"dispute": "D1"}
            )
            await erase.destroy(conn, old, [], datetime.now(UTC))
            desk = make_desk(settings, load_secrets(settings), load_profiles(settings.profiles))
            with pytest.raises(linking.ErasedError):
                await linking.follow(conn, desk, Closed(old, "hainan", fact), may_open=True)
        await upstream.send(raised("late", "s"), start=LATE)
        [late] = await upstream.outcomes("late")
    assert (late.outcome, late.code) == ("refused", "subject_erased")
    assert await upstream.rows("SELECT FROM intake.subject WHERE linked_to = %s", old) == []


async def test_a_profile_without_such_a_process_says_so_and_gives_no_number(
    settings: Settings, upstream: Upstream
) -> None:
    def event(told: tuple[str, str, str, Any], minute: int) -> dict[str, Any]:
        return upstream.event(told, minute, profile="midwest")

    async with at_work(settings):
        await upstream.send_events(
            event(("a", "application_submitted", "s", MIDWEST), 0),
            event(("b", "withdrawn", "s", {}), 1),
        )
        _, withdrawn = await upstream.outcomes("a", "b")
        assert withdrawn.outcome == "applied", withdrawn
        await upstream.send_events(event(raised("late", "s"), LATE))
        [late] = await upstream.outcomes("late")
    assert (late.outcome, late.code) == ("refused", "no_late_disputes")
    assert await upstream.rows("SELECT FROM intake.subject WHERE linked_to = %s", withdrawn.number) == []
