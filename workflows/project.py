"""`KeyProject` (重点项目): a project from the first that anybody hears of it to its electricity, for years.

What it hears and says is decided in its file (`workflows/project_file.py`); here are its clock, what leaves
it, and that after some hundred facts it goes on as a new run, so that no history grows for ever.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.messages import WAIT_FOR_QUIET, InternalFact, QuietRequest
    from events.envelope import Head
    from events.topics import PROJECT
    from workflows import outbound
    from workflows.case import Said
    from workflows.messages import APPLY_FACT, FactMessage
    from workflows.project_file import ProjectFile
    from workflows.project_messages import (
        KEY_PROJECT,
        STANDING,
        ProjectOutcome,
        ProjectResult,
        ProjectStart,
        Standing,
    )
    from workflows.searchable import PROFILE, REGION, STEP
    from workflows.state import Spoken

_BREATH = timedelta(seconds=1)
"""How long nobody must have spoken before a new run begins: the server takes no end of a run while facts keep
coming in at once, and lets all of them wait. One after the other they leave it room: past twice the number of
facts no pause is waited for."""

_ASK_AGAIN = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))


@dataclass
class Leaving:
    """What is about to leave the run; the lists are those of the project's file."""

    queue: list[Said]
    letters: list[InternalFact]
    head: Head
    policy_version: str
    spoken: dict[str, Spoken] = field(default_factory=dict)
    in_flight: int = 0
    done: bool = False

    @property
    def empty(self) -> bool:
        """Whether everything is out."""
        return not self.queue and not self.in_flight and not self.letters


@workflow.defn(name=KEY_PROJECT)
class KeyProject:
    """One project."""

    @workflow.init
    def __init__(self, start: ProjectStart) -> None:
        self.start = start
        self.file = ProjectFile(start, workflow.now())
        self.leaving = Leaving(
            queue=self.file.queue,
            letters=self.file.letters,
            head=self.file.state.head,
            policy_version=self.file.policy.policy_version,
        )
        self._noted: str | None = None

    @workflow.update(name=APPLY_FACT)
    def apply_fact(self, fact: FactMessage) -> ProjectOutcome:
        """Take one fact and answer its fate at once."""
        told = self.file.take(fact, workflow.now())
        self.leaving.policy_version = self.file.policy.policy_version
        return ProjectOutcome(**dict(told), rests=self.file.rests)

    @workflow.query(name=STANDING)
    def standing(self) -> Standing:
        """Return how the project stands, for whoever hands it over or changes its tables."""
        file = self.file
        return Standing(policy=file.policy, rests=file.rests, closed=file.state.closing)

    @workflow.run
    async def run(self, start: ProjectStart) -> ProjectResult:
        """Carry a project on, to its end or to the next run."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(outbound.publish(self.leaving, self.start, PROJECT))
            tasks.create_task(outbound.forward(self.leaving, self.start))
            while not self.file.state.closing and not self._may_go_on_anew:
                self._note_search_attributes()
                await self._wait_for_the_next_moment()
            # Everything is out and nobody is being answered, at the moment of the last look: what comes after
            # it is answered by the next run, or learns that the project is closed.
            await workflow.wait_condition(lambda: self.leaving.empty and workflow.all_handlers_finished())
            self.leaving.done = True
        self.file.state.head = self.leaving.head
        if not self.file.state.closing:
            workflow.continue_as_new(start.model_copy(update={"state": self.file.handed_over()}))
        assert self.file.ending is not None
        head = self.leaving.head
        return ProjectResult(
            number=start.number, ending=self.file.ending, sequence=head.sequence, hash=head.hash
        )

    @property
    def _may_go_on_anew(self) -> bool:
        after = self._goes_on_after
        return (
            after is not None
            and (workflow.now() >= after or self.file.arrivals >= 2 * self.start.facts_per_run)
            and self.leaving.empty
            and workflow.all_handlers_finished()
        )

    @property
    def _goes_on_after(self) -> datetime | None:
        """From when on a new run may begin; None while this one is short."""
        last = self.file.state.last_arrival
        if last is None or self.file.arrivals < self.start.facts_per_run:
            return None
        return last + _BREATH

    async def _wait_for_the_next_moment(self) -> None:
        """Sleep until the light may turn or the project may close, a fact comes, or a new run is due."""
        file, arrivals, now = self.file, self.file.arrivals, workflow.now()
        looks, closes = file.next_look(now), file.closes_at
        after = self._goes_on_after
        moments = (looks, closes, after if after is not None and after > now else None)
        moment = min((one for one in moments if one is not None), default=None)
        timeout = None if moment is None else max(moment - now, timedelta(0))
        try:
            await workflow.wait_condition(
                lambda: file.arrivals != arrivals or self._may_go_on_anew, timeout=timeout
            )
            return
        except TimeoutError:
            now = workflow.now()
        if looks is not None and now >= looks:
            file.look(now)
        if closes is not None and now >= closes and await self._nothing_on_its_way(arrivals):
            file.close(workflow.now())

    async def _nothing_on_its_way(self, arrivals: int) -> bool:
        """Ask the inbox whether quiet is quiet, as a case does before it closes. False when a fact comes."""
        quiet = workflow.start_activity(
            WAIT_FOR_QUIET,
            QuietRequest(number=self.start.number, until=workflow.now()),
            start_to_close_timeout=timedelta(seconds=60),
            retry_policy=_ASK_AGAIN,
        )
        await workflow.wait_condition(
            lambda: self.file.arrivals != arrivals or (quiet.done() and self.leaving.empty)
        )
        if self.file.arrivals != arrivals:
            quiet.cancel()
            await asyncio.gather(quiet, return_exceptions=True)
            return False
        await quiet
        return True

    def _note_search_attributes(self) -> None:
        """For Temporal's own lists: profile, region and how far the project is."""
        stage = self.file.ending or self.file.state.spoken.stage or "lead"
        if stage == self._noted:
            return
        self._noted = stage
        workflow.upsert_search_attributes(
            [
                PROFILE.value_set(self.start.profile),
                REGION.value_set(self.start.policy.region),
                STEP.value_set(stage),
            ]
        )
