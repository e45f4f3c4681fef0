"""Facts that arrive at the very moment at which a run closes: each is answered, and what was applied is told.

A run drains its queue, waits for its handlers, looks again, and only then closes; whoever comes later learns
that the case is closed. Nothing lies between the two.
"""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from temporalio.client import WorkflowHandle

from deploy.profiles.loader import load_profiles
from deploy.settings import Settings
from events.catalogue.connection_facts import ApplicationSubmitted, CustomerVisited, Withdrawn
from tests.integration.auditing import QUEUE, working
from tests.integration.upstreams import one_chain, records_of
from tests.unit.workflows.telling import HOUSEHOLD, Story
from workflows.intake.engine import Engine, UndeliverableError
from workflows.messages import CaseResult, FactMessage

CASES = 16
SALVOES = 10
AT_ONCE = 3
APART = 0.02
GRACE = 0.3
SOONER = 0.1
NEAR = 0.4
"""Seconds within which a run closes once it may: it asks the inbox first, and says its last word."""


class Closing:
    """A case that is about to close, and the facts fired at it."""

    def __init__(self, engine: Engine, place: int) -> None:
        self.engine, self.number = engine, f"HN-2026-73{place:04d}"
        self.random = Random(place)  # noqa: S311 - the same moments every time
        self.first = NEAR * place / CASES - SOONER
        self.answers: dict[str, str] = {}
        began = datetime.now(UTC) - timedelta(days=3)
        self.story = Story().tell_at(began, ApplicationSubmitted, **HOUSEHOLD)
        self.story.tell_at(began + timedelta(days=1), Withdrawn)
        for _ in range(SALVOES * AT_ONCE + 1):
            self.story.tell_at(began + timedelta(hours=1), CustomerVisited, office="Haikou")

    async def go(self) -> CaseResult:
        """Begin, withdraw, and fire around every moment at which the run may close, until it has."""
        _, withdrawal, *visits = self.story.told
        name, start = self.story.start(seconds=GRACE)
        handle: WorkflowHandle[Any, CaseResult] = await self.engine.client.start_workflow(
            name,
            start.model_copy(update={"number": self.number}),
            id=self.number,
            task_queue=QUEUE,
            result_type=CaseResult,
        )
        assert (await self.engine.apply(self.number, withdrawal)).fate == "applied"
        for salvo in range(SALVOES):
            await asyncio.sleep(GRACE + (self.random.uniform(0, NEAR) if salvo else self.first))
            fired = visits[salvo * AT_ONCE : (salvo + 1) * AT_ONCE]
            await asyncio.gather(*(self._fire(fact, APART * place) for place, fact in enumerate(fired)))
            if "case_closed" in self.answers.values():
                break
        result = await asyncio.wait_for(handle.result(), 60)
        await self._fire(visits[-1], 0)
        return result

    async def _fire(self, visit: FactMessage, after: float) -> None:
        await asyncio.sleep(after)
        try:
            fate = await self.engine.apply(self.number, visit)
            self.answers[visit.id] = fate.code or fate.fate
        except UndeliverableError as error:
            self.answers[visit.id] = error.code


async def test_at_the_moment_of_closing_every_fact_is_answered_and_what_was_applied_is_told(
    settings: Settings,
) -> None:
    async with working(settings) as client:
        wait = timedelta(seconds=GRACE)
        engine = Engine(client, load_profiles(settings.profiles), wait, wait)
        cases = [Closing(engine, place) for place in range(CASES)]
        ended = await asyncio.gather(*(one.go() for one in cases))
    answered: Counter[str] = Counter()
    for case, result in zip(cases, ended, strict=True):
        answered.update(case.answers.values())
        events = one_chain(await records_of(settings, case.number))
        assert events[-1]["type"].split(".")[-2] == "case_closed"
        assert (result.sequence, result.hash) == (len(events), events[-1]["hash"])
        told = {one["causationid"].split("|")[1] for one in events if ".visit_counted." in one["type"]}
        assert told == {id_ for id_, answer in case.answers.items() if answer == "applied"}
    assert answered.keys() == {"applied", "case_closed"}, answered
