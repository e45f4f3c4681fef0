"""Looks after the seats: whoever is away or gone hands over on the day it begins, and the cases are told."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import orjson

from activities.outcomes import Connection, Pool
from events.producer import Outgoing, Producer
from events.topics import INBOUND
from workflows.intake import handover, project_seats, seats
from workflows.intake.engine import EngineAwayError
from workflows.intake.handover import Order, Plan
from workflows.policy.model import CaseSlice, Policy
from workflows.project_messages import Standing

LOOK_SECONDS = 2.0
"""How often the roster is looked at."""

_BATCH = 500
_AT_ONCE = 16
_SENDER_LOCK = 0x6D64_0003
_UNSENT = """
SELECT id, number, fact FROM intake.hand_over WHERE sent_at IS NULL ORDER BY at, id LIMIT %s
"""


class Runs(Protocol):
    """Tells whether the run of a case or project is still there. Raises `EngineAwayError`."""

    async def runs(self, number: str) -> bool:
        """True while it runs."""

    async def policy(self, number: str) -> CaseSlice | None:
        """What a case lives by; None when it is gone."""

    async def standing(self, number: str) -> Standing | None:
        """How a project stands; None when it is gone."""


_log = logging.getLogger(__name__)


@dataclass
class Succession:
    """One of these works in each intake; the database sees to it that they don't do the same twice."""

    pool: Pool
    producer: Producer
    policies: Mapping[str, Policy]
    engine: Runs
    clock: Callable[[], datetime]
    _looked: float = field(default=-LOOK_SECONDS)
    _silent: set[str] = field(default_factory=set)
    _unplaced: dict[str, frozenset[str]] = field(default_factory=dict)

    async def step(self) -> int:
        """Hand over what is due, and send what was not sent; returns how many facts were sent."""
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            for policy in self.policies.values():
                await self._look(policy)
            self._looked = time.monotonic()
        async with self.pool.connection() as conn:
            return await carry(conn, self.producer)

    async def _look(self, policy: Policy) -> None:
        async with self.pool.connection() as conn:
            await self._adopt(conn, policy)
            now = self.clock()
            wanted = await handover.orders(conn, policy, now)
            if wanted:
                plan = await hand_over(conn, policy, wanted, self.engine, now)
                self._tell_of(policy.profile, plan)

    def _tell_of(self, profile: str, plan: Plan) -> None:
        """Say once, loudly, for which cases nobody is left."""
        left = frozenset(seat.number for seat in plan.unplaced)
        if left and left != self._unplaced.get(profile):
            _log.warning("nobody is there to take over", extra={"profile": profile, "cases": len(left)})
        self._unplaced[profile] = left

    async def _adopt(self, conn: Connection, policy: Policy) -> None:
        """Learn who sits in cases that nobody has noted, a few at a time; a run that gives no answer is not
        asked again by this process."""
        found = await seats.unseated(conn, policy.profile, _AT_ONCE + len(self._silent))
        for number, is_project in found:
            if number in self._silent:
                continue
            try:
                if is_project:
                    await project_seats.adopt(conn, number, await self.engine.standing(number))
                else:
                    await seats.adopt(conn, number, await self.engine.policy(number))
            except EngineAwayError:
                self._silent.add(number)
                return


async def hand_over(
    conn: Connection, policy: Policy, wanted: list[Order], engine: Runs, now: datetime
) -> Plan:
    """Carry out orders: all seats that they concern get others. What is to be told is sent by `carry`.

    While Temporal is away nothing is decided: whether a case that is over still runs, only it knows.
    """
    concerned = await handover.held(conn, policy, wanted, now)
    if not concerned:
        return Plan()
    over = sorted({seat.number for seat in concerned if seat.ended})
    room = asyncio.Semaphore(_AT_ONCE)

    async def runs(number: str) -> bool:
        async with room:
            return await engine.runs(number)

    try:
        found = await asyncio.gather(*(runs(number) for number in over))
    except EngineAwayError:
        return Plan()
    gone = [number for number, running in zip(over, found, strict=True) if not running]
    return await handover.plan(conn, policy, wanted, now, gone)


async def carry(conn: Connection, producer: Producer) -> int:
    """Send the facts of hand-overs that were not sent, in order; returns how many. A crash between sending
    and marking sends the same once more: the inbox knows them by their ids."""
    async with conn.transaction():
        cursor = await conn.execute("SELECT pg_try_advisory_xact_lock(%s)", (_SENDER_LOCK,))
        row = await cursor.fetchone()
        if not row or not row[0]:
            return 0
        rows = await (await conn.execute(_UNSENT, (_BATCH,))).fetchall()
        if rows:
            records = [Outgoing(INBOUND, number, orjson.dumps(fact)) for _, number, fact in rows]
            await asyncio.to_thread(producer.publish_all, records)
            await conn.execute(
                "UPDATE intake.hand_over SET sent_at = now() WHERE id = ANY(%s)", ([row[0] for row in rows],)
            )
    return len(rows)
