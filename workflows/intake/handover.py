"""Hand-over (移交): the seats of who is away, or has left, go to others, evenly; each case, and each key
project, is told by a fact.

A seat and the fact that tells of it change in one transaction, so a case has one owner at any moment and an
interrupted hand-over is only gone on with: what was decided stays so, and is sent under the same id.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from typing import NamedTuple

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from activities.outcomes import Connection
from events.catalogue.connection_events import Officer
from events.catalogue.project_change_facts import ProjectHandedOver
from events.catalogue.staff_facts import CaseHandedOver, Why
from events.catalogue.team_events import CasesHandedOver, Share
from events.envelope import write_time
from workflows.intake import roster, seats
from workflows.intake.roster import Change
from workflows.policy import clock, project_team, staffing
from workflows.policy.force import as_of
from workflows.policy.model import Policy
from workflows.policy.slices import AFTER_SERVICE, team_of
from workflows.policy.staffing import KEY_ENGINEER, KEY_MANAGER, PROVINCE, Team

# Whoever is away today and gives cases away for it.
_LEAVING = """
SELECT staff_id, bool_or(gone) FROM intake.absence
WHERE profile = %(profile)s AND hand_over
  AND first <= %(day)s AND coalesce(last, 'infinity') >= %(day)s GROUP BY staff_id
"""
# A case that is over is served for a while; one about a dispute until its run is gone, and a project, too: it
# may come back. An erased one takes no facts. What is under way is shared first, then, evenly too, the rest.
_SEATS = """
SELECT s.number, s.role, s.region, s.staff_id, s.ended_at IS NOT NULL AS ended,
       c.stream = 'project' AS project
FROM intake.seat s JOIN intake.subject c USING (number)
WHERE s.profile = %(profile)s AND s.staff_id = ANY(%(staff)s) AND c.erased_at IS NULL
  AND (s.ended_at IS NULL OR c.linked_to IS NOT NULL OR c.stream = 'project'
       OR s.ended_at > %(now)s::timestamptz - make_interval(days => %(served)s))
  AND (%(numbers)s::text[] IS NULL OR s.number = ANY(%(numbers)s))
