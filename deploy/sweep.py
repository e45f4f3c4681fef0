"""A sweep: an amended calendar, or an explicit change of policy, told to every open case, and the latter to
every key project, one recorded fact each. Interrupted, it is run again: what was told is not told twice."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from activities.inbox import is_read_past
from deploy import teams
from deploy.errors import UserError
from deploy.feed import ledger
from deploy.feed.ledger import Key
from deploy.feed.pages import wait_for_pages
from deploy.settings import Settings
from deploy.sweep_change import TYPES, Amended, Change, Open, Slice, What
from deploy.sweep_sql import BEFORE, OPEN, OPEN_PROJECTS, TOLD
from deploy.teams import HandedOver
from events.errors import MingdianError
from events.producer import Outgoing, Producer
from events.topics import INBOUND
from workflows.intake import seats
from workflows.intake.engine import Engine
from workflows.intake.handover import Order
from workflows.messages import POLICY
from workflows.policy import clock
from workflows.policy.model import CaseSlice
from workflows.project_messages import STANDING, Standing

__all__ = ["Change", "Swept", "Told", "What", "sweep"]

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
class Told:
    """What became of one case or project: `outcome` applied, or refused with a code. Due dates of a case's
    step as RFC 3339; `duties_moved` counts the duties beside it, disputes among them, that are due on another
    day now. `light_before` and `light_after` where a project's light has turned."""

    number: str
    outcome: str
    code: str | None
    due_before: str | None = None
    due_after: str | None = None
    duties_moved: int = 0
    light_before: str | None = None
    light_after: str | None = None

    @property
    def moved(self) -> bool:
        """Whether anything of it is due on another day now, or its light is another."""
        turned = self.light_before != self.light_after
        return self.due_before != self.due_after or self.duties_moved > 0 or turned


@dataclass(frozen=True)
class Swept:
    """A sweep: open cases and projects, those that lived by the newest already, those that can't change, all
    told, those that still live by the old one although they were told, and those whose run gave no answer.
    `handed`: the seats of people who stand in no table any more, where there were any."""

    open: int
    up_to_date: int
    unfit: tuple[str, ...]
    told: tuple[Told, ...]
    behind: tuple[str, ...] = ()
    unanswered: tuple[str, ...] = ()
    handed: HandedOver | None = None

    @property
    def ok(self) -> bool:
        """Whether no case is left behind: one that ended or was erased meanwhile is none."""
        ended = {one.number for one in self.told if one.code in _OVER}
        refused = {one.number for one in self.told if one.outcome not in {"applied", WOULD}}
        left = self.handed is not None and not self.handed.ok
        return refused <= ended and set(self.behind) <= ended and not self.unanswered and not left


async def sweep(
    settings: Settings, client: Client, change: Change, show: Show, *, dry_run: bool = False
) -> Swept:
    """Tell every open case and project, wait until each has answered and the pages show it; again, until none
    that can change is found that was not told: cases begin meanwhile, and lists are a moment late. First the
    seats of people who stand in no table any more go to others.

    A case whose run gives no answer holds up no other. Raises UserError when intake or the pages stay away,
    and while another sweep runs.
    """
    async with await psycopg.AsyncConnection.connect(settings.postgres_dsn, autocommit=True) as conn:
        if not dry_run:
            await _alone(conn)
            await _all_is_in(conn)  # what a killed sweep had sent is known, and not sent again
        handed = None if dry_run else await _replaced(settings, conn, client, change, show)
        told: dict[str, Told] = {}
        unanswered: tuple[str, ...] = ()
        first: int | None = None
        while True:
            rows = [one for one in await _open(conn, change) if one.number not in unanswered]
            times = await _told_before(conn, change, [one.number for one in rows])
            asked = await _ask(client, change, rows, show)
            first = len(rows) if first is None else first
            old = {number: new for number, new in asked.items() if new and not isinstance(new, str)}
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
    every = tuple(told[number] for number in sorted(told))
    return Swept(first, up_to_date, unfit, every, behind, unanswered, handed)


async def _replaced(
    settings: Settings, conn: Connection, client: Client, change: Change, show: Show
) -> HandedOver | None:
    """Give the seats of people whom the tables do not name any more to others; None where there are none."""
    policy, now = change.policy, datetime.now(UTC)
    if not change.reaches_projects:
        return None
    gone = await seats.strangers(conn, policy, clock.local_day(now, policy.timezone))
    if not gone:
        return None
    engine = Engine(client, {policy.profile: policy}, settings.early_wait, settings.late_grace)
    orders = [Order(name, "left") for name in gone]
    return await teams.hand_over(settings, policy, engine, orders, show, since=now)


async def _open(conn: Connection, change: Change) -> list[Open]:
    """All that the change concerns."""
    asked = {"profile": change.policy.profile}
    found = [Open(*row) for row in await (await conn.execute(OPEN, asked)).fetchall()]
    if change.reaches_projects:
        cursor = await conn.execute(OPEN_PROJECTS, asked)
        found += [Open(number, None) for (number,) in await cursor.fetchall()]
    return found


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
    rows = await conn.execute(BEFORE, (list(numbers), change.policy.source, list(TYPES)))
    return Counter([":".join(name.split(":")[:_ID_PARTS]) async for (name,) in rows])


async def _ask(
    client: Client, change: Change, rows: Sequence[Open], show: Show
) -> dict[str, Slice | str | None]:
    """By number: the new slice, None where nothing is to be said, or the code of why it can't change."""
    room, done = asyncio.Semaphore(AT_ONCE), 0

    async def ask(one: Open) -> Slice | str | None:
        nonlocal done
        async with room:
            held = await _held(client, one)
        done += 1
        show("asked", done, len(rows))
        if held is None or isinstance(held, str):
            return held
        try:
            new = change.applied(held, one)
        except MingdianError as error:
            return error.code
        return None if change.version(new) == change.version(held) else new

    found = await asyncio.gather(*map(ask, rows))
    return dict(zip((one.number for one in rows), found, strict=True))


async def _held(client: Client, one: Open) -> Slice | str | None:
    """What a case or project lives by; None where there is no run any more, `NO_ANSWER` where its run is
    stuck or no worker is there. A busy worker is asked again."""
    handle = client.get_workflow_handle(one.number)
    for _ in range(ASKED):
        try:
            if one.received is None:
                told: Standing = await handle.query(STANDING, result_type=Standing, rpc_timeout=ANSWER_WITHIN)
                return None if told.closed else told.policy
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
            [Outgoing(INBOUND, number, change.event(number, one)) for number, one in facts.items()]
        )
    finally:
        with suppress(MingdianError):
            producer.close()


def _id(change: Change, number: str, new: Slice, told_before: Counter[str]) -> str:
    """The same for the same change however often the sweep is run; another once a change was refused, or was
    taken back and is made again."""
    name = f"policy-amended:{change.version(new)[:16]}:{number}"
    times = told_before[name]
    return f"{name}:{times + 1}" if times else name
