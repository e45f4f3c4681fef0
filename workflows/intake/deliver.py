"""Delivery: from the inbox to the cases. In order within a subject, many subjects at once, safe to repeat."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID, uuid4

import psycopg
from psycopg_pool import PoolTimeout

from activities.outcomes import Pool, finish
from events.errors import MingdianError
from events.tracing import linked_span
from workflows.intake import leases, linking, personnel, project_seats, projects, seats
from workflows.intake.backoff import Backoff, wait_for
from workflows.intake.desk import Desk
from workflows.intake.engine import CASE_CLOSED, Engine, EngineAwayError, Start, UndeliverableError
from workflows.intake.health import Health
from workflows.intake.leases import Claim, Pending
from workflows.intake.linking import Closed
from workflows.intake.numbers import ROSTER
from workflows.intake.receive import again_after_a_meeting
from workflows.messages import FactMessage, FactOutcome
from workflows.opening import is_cancelled_at_once
from workflows.policy.model import Policy
from workflows.project_messages import ProjectOutcome, ProjectStart

IDLE_SECONDS = 0.3
TURN = 20
"""Facts of one subject that are delivered before others get its place; the rest queues behind them."""

_EARLY = 1000
_MOST_PAUSE = 5.0
_NOT_BLOCKING = frozenset({CASE_CLOSED, "no_case"})
"""Deaths that leave nothing to wait for: there is no case, or it is over."""

_log = logging.getLogger(__name__)


@dataclass
class Deliverer:
    """One deliverer. `parallel` subjects at once; `wake` is set when there is something new."""

    pool: Pool
    desk: Desk
    engine: Engine
    health: Health
    wake: asyncio.Event
    parallel: int = 16
    _lease: UUID = field(default_factory=uuid4)
    _troubled: int = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop`, then finish what is under way."""
        backoff = Backoff()
        busy: set[asyncio.Task[None]] = set()
        while not stop.is_set():
            self.wake.clear()
            try:
                async with self.pool.connection() as conn:
                    claims = await leases.claim(
                        conn, self._lease, self.parallel - len(busy), self._room_for_troubled
                    )
                backoff.reset()
            except (psycopg.Error, PoolTimeout):
                self.health.say("deliver", False, "database away")
                await backoff.wait(stop)
                continue
            for found in claims:
                task = asyncio.create_task(self._deliver(found))
                busy.add(task)
                task.add_done_callback(busy.discard)
            await self._pause(busy, stop)
        if busy:
            await asyncio.wait(busy)

    async def _pause(self, busy: set[asyncio.Task[None]], stop: asyncio.Event) -> None:
        """Until there is a place free and perhaps something to put in it."""
        if len(busy) >= self.parallel:
            await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED, timeout=1)
        elif not stop.is_set():
            await wait_for(self.wake, IDLE_SECONDS)

    @property
    def _room_for_troubled(self) -> int:
        """Subjects in trouble get half of the places at most, however long each of them takes to fail."""
        return max(0, (self.parallel + 1) // 2 - self._troubled)

    async def _deliver(self, found: Claim) -> None:
        again_in: float | None = None
        self._troubled += found.attempts > 0
        try:
            await self._facts(found)
            self.health.say("deliver", True, "delivers")
        except EngineAwayError:
            self.health.say("deliver", False, "engine away")
            again_in = _pause(found.attempts)
        except (psycopg.Error, PoolTimeout):
            self.health.say("deliver", False, "database away")
            again_in = _pause(found.attempts)
        except Exception:
            # A fault of ours, not of the fact: keep it, say so loudly, and let the other subjects go on.
            _log.exception("delivery failed", extra={"number": found.number})
            self.health.say("deliver", False, "fails, see the log")
            again_in = _pause(found.attempts)
        finally:
            self._troubled -= found.attempts > 0
        # Should this fail too, the lease runs out and the subject is taken up again.
        with contextlib.suppress(psycopg.Error, PoolTimeout):
            async with self.pool.connection() as conn:
                await leases.release(
                    conn, self._lease, found.number, early_wait=self._early_wait, again_in=again_in
                )

    async def _facts(self, found: Claim) -> None:
        """One turn: what the subject has to deliver, but no more than others can wait for."""
        if found.stream == ROSTER:
            await self._personnel(found)
            return
        async with self.pool.connection() as conn:
            opening = None if found.begun else await leases.opening(conn, found.number)
            waiting = await leases.pending(conn, found.number, TURN if found.begun else _EARLY)
        if not found.begun:
            if opening is None:
                await self._without_case(found, waiting)
                return
            # What came before its case began follows right after it, in the order of arrival.
            waiting = [item for item in waiting if item.fact.update_id != opening.fact.update_id][:TURN]
            if not await self._begin(found, opening.fact):
                return
        loop = asyncio.get_running_loop()
        renewed = loop.time()
        for item in waiting:
            if loop.time() - renewed > leases.LEASE_SECONDS / 3:
                async with self.pool.connection() as conn:
                    if not await leases.renew(conn, self._lease, found.number):
                        return
                renewed = loop.time()
            if not await self._apply(found, item.fact):
                return  # what comes after may have to wait now: the next turn looks anew

    async def _personnel(self, found: Claim) -> None:
        """What is told of a member of staff: nobody has a run, the roster alone hears it."""
        policy = self.desk.policies.get(found.profile)
        async with self.pool.connection() as conn:
            waiting = await leases.pending(conn, found.number, TURN)
        for item in waiting:
            async with self.pool.connection() as conn:
                await personnel.hear(conn, policy, item.fact, self.desk.clock())

    async def _begin(self, found: Claim, fact: FactMessage) -> bool:
        """Start the case; False when it can't be."""
        try:
            async with self.pool.connection() as conn:
                about = await linking.about(conn, found.number)
                project = await projects.named_by(conn, found.profile, fact)
                amiss = await projects.amiss(conn, found.profile, fact)
            with linked_span("begin", [fact.traceparent]):
                await self.engine.begin(found.number, found.profile, fact, about, self._seat, project=project)
        except EngineAwayError:
            raise
        except MingdianError as error:
            async with self.pool.connection() as conn:
                await seats.vacate(conn, found.number)
            await self._finish(fact, "dead", error.code, error.sentence)
            return False
        async with self.pool.connection() as conn:
            await leases.begun(conn, found.number)
            if is_cancelled_at_once(fact):
                await project_seats.rest(conn, found.number, rests=True)
            code = projects.UNKNOWN_PROJECT if amiss else None
            await finish(
                conn, source=fact.source, id=fact.id, n=fact.n, outcome="applied", code=code, sentence=amiss
            )
        return True

    async def _seat(self, policy: Policy, start: Start) -> Start:
        async with self.pool.connection() as conn:
            if isinstance(start, ProjectStart):
                return await project_seats.seat(conn, policy, start, self.desk.clock())
            return await seats.seat(conn, policy, start, self.desk.clock())

    async def _apply(self, found: Claim, fact: FactMessage) -> bool:
        """Hand a fact to its case, or to the one that is linked to it; False when it died."""
        if await self._follow(found, fact, may_open=False):
            return True
        if projects.joins(fact):
            async with self.pool.connection() as conn:
                refusal = await projects.lost(conn, found.profile, fact)
            if refusal is not None:
                await self._tell(fact, refusal)
                return True
        try:
            with linked_span("deliver", [fact.traceparent]):
                told = await self.engine.apply(found.number, fact)
        except UndeliverableError as error:
            told = FactOutcome(fate="impossible", code=error.code, sentence=error.sentence)
            if error.code != CASE_CLOSED:
                await self._finish(fact, "dead", error.code, error.sentence)
                return False
        if isinstance(told, ProjectOutcome):
            async with self.pool.connection() as conn:
                await project_seats.rest(conn, found.number, rests=told.rests)
        if told.code != CASE_CLOSED:
            await self._tell(fact, told)
            return True
        if await self._follow(found, fact, may_open=True):
            return True
        # The same whether the run is gone or still about to go.
        await self._finish(fact, "dead", CASE_CLOSED, told.sentence)
        return False

    async def _follow(self, found: Claim, fact: FactMessage, *, may_open: bool) -> bool:
        """Whether the fact is done with here: it belongs to the linked case of its dispute now, or can't."""
        if not linking.speaks_of_dispute(fact):
            return False
        closed = Closed(found.number, found.profile, fact)

        async def work() -> bool:
            async with self.pool.connection() as conn, conn.transaction():
                return await linking.follow(conn, self.desk, closed, may_open=may_open)

        try:
            moved = await again_after_a_meeting(work)
        except MingdianError as error:
            await self._finish(fact, "refused", error.code, error.sentence)
            return True
        if moved:
            self.wake.set()
        return moved

    async def _tell(self, fact: FactMessage, told: FactOutcome) -> None:
        if told.fate == "held":
            async with self.pool.connection() as conn:
                await leases.held(conn, fact)
        elif told.fate == "applied":
            await self._finish(fact, "applied")
        else:
            code = told.code or "impossible"
            await self._finish(fact, "refused", code, told.sentence or "The case can't take this fact.")

    async def _without_case(self, found: Claim, waiting: list[Pending]) -> None:
        """No opening fact yet: wait for it, and after `early_wait` without any arrival give up."""
        if not waiting:
            return
        last = max(item.received_at for item in waiting)
        async with self.pool.connection() as conn:
            await leases.wait_for_opening(conn, found.number)
            given_up = await leases.waited_out(conn, last, self._early_wait)
        if given_up:
            for item in waiting:
                sentence = "No application of this reference came in time. Send it, then replay this fact."
                await self._finish(item.fact, "dead", "no_case", sentence)

    async def _finish(
        self,
        fact: FactMessage,
        outcome: Literal["applied", "refused", "dead"],
        code: str | None = None,
        sentence: str | None = None,
    ) -> None:
        async with self.pool.connection() as conn:
            await finish(
                conn,
                source=fact.source,
                id=fact.id,
                n=fact.n,
                outcome=outcome,
                code=code,
                sentence=sentence,
                blocks=outcome == "dead" and code not in _NOT_BLOCKING,
            )

    @property
    def _early_wait(self) -> float:
        return self.engine.early_wait.total_seconds()


def _pause(attempts: int) -> float:
    """Seconds until a subject is tried again after so many failures in a row."""
    return float(min(_MOST_PAUSE, 0.2 * 2 ** min(attempts, 10)))
