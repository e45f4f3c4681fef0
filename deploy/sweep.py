"""A sweep: an amended calendar, or an explicit change of policy, told to every open case, one recorded fact
each. Interrupted, it is run again: what was told is not told twice."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

import psycopg
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from deploy.errors import UserError
from deploy.feed import ledger
from deploy.feed.ledger import Key
from deploy.feed.pages import wait_for_pages
from deploy.settings import Settings
from events.catalogue.duty_facts import PolicyAmended
from events.catalogue.traits import Traits
from events.envelope import write_time
from events.errors import MingdianError
from events.producer import Outgoing, Producer
from events.topics import INBOUND
from workflows.messages import POLICY
from workflows.policy import slices
from workflows.policy.model import CaseSlice, Policy

What = Literal["calendar", "policy"]
Show = Callable[[str, int, int], None]
"""Told which stage (`asked`, `outcomes`, `pages`) has done how much, of how much."""

AT_ONCE = 16
PATIENCE_SECONDS = 120.0

_OPEN = """
SELECT number, state->'received' FROM progress.application
WHERE profile = %s AND energised_at IS NULL AND withdrawn_at IS NULL ORDER BY number
"""
_TOLD = """
SELECT i.subject, i.outcome, i.code, t.data->>'due_before', t.data->>'due_after'
FROM intake.inbox i LEFT JOIN timeline.entry t
  ON t.number = i.subject AND t.causation = i.source || '|' || i.id AND t.type LIKE '%%.policy_amended.v%%'
WHERE i.source = %s AND i.id = ANY(%s) ORDER BY i.subject
"""


@dataclass(frozen=True)
class Change:
    """What is swept, by which policy, and why: `day` is the one whose policy counts."""

    what: What
    policy: Policy
    day: date
    note: str

    def applied(self, held: CaseSlice, traits: Traits) -> CaseSlice:
        """Return the slice that a case should live by. Raises MingdianError where it can't."""
        if self.what == "calendar":
            return slices.amended(held, self.policy)
        return slices.resliced(held, self.policy, traits, self.day)

    def version(self, one: CaseSlice) -> str:
        """The version that tells an old slice from a new one."""
        return one.calendar_version if self.what == "calendar" else one.policy_version


@dataclass(frozen=True)
class Told:
    """What became of one case: `outcome` applied, or refused with a code. Due dates as RFC 3339."""

    number: str
    outcome: str
    code: str | None
    due_before: str | None
    due_after: str | None


@dataclass(frozen=True)
class Swept:
    """A sweep: open cases, those that lived by the newest already, those that can't change, and all told."""

    open: int
    up_to_date: int
    unfit: tuple[str, ...]
    told: tuple[Told, ...]

    @property
    def ok(self) -> bool:
        """Whether no case is left behind: one that ended meanwhile is none."""
        ended = {"case_ended", "case_closed"}
        return all(one.outcome == "applied" or one.code in ended for one in self.told)


async def sweep(
    settings: Settings, client: Client, change: Change, show: Show, *, dry_run: bool = False
) -> Swept:
    """Tell every open case, wait until each has answered and the pages show it.

    Raises UserError when Temporal, the inbox or the pages stay away.
    """
    async with await psycopg.AsyncConnection.connect(settings.postgres_dsn, autocommit=True) as conn:
        rows = await (await conn.execute(_OPEN, (change.policy.profile,))).fetchall()
        asked = await _ask(client, change, rows, show)
        facts = {number: new for number, new in asked.items() if isinstance(new, CaseSlice)}
        unfit = tuple(sorted(number for number, new in asked.items() if isinstance(new, str)))
        told: tuple[Told, ...] = ()
        if facts and not dry_run:
            told = await _tell(settings, conn, change, facts, show)
        elif facts:
            told = tuple(Told(number, "would be told", None, None, None) for number in sorted(facts))
    return Swept(len(rows), len(rows) - len(facts) - len(unfit), unfit, told)


async def _ask(
    client: Client, change: Change, rows: Sequence[tuple[str, dict[str, Any]]], show: Show
) -> dict[str, CaseSlice | str | None]:
    """By number: the new slice, None where nothing is to be said, or the code of why it can't change."""
    room, done = asyncio.Semaphore(AT_ONCE), 0

    async def one(number: str, received: dict[str, Any]) -> CaseSlice | str | None:
        nonlocal done
        async with room:
            held = await _held(client, number)
        done += 1
        show("asked", done, len(rows))
        if held is None:
            return None
        traits = Traits.model_validate(
            {name: received.get(name) for name in Traits.model_fields if name in received}
        )
        try:
            new = change.applied(held, traits)
        except MingdianError as error:
            return error.code
        return None if change.version(new) == change.version(held) else new

    found = await asyncio.gather(*(one(number, received) for number, received in rows))
    return dict(zip((number for number, _ in rows), found, strict=True))


async def _held(client: Client, number: str) -> CaseSlice | None:
    """What a case lives by; None where there is no run any more. A busy worker is asked again."""
    handle = client.get_workflow_handle(number)
    for _ in range(5):
        try:
            held: CaseSlice = await handle.query(POLICY, result_type=CaseSlice)
            return held
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
        except WorkflowQueryFailedError:
            return None
        await asyncio.sleep(1)
    raise UserError("no_worker", "The cases do not answer. See ./mingdian status; then sweep again.")


async def _tell(
    settings: Settings,
    conn: psycopg.AsyncConnection[Any],
    change: Change,
    facts: dict[str, CaseSlice],
    show: Show,
) -> tuple[Told, ...]:
    source = change.policy.source
    sent: list[Key] = [(source, _id(change, number, new)) for number, new in facts.items()]
    before = await ledger.read(conn, sent)
    await asyncio.to_thread(_publish, settings, change, facts)
    await ledger.wait_for_outcomes(
        conn, sent, before, patience=PATIENCE_SECONDS, show=lambda done: show("outcomes", done, len(sent))
    )
    await wait_for_pages(
        conn, sent, patience=PATIENCE_SECONDS, show=lambda done, whole: show("pages", done, whole)
    )
    rows = await conn.execute(_TOLD, (source, [name for _, name in sent]))
    return tuple([Told(*row) for row in await rows.fetchall()])


def _publish(settings: Settings, change: Change, facts: dict[str, CaseSlice]) -> None:
    producer = Producer(settings.kafka_bootstrap, "mingdian-sweep")
    try:
        producer.publish_all(
            [Outgoing(INBOUND, number, _event(change, number, new)) for number, new in facts.items()]
        )
    finally:
        with suppress(MingdianError):
            producer.close()


def _event(change: Change, number: str, new: CaseSlice) -> bytes:
    """The fact as the platform sends it to itself: under its own source, which no token opens."""
    fact = PolicyAmended(changed=change.what, policy=new.model_dump(mode="json"), note=change.note)
    return json.dumps(
        {
            "specversion": "1.0",
            "id": _id(change, number, new),
            "source": change.policy.source,
            "type": PolicyAmended.type,
            "subject": number,
            "time": write_time(datetime.now(UTC)),
            "profile": change.policy.profile,
            "datacontenttype": "application/json",
            "data": fact.model_dump(mode="json"),
        },
        ensure_ascii=False,
    ).encode()


def _id(change: Change, number: str, new: CaseSlice) -> str:
    return f"{change.what}-amended:{change.version(new)[:16]}:{number}"
