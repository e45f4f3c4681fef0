"""What every lifecycle does in Temporal beneath its process: takes facts as updates, publishes, keeps its
timers, closes.

A lifecycle subclasses `CaseRun`, writes `process`, and calls `carry`.
"""

import asyncio
from datetime import datetime, timedelta
from typing import ClassVar

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.messages import WAIT_FOR_QUIET, QuietRequest
    from workflows import outbound
    from workflows.case import Case
    from workflows.case_projects import Telling
    from workflows.casefile import CaseFile, StepFacts
    from workflows.messages import APPLY_FACT, POLICY, CaseResult, CaseStart, FactMessage, FactOutcome
    from workflows.policy.model import CaseSlice
    from workflows.script import Script
    from workflows.searchable import DUE, KIND, PROFILE, REGION, STEP
    from workflows.timetable import Timetable


class CaseRun:
    """The run of one case."""

    step_facts: ClassVar[StepFacts]
    """Which facts each step of the lifecycle can take; all others are impossible."""

    @workflow.init
    def __init__(self, start: CaseStart) -> None:
        self.start = start
        self.file = CaseFile(start, self.process, self.step_facts, workflow.now())
        self._noted: tuple[str, datetime | None] | None = None
        self._telling = Telling(start)

    def process(self, case: Case) -> Script[None]:
        """The lifecycle itself; each subclass writes its own."""
        raise TypeError("a lifecycle without a process")

    @workflow.query(name=POLICY)
    def policy(self) -> CaseSlice:
        """The policy that the case lives by now."""
        return self.file.case.policy

    @workflow.update(name=APPLY_FACT)
    def apply_fact(self, fact: FactMessage) -> FactOutcome:
        """Take one fact and answer its fate at once; no handler waits for another fact."""
        return self.file.take(fact, workflow.now())

    async def carry(self) -> CaseResult:
        """Run the case to its end: timers and publishing beside each other, then close."""
        state = self.file.state
        # A group, because a task that dies alone would leave a run that looks well and says nothing more.
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(outbound.publish(state, self.start))
            tasks.create_task(outbound.report(state))
            tasks.create_task(outbound.forward(self._telling, self.start))
            while not state.closing:
                self._telling.look(self.file.case)
                self._note_search_attributes()
                await self._wait_for_the_next_moment()
            await workflow.wait_condition(
                lambda: state.quiet and not self._telling.letters and workflow.all_handlers_finished()
            )
            state.done = self._telling.done = True
        ending = self.file.case.ending
        assert ending is not None
        return CaseResult(
            number=self.start.number, ending=ending, sequence=state.head.sequence, hash=state.head.hash
        )

    async def _wait_for_the_next_moment(self) -> None:
        """Sleep until silence means something, or a fact comes; then do what the moment asks."""
        file = self.file
        timetable = Timetable(self.start, file.state, file.case)
        moment = timetable.next
        arrivals = file.state.arrivals
        timeout = None if moment is None else max(moment - workflow.now(), timedelta(0))
        try:
            await workflow.wait_condition(lambda: file.state.arrivals != arrivals, timeout=timeout)
            return
        except TimeoutError:
            now = workflow.now()
        if timetable.is_past(timetable.judging, now) and not timetable.judging_needs_quiet:
            file.judge(now)
        elif await self._nothing_on_its_way(arrivals):
            self._take_silence_for_an_answer(timetable, now)

    def _take_silence_for_an_answer(self, timetable: Timetable, now: datetime) -> None:
        """Judge a due date that was past from the start, give back what is held, close: whatever `now`
        asks."""
        if timetable.is_past(timetable.judging, now):
            self.file.judge(now)
        if timetable.is_past(timetable.parking, now):
            self.file.park()
        if timetable.is_past(timetable.closing, now):
            self.file.close(now)

    async def _nothing_on_its_way(self, arrivals: int) -> bool:
        """Ask the inbox whether quiet is quiet: intake may have been away, with facts of this case in hand.
        False as soon as a fact comes. Everything said is published by then too, so a run can close on
        it."""
        state = self.file.state
        quiet = workflow.start_activity(
            WAIT_FOR_QUIET,
            QuietRequest(number=self.start.number, until=workflow.now()),
            start_to_close_timeout=timedelta(seconds=60),
            retry_policy=RetryPolicy(
                initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
            ),
        )
        await workflow.wait_condition(lambda: state.arrivals != arrivals or (quiet.done() and state.quiet))
        if state.arrivals != arrivals:
            quiet.cancel()
            await asyncio.gather(quiet, return_exceptions=True)
            return False
        await quiet
        return True

    def _note_search_attributes(self) -> None:
        """Keep Temporal's own lists useful: profile, region, kind, step and due date, nothing personal."""
        case = self.file.case
        noted = (case.ending or case.step.rule.code, case.due)
        if noted == self._noted:
            return
        self._noted = noted
        step, due = noted
        workflow.upsert_search_attributes(
            [
                PROFILE.value_set(self.start.profile),
                REGION.value_set(self.start.policy.region),
                KIND.value_set(self.start.policy.kind.value),
                STEP.value_set(step),
                DUE.value_set(due) if due else DUE.value_unset(),
            ]
        )
