"""What every lifecycle does beneath its process: take facts, keep its stream, run its timers, close.

A lifecycle subclasses `CaseRun`, writes `process`, and calls `carry`. All state stands in one `CaseState`.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.outcomes import OutcomeRecord
    from events.catalogue import connection_facts as facts
    from events.catalogue.base import Fact
    from events.catalogue.connection_events import CaseClosed
    from events.catalogue.registry import FACT_MODELS
    from workflows import outbound
    from workflows.case import Case
    from workflows.messages import APPLY_FACT, CaseResult, CaseStart, FactMessage, FactOutcome
    from workflows.script import Reading, Script, read
    from workflows.searchable import DUE, KIND, PROFILE, REGION, STEP
    from workflows.state import APPLIED, CaseState, Held, impossible
    from workflows.timetable import Timetable

_AT_ANY_TIME = (facts.Paused, facts.Resumed, facts.CustomerVisited, facts.Withdrawn)


class CaseRun:
    """The run of one case. Facts come as updates and are answered at once with their fate."""

    step_facts: ClassVar[Mapping[str, tuple[type[Fact], ...]]]
    """Which facts each step of the lifecycle can take; all others are impossible."""

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        self.start = start
        now = workflow.now()
        self.state = CaseState(facts=[start.fact], as_of=start.fact.time, last_arrival=now)
        self.state.outcomes[start.fact.update_id] = APPLIED
        self._noted: tuple[str, datetime | None] | None = None
        self._accept(self._read(self.state.facts)[0])

    def process(self, case: Case) -> Script[None]:
        """The lifecycle itself; each subclass writes its own."""
        raise TypeError("a lifecycle without a process")

    # ---- facts come in

    @workflow.update(name=APPLY_FACT)
    def apply_fact(self, fact: FactMessage) -> FactOutcome:
        """Take one fact: `applied`, `held` until its state comes, or `impossible`. The same update id is
        answered the same."""
        known = self.state.outcomes.get(fact.update_id)
        if known is not None:
            return known
        outcome = self._fate(fact)
        self.state.outcomes[fact.update_id] = outcome
        return outcome

    def _fate(self, fact: FactMessage) -> FactOutcome:
        state = self.state
        if not issubclass(FACT_MODELS[fact.type], self._takes()):
            return impossible("not_in_this_process")
        if state.closing:
            return impossible("case_closed")
        if self.case.ended_at is not None and fact.time > self.case.ended_at:
            return impossible("case_ended")
        state.last_arrival = workflow.now()
        state.arrivals += 1
        state.held.append(Held(fact, workflow.now()))
        self._settle()
        if any(held.fact.update_id == fact.update_id for held in state.held):
            return FactOutcome(fate="held", code="early")
        return APPLIED

    def _takes(self) -> tuple[type[Fact], ...]:
        ours = (kind for step in self.start.policy.steps for kind in self.step_facts[step.code])
        return (*ours, *_AT_ANY_TIME)

    def _settle(self) -> None:
        """Read all facts anew with what is held. What now has its place is applied, provided that nothing
        applied before loses its own: a decision made by a later-dated fact stands until every fact finds a
        place."""
        state = self.state
        case, reading = self._read([*state.facts, *(held.fact for held in state.held)])
        applied = {fact.update_id for fact in reading.applied}
        if not all(fact.update_id in applied for fact in state.facts):
            return
        for held in [held for held in state.held if held.fact.update_id in applied]:
            state.held.remove(held)
            if state.outcomes.get(held.fact.update_id) is not None:
                self._finally(held.fact, APPLIED)
        state.facts = reading.applied
        self._accept(case)

    def _read(self, told: list[FactMessage]) -> tuple[Case, Reading]:
        case = Case(self.start)
        reading = read(self.process(case), case, told, self.state.as_of)
        return case, reading

    def _accept(self, case: Case) -> None:
        self.case = case
        self.state.compare(case.said, workflow.now())

    def _finally(self, fact: FactMessage, outcome: FactOutcome) -> None:
        """A fact that was held has its final outcome: remember it, and tell the inbox."""
        self.state.outcomes[fact.update_id] = outcome
        self.state.reports.append(
            OutcomeRecord(
                source=fact.source,
                id=fact.id,
                n=fact.n,
                number=self.start.number,
                fate="applied" if outcome.fate == "applied" else "impossible",
                code=outcome.code,
                sentence=outcome.sentence,
            )
        )

    # ---- time passes

    async def carry(self) -> CaseResult:
        """Run the case to its end: timers and publishing beside each other, then close."""
        publishing = asyncio.create_task(outbound.publish(self.state, self.start))
        reporting = asyncio.create_task(outbound.report(self.state))
        while not self.state.closing:
            self._note_search_attributes()
            await self._wait_for_the_next_moment()
        await workflow.wait_condition(lambda: self.state.quiet and workflow.all_handlers_finished())
        self.state.done = True
        await asyncio.gather(publishing, reporting)
        assert self.case.ending is not None
        head = self.state.head
        return CaseResult(
            number=self.start.number, ending=self.case.ending, sequence=head.sequence, hash=head.hash
        )

    async def _wait_for_the_next_moment(self) -> None:
        """Sleep until silence means something, or a fact comes; then do what the moment asks."""
        timetable = Timetable(self.start, self.state, self.case)
        moment = timetable.next
        arrivals = self.state.arrivals
        timeout = None if moment is None else max(moment - workflow.now(), timedelta(0))
        try:
            await workflow.wait_condition(lambda: self.state.arrivals != arrivals, timeout=timeout)
            return
        except TimeoutError:
            now = workflow.now()
        if timetable.is_past(timetable.judging, now):
            self.state.as_of = now
            self._accept(self._read(self.state.facts)[0])
        if timetable.is_past(timetable.parking, now):
            self._park()
        if timetable.is_past(timetable.closing, now):
            await self._close(arrivals)

    def _park(self) -> None:
        """What was held, and never found its place, is given back with its reason."""
        for held in self.state.held:
            self._finally(held.fact, impossible("never_possible"))
        self.state.held.clear()

    async def _close(self, arrivals: int) -> None:
        """Close only when nothing is left to say, and after having looked again: a fact may have come
        meanwhile."""
        await workflow.wait_condition(lambda: self.state.quiet and workflow.all_handlers_finished())
        if self.state.arrivals != arrivals or self.state.held or self.case.ending is None:
            return
        self.state.closing = True
        self.state.say(CaseClosed(ending=self.case.ending), workflow.now())

    def _note_search_attributes(self) -> None:
        """Keep Temporal's own lists useful: profile, region, kind, step and due date, nothing personal."""
        traits = self.case.traits
        assert traits is not None
        noted = (self.case.step.rule.code, self.case.due)
        if noted == self._noted:
            return
        self._noted = noted
        workflow.upsert_search_attributes(
            [
                PROFILE.value_set(self.start.profile),
                REGION.value_set(traits.region),
                KIND.value_set(traits.connection_kind.value),
                STEP.value_set(self.case.ending or noted[0]),
                DUE.value_set(noted[1]) if noted[1] else DUE.value_unset(),
            ]
        )
