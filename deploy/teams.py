"""What `teams` does: note in the roster who is away, back or gone, hand over, and follow each case to its
receipt, each key project to its new team."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import class_row

from deploy.errors import UserError
from deploy.feed import ledger
from deploy.feed.pages import wait_for_pages
from deploy.settings import Settings
from events.errors import MingdianError
from events.producer import Producer
from workflows.intake import project_seats, seats, succession
from workflows.intake.handover import Order, Seat
from workflows.intake.succession import Runs
from workflows.policy import clock, staffing
from workflows.policy.force import as_of
from workflows.policy.model import Policy
from workflows.policy.rota import officer_on_duty
from workflows.policy.staffing import Absence

Connection = psycopg.AsyncConnection[Any]
Show = Callable[[str, int, int], None]
"""Told which stage (`outcomes`, `pages`) has done how much, of how much."""

PATIENCE_SECONDS = 120.0

# What this hand-over, and one before it that was broken off, has decided.
_DECIDED = """
SELECT h.id, h.number, h.role, h.held_by, h.goes_to, i.outcome, i.code
FROM intake.hand_over h LEFT JOIN intake.inbox i ON i.source = %(source)s AND i.id = h.id
WHERE h.profile = %(profile)s AND h.held_by = ANY(%(staff)s)
  AND (h.at >= %(since)s OR i.outcome IS NULL OR i.finished_at >= %(since)s)
ORDER BY h.number, h.role, h.nth
"""
_STAFF = """
SELECT staff_id, first, last, gone FROM intake.absence
WHERE profile = %(profile)s AND (last IS NULL OR last >= %(day)s) ORDER BY staff_id, first
"""


class Handed(NamedTuple):
    """A seat that changed hands, and what its case said: `outcome` applied, or refused with a code."""

    id: str
    number: str
    role: str
    held_by: str
    goes_to: str
    outcome: str | None
    code: str | None


@dataclass(frozen=True)
class HandedOver:
    """A hand-over to its end: seats that changed hands, and those for which nobody is left."""

    seats: tuple[Handed, ...]
    unplaced: tuple[Seat, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every case has somebody and was told; one that ended meanwhile needs nobody."""
        refused = [one for one in self.seats if one.outcome != "applied"]
        return not self.unplaced and all(one.code in {"case_ended", "case_closed"} for one in refused)

    @property
    def to(self) -> dict[str, int]:
        """How many seats went to whom."""
        return dict(sorted(Counter(one.goes_to for one in self.seats).items()))

    @property
    def cases(self) -> int:
        """How many cases they are of."""
        return len({one.number for one in self.seats})


@dataclass
class Line:
    """A member of staff as `teams list` shows it: open cases with the key projects among them, and absences
    from today on."""

    staff_id: str
    region: str
    role: str
    name: str
    cases: int
    projects: int
    away: list[dict[str, Any]] = field(default_factory=list)
    gone: bool = False


async def staff(conn: Connection, policy: Policy, region: str | None) -> list[Line]:
    """Return the staff of a region, or all, in the order of the table."""
    day = clock.local_day(datetime.now(UTC), policy.timezone)
    rows = [row for row in as_of(policy, day).teams if region in {None, row.region}]
    load = await seats.load(conn, policy.profile, [row.id for row in rows])
    served = await project_seats.load(conn, policy.profile)
    lines = {
        row.id: Line(row.id, row.region, row.role, row.name, load.get(row.id, 0), served.get(row.id, 0))
        for row in rows
    }
    cursor = await conn.execute(_STAFF, {"profile": policy.profile, "day": day})
    for staff_id, first, last, gone in await cursor.fetchall():
        if staff_id in lines:
            lines[staff_id].gone |= gone
            lines[staff_id].away.append({"first": _text(first), "last": _text(last)})
    return list(lines.values())


@dataclass(frozen=True)
class Turn:
    """Somebody is on duty from a local moment on, until the next turn; None: everybody is away."""

    since: str
    staff_id: str | None
    name: str | None
    phone: str | None


def turns(policy: Policy, absences: Sequence[Absence], first: date, days: int) -> list[Turn]:
    """Return who is on duty from the beginning of a local day on, each turn once; none without a rota.

    Nobody takes over but at the beginning or end of a shift, or of an absence, which is midnight.
    """
    zone = ZoneInfo(policy.timezone)
    hours = sorted({time(), *(at for row in policy.rota for at in (row.begins, row.ends))})
    dates = [first + timedelta(days=number) for number in range(days)]
    found: list[Turn] = []
    for moment in (datetime.combine(day, hour, zone) for day in dates for hour in hours):
        if not policy.rota:
            break
        person = officer_on_duty(policy, moment, staffing.away_on(absences, moment.date()))
        staff_id = person.staff_id if person else None
        if not found or found[-1].staff_id != staff_id:
            name, phone = (person.name, person.phone) if person else (None, None)
            found.append(Turn(f"{moment:%Y-%m-%d %H:%M}", staff_id, name, phone))
    return found


async def hand_over(
    settings: Settings, policy: Policy, engine: Runs, wanted: list[Order], show: Show, *, since: datetime
) -> HandedOver:
    """Carry out these orders and wait until every case has answered and the pages show it. What was decided
    from `since` on is told of, by whomever.

    Broken off, it is gone on with by whoever comes first: the same command, or intake. Raises UserError when
    intake or the pages stay away.
    """
    async with await psycopg.AsyncConnection.connect(settings.postgres_dsn, autocommit=True) as conn:
        planned = await succession.hand_over(conn, policy, wanted, engine, datetime.now(UTC))
        producer = Producer(settings.kafka_bootstrap, "mingdian-teams")
        try:
            while await succession.carry(conn, producer):
                pass
        finally:
            with suppress(MingdianError):
                await asyncio.to_thread(producer.close)
        values = {
            "profile": policy.profile,
            "source": policy.source,
            "staff": [order.staff_id for order in wanted],
            "since": since,
        }
        sent = [(policy.source, one.id) for one in await _decided(conn, values)]
        await ledger.wait_for_outcomes(
            conn, sent, {}, patience=PATIENCE_SECONDS, show=lambda done: show("outcomes", done, len(sent))
        )
        await wait_for_pages(
            conn, sent, patience=PATIENCE_SECONDS, show=lambda done, whole: show("pages", done, whole)
        )
        return HandedOver(tuple(await _decided(conn, values)), tuple(planned.unplaced))


async def _decided(conn: Connection, values: dict[str, Any]) -> Sequence[Handed]:
    async with conn.cursor(row_factory=class_row(Handed)) as cursor:
        await cursor.execute(_DECIDED, values)
        return await cursor.fetchall()


def require_known(policy: Policy, staff_id: str) -> None:
    """Raise UserError for somebody who is in no team."""
    if staff_id not in {row.id for row in policy.teams}:
        raise UserError(
            "unknown_staff", f"{staff_id} is in no team of {policy.profile}. See ./mingdian teams list."
        )


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
