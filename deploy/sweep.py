"""A sweep: an amended calendar, or an explicit change of policy, told to every open case, one recorded fact
each. Interrupted, it is run again: what was told is not told twice."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, NamedTuple

import psycopg
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from activities.inbox import is_read_past
from deploy.errors import UserError
from deploy.feed import ledger
from deploy.feed.ledger import Key
from deploy.feed.pages import wait_for_pages
from deploy.settings import Settings
from deploy.sweep_sql import BEFORE, OPEN, TOLD
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

WOULD = "would be told"
"""Outcome of a case in a dry run."""

Connection = psycopg.AsyncConnection[Any]

AT_ONCE = 16
ASKED = 3
"""How often a case is asked what it lives by, before it counts as one that gives no answer."""
ANSWER_WITHIN = timedelta(seconds=5)
LOOK_SECONDS = 0.3
PATIENCE_SECONDS = 120.0

NO_ANSWER = "no_answer"
_OVER = frozenset({"case_ended", "case_closed", "subject_erased"})
_LOCK = 0x6D647377
_ID_PARTS = 3


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
    """What became of one case: `outcome` applied, or refused with a code. Due dates of its step as RFC 3339;
    `duties_moved` counts the duties beside it, disputes among them, that are due on another day now."""

    number: str
    outcome: str
    code: str | None
    due_before: str | None = None
    due_after: str | None = None
    duties_moved: int = 0

    @property
    def moved(self) -> bool:
        """Whether anything of it is due on another day now."""
        return self.due_before != self.due_after or self.duties_moved > 0


class Amended(NamedTuple):
    """What a case is told: the fact's id, and the policy to live by."""

    id: str
    policy: CaseSlice