ORDER BY ended, s.number, s.role
"""
_MOVE = "UPDATE intake.seat SET staff_id = %s WHERE number = %s AND role = %s AND staff_id = %s"
_NOTE = """
INSERT INTO intake.hand_over (id, profile, number, role, nth, held_by, goes_to, fact, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_NTH = "SELECT number, role, max(nth) FROM intake.hand_over WHERE number = ANY(%s) GROUP BY number, role"
_MARGIN_DAYS = 1


class Order(NamedTuple):
    """Whose cases go to others, and why; to somebody named, or only some of them, where that is decided."""

    staff_id: str
    why: Why
    to: str | None = None
    numbers: tuple[str, ...] | None = None


class Seat(NamedTuple):
    """Who sits in a role of a case, or of a key project (`project`). `ended`: it is over, and served for a
    while yet; or it rests."""

    number: str
    role: str
    region: str
    staff_id: str
    ended: bool
    project: bool = False


class Move(NamedTuple):
    """A seat that changes hands: `id` is that of the fact which says so."""

    id: str
    seat: Seat
    goes_to: str


@dataclass
class Plan:
    """What was decided: seats that changed hands, and those for which nobody is left."""

    moves: list[Move] = field(default_factory=list)
    unplaced: list[Seat] = field(default_factory=list)


async def orders(conn: Connection, policy: Policy, now: datetime) -> list[Order]:
    """Return whose cases go to others because of what the roster says today."""
    day = clock.local_day(now, policy.timezone)
    cursor = await conn.execute(_LEAVING, {"profile": policy.profile, "day": day})
    return [Order(name, "left" if gone else "absent") for name, gone in await cursor.fetchall()]


async def held(conn: Connection, policy: Policy, wanted: Iterable[Order], now: datetime) -> list[Seat]:
    """Return the seats that these orders concern."""
    found: list[Seat] = []
    async with conn.cursor(row_factory=class_row(Seat)) as cursor:
        for order in wanted:
            values = {
                "profile": policy.profile,
                "staff": [order.staff_id],
                "now": now,
                "served": _served_days(policy, clock.local_day(now, policy.timezone)) + _MARGIN_DAYS,
                "numbers": None if order.numbers is None else list(order.numbers),
            }
            await cursor.execute(_SEATS, values)
            found += await cursor.fetchall()
    return found


async def plan(
    conn: Connection, policy: Policy, wanted: Sequence[Order], now: datetime, gone: Collection[str] = ()
) -> Plan:
    """Give the seats of all orders to others, and note what their cases are to be told. Again is harmless.

    Opens a transaction of its own. `gone` are cases whose run is over: nobody answers for them any more.
    """
    async with conn.transaction():
        await seats.lock(conn, policy.profile)
        await conn.execute("DELETE FROM intake.seat WHERE number = ANY(%s)", (list(gone),))
        concerned = await held(conn, policy, wanted, now)
        if not concerned:
            return Plan()
        choice = await _choice(conn, policy, concerned, now, {order.staff_id for order in wanted})
        named = {order.staff_id: order for order in wanted}
        done = Plan()
        for seat in concerned:
            officer = choice.successor(seat, named[seat.staff_id].to)
            if officer is None:
                done.unplaced.append(seat)
                continue
            done.moves.append(await _move(conn, choice, seat, officer, named[seat.staff_id].why))
        await _tell_the_team(conn, policy, done.moves, named, now)
    return done


@dataclass
class _Choice:
    """Who may take over what: today's staff, what each has to do, who is away, who sits where."""

    policy: Policy
    now: datetime
    staff: Team
    load: dict[str, int]
    away: Collection[str]
    sits: dict[str, dict[str, str]]
    nth: dict[tuple[str, str], int]
    _teams: dict[tuple[str, bool], Team] = field(default_factory=dict)

    def successor(self, seat: Seat, named: str | None) -> Officer | None:
        """Who takes over: the one named, if that can be, or who has fewest open cases; nobody who would
        watch over himself or sit twice."""
        others = {staff_id for role, staff_id in self.sits[seat.number].items() if role != seat.role}
        barred = {*self.away, *others, seat.staff_id}
        key = seat.project or self._serves_key_customers(seat)
        lists = staffing.candidates(seat.role, self._team(seat), self.staff, key=key)
        chosen = [[one for one in there if one.staff_id == named] for there in lists] if named else []
        for there in (*chosen, *lists):
            officer = staffing.successor(there, self.load, away=barred)
            if officer is not None:
                return officer
        return None

    def taken(self, seat: Seat, officer: Officer) -> None:
        """Somebody has the seat from here on."""
        self.sits[seat.number][seat.role] = officer.staff_id
        self.nth[seat.number, seat.role] = self.nth.get((seat.number, seat.role), 0) + 1
        if seat.role != PROVINCE:
            self.load[officer.staff_id] = self.load.get(officer.staff_id, 0) + 1

    def event(self, move: Move, officer: Officer, why: Why) -> dict[str, object]:
        """The fact as the platform sends it to itself: under its own source, which no token opens."""
        told = {"role": move.seat.role, "officer": officer, "why": why}
        fact = (
            ProjectHandedOver.model_validate({**told, "before": self._listed(move.seat.staff_id)})
            if move.seat.project
            else CaseHandedOver.model_validate(told)
        )
        return {
            "specversion": "1.0",
            "id": move.id,
            "source": self.policy.source,
            "type": fact.type,
            "subject": move.seat.number,
            "time": write_time(self.now),
            "profile": self.policy.profile,
            "datacontenttype": "application/json",
            "data": fact.model_dump(mode="json", exclude_none=True),
        }

    def _listed(self, staff_id: str) -> Officer | None:
        """Somebody as the tables of today have him; None for who stands in none."""
        everybody = chain.from_iterable(self.staff.values())
        return next((one for one in everybody if one.staff_id == staff_id), None)

    def _team(self, seat: Seat) -> Team:
        key = seat.region, seat.project
        if key not in self._teams:
            whose = project_team.candidates if seat.project else team_of
            self._teams[key] = whose(self.policy, seat.region)
        return self._teams[key]

    def _serves_key_customers(self, seat: Seat) -> bool:
        theirs = (*self.staff.get(KEY_MANAGER, ()), *self.staff.get(KEY_ENGINEER, ()))
        return seat.staff_id in {one.staff_id for one in theirs}


async def _choice(
    conn: Connection, policy: Policy, concerned: Sequence[Seat], now: datetime, leaving: Collection[str]
) -> _Choice:
    day = clock.local_day(now, policy.timezone)
    today = as_of(policy, day)
    staff = seats.today(policy, day)
    numbers = sorted({seat.number for seat in concerned})
    sits: dict[str, dict[str, str]] = {number: {} for number in numbers}
    query = "SELECT number, role, staff_id FROM intake.seat WHERE number = ANY(%s)"
    for number, role, staff_id in await (await conn.execute(query, (numbers,))).fetchall():
        sits[number][role] = staff_id
    everybody = {one.staff_id for officers in staff.values() for one in officers}
    nth = await (await conn.execute(_NTH, (numbers,))).fetchall()
    return _Choice(
        policy=today,
        now=now,
        staff=staff,
        load=await seats.load(conn, policy.profile, everybody),
        away={*await seats.away_on(conn, policy.profile, day), *leaving},
        sits=sits,
        nth={(number, role): count for number, role, count in nth},
    )


async def _move(conn: Connection, choice: _Choice, seat: Seat, officer: Officer, why: Why) -> Move:
    choice.taken(seat, officer)
    policy, now, nth = choice.policy, choice.now, choice.nth[seat.number, seat.role]
    move = Move(f"handed-over:{seat.number}:{seat.role}:{nth}", seat, officer.staff_id)
    await conn.execute(_MOVE, (officer.staff_id, seat.number, seat.role, seat.staff_id))
    await conn.execute(
        _NOTE,
        (
            move.id,
            policy.profile,
            seat.number,
            seat.role,
            nth,
            seat.staff_id,
            officer.staff_id,
            Jsonb(choice.event(move, officer, why)),
            now,
        ),
    )
    return move


async def _tell_the_team(
    conn: Connection, policy: Policy, moves: Sequence[Move], named: Mapping[str, Order], now: datetime
) -> None:
    """Say in the stream of each who gave seats away to whom they went."""
    for staff_id in sorted({move.seat.staff_id for move in moves}):
        to = Counter(move.goes_to for move in moves if move.seat.staff_id == staff_id)
        said = CasesHandedOver(
            staff_id=staff_id,
            why=named[staff_id].why,
            cases=to.total(),
            to=tuple(Share(staff_id=name, cases=count) for name, count in sorted(to.items())),
        )
        await roster.write(conn, Change(policy, staff_id, now), said)


def _served_days(policy: Policy, day: date) -> int:
    return max((row.value for row in as_of(policy, day).periods if row.id == AFTER_SERVICE), default=0)