@dataclass(frozen=True)
class Swept:
    """A sweep: open cases, those that lived by the newest already, those that can't change, all told, those
    that still live by the old one although they were told, and those whose run gave no answer."""

    open: int
    up_to_date: int
    unfit: tuple[str, ...]
    told: tuple[Told, ...]
    behind: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether no case is left behind: one that ended or was erased meanwhile is none."""
        ended = {one.number for one in self.told if one.code in _OVER}
        refused = {one.number for one in self.told if one.outcome not in {"applied", WOULD}}
        return refused <= ended and set(self.behind) <= ended and not self.unanswered


async def sweep(
    settings: Settings, client: Client, change: Change, show: Show, *, dry_run: bool = False
) -> Swept:
    """Tell every open case, wait until each has answered and the pages show it; again, until none that can
    change is found that was not told: cases begin meanwhile, and lists are a moment late.

    A case whose run gives no answer holds up no other. Raises UserError when intake or the pages stay away,
    and while another sweep runs.
    """
    async with await psycopg.AsyncConnection.connect(settings.postgres_dsn, autocommit=True) as conn:
        if not dry_run:
            await _alone(conn)
            await _all_is_in(conn)  # what a killed sweep had sent is known, and not sent again
        told: dict[str, Told] = {}
        unanswered: tuple[str, ...] = ()
        first: int | None = None
        while True:
            rows = await (await conn.execute(OPEN, {"profile": change.policy.profile})).fetchall()
            rows = [row for row in rows if row[0] not in unanswered]
            times = await _told_before(conn, change, [number for number, _ in rows])
            asked = await _ask(client, change, rows, show)
            first = len(rows) if first is None else first
            old = {number: new for number, new in asked.items() if isinstance(new, CaseSlice)}
            unanswered += tuple(sorted(number for number, new in asked.items() if new == NO_ANSWER))
            unfit = tuple(
                sorted(number for number, new in asked.items() if isinstance(new, str) and new != NO_ANSWER)
            )
            fresh = {number: new for number, new in old.items() if number not in told}
            if dry_run:
                told = {number: Told(number, WOULD, None) for number in sorted(fresh)}
            if dry_run or not fresh:
                break
            facts = {number: Amended(_id(change, number, new, times), new) for number, new in fresh.items()}
            told |= {one.number: one for one in await _tell(settings, conn, change, facts, show)}
    behind = () if dry_run else tuple(sorted(old))
    up_to_date = max(0, first - len(told) - len(unfit) - len(unanswered))
    return Swept(first, up_to_date, unfit, tuple(told[number] for number in sorted(told)), behind, unanswered)


async def _alone(conn: Connection) -> None:
    """One sweep at a time: two would tell the same case twice. Held for as long as the connection."""
    row = await (await conn.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,))).fetchone()
    if not (row and row[0]):
        raise UserError("sweep_runs", "Another sweep is under way. Wait for its end.")


async def _all_is_in(conn: Connection) -> None:
    """Wait until intake has read all that was sent before now."""
    now, give_up = datetime.now(UTC), time.monotonic() + PATIENCE_SECONDS
    while not await is_read_past(conn, now):
        if time.monotonic() > give_up:
            raise UserError("intake_behind", "Intake does not come to the end of its topics. See status.")
        await asyncio.sleep(LOOK_SECONDS)


async def _told_before(conn: Connection, change: Change, numbers: Sequence[str]) -> Counter[str]:
    """How often each case was told which version, in facts that are done with."""
    rows = await conn.execute(BEFORE, (list(numbers), change.policy.source, PolicyAmended.type))
    return Counter([":".join(name.split(":")[:_ID_PARTS]) async for (name,) in rows])


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
        if held is None or isinstance(held, str):
            return held
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


async def _held(client: Client, number: str) -> CaseSlice | str | None:
    """What a case lives by; None where there is no run any more, `NO_ANSWER` where its run is stuck or no
    worker is there. A busy worker is asked again."""
    handle = client.get_workflow_handle(number)
    for _ in range(ASKED):
        try:
            held: CaseSlice = await handle.query(POLICY, result_type=CaseSlice, rpc_timeout=ANSWER_WITHIN)
            return held
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
        except WorkflowQueryFailedError:
            return None
        await asyncio.sleep(1)
    return NO_ANSWER


async def _tell(
    settings: Settings,
    conn: Connection,
    change: Change,
    facts: dict[str, Amended],
    show: Show,
) -> tuple[Told, ...]:
    source = change.policy.source
    sent: list[Key] = [(source, one.id) for one in facts.values()]
    known = await ledger.read(conn, sent)
    await asyncio.to_thread(
        _publish, settings, change, {n: one for n, one in facts.items() if (source, one.id) not in known}
    )
    await ledger.wait_for_outcomes(
        conn, sent, {}, patience=PATIENCE_SECONDS, show=lambda done: show("outcomes", done, len(sent))
    )
    await wait_for_pages(
        conn, sent, patience=PATIENCE_SECONDS, show=lambda done, whole: show("pages", done, whole)
    )
    rows = await conn.execute(TOLD, (source, [name for _, name in sent]))
    return tuple([Told(*row) for row in await rows.fetchall()])


def _publish(settings: Settings, change: Change, facts: dict[str, Amended]) -> None:
    producer = Producer(settings.kafka_bootstrap, "mingdian-sweep")
    try:
        producer.publish_all(
            [Outgoing(INBOUND, number, _event(change, number, one)) for number, one in facts.items()]
        )
    finally:
        with suppress(MingdianError):
            producer.close()


def _event(change: Change, number: str, one: Amended) -> bytes:
    """The fact as the platform sends it to itself: under its own source, which no token opens."""
    fact = PolicyAmended(changed=change.what, policy=one.policy.model_dump(mode="json"), note=change.note)
    return json.dumps(
        {
            "specversion": "1.0",
            "id": one.id,
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


def _id(change: Change, number: str, new: CaseSlice, told_before: Counter[str]) -> str:
    """The same for the same change however often the sweep is run; another once a change was refused, or was
    taken back and is made again."""
    name = f"policy-amended:{change.version(new)[:16]}:{number}"
    times = told_before[name]
    return f"{name}:{times + 1}" if times else name
