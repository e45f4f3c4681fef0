"""What Temporal refuses for good becomes a dead letter that a person can replay: each refusal a real one."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from unittest.mock import patch

import pytest
from temporalio import workflow
from temporalio.exceptions import ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner

from deploy.processes import worker as worker_process
from deploy.settings import Settings
from tests.integration.office import SURVEY, Office, begun
from tests.integration.upstreams import at_work, killed, upstream_of
from workflows.connection import LowVoltageConnection
from workflows.messages import APPLY_FACT, CaseResult, CaseStart, FactMessage, FactOutcome

# kafka-python leaves sockets to the collector when a broker that it was speaking to is gone.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

VISIT = {"office": "Haikou"}


@pytest.fixture
async def office(alone: Settings) -> AsyncIterator[Office]:
    async with upstream_of(alone, secrets.token_hex(4)) as one:
        office = Office(one.producer, one.pool, one.run)
        office.settings = alone
        yield office


@workflow.defn(name="LowVoltageConnection")
class OfAnEarlierRelease(LowVoltageConnection):
    """The lifecycle as a worker would run it that does not know surveys yet. It leaves the same history."""

    @workflow.run
    async def run(self, start: CaseStart) -> CaseResult:
        """Carry one application from its first fact to its end."""
        return await self.carry()

    @workflow.update(name=APPLY_FACT)
    def apply_fact(self, fact: FactMessage) -> FactOutcome:  # type: ignore[override]  # of this very class
        """Take a fact that this release knows."""
        return self.file.take(fact, workflow.now())

    @apply_fact.validator
    def _knows(self, fact: FactMessage) -> None:
        if "survey" in fact.type:
            raise ApplicationError("unknown_fact", type="unknown_fact")


async def limit_updates(settings: Settings, most: int | None) -> None:
    """Start Temporal anew, with so many updates for each run; with as many as ever, given none."""
    said = "" if most is None else f"--dynamic-config-value history.maxTotalUpdates={most}"
    (settings.data_dir / "limits").write_text(said)
    await killed(settings, "temporal")


async def test_the_longest_source_and_id_reach_their_case(alone: Settings, office: Office) -> None:
    async with at_work(alone):
        await begun(office)
        visit = office.event(("v", "customer_visited", "s", VISIT), 1)
        visit |= {"source": "/" + "远" * 199, "id": "号" * 190 + office.run}
        await office.send_events({**visit, "subject": (await office.line("as")).number})  # type: ignore[union-attr]
        query = "SELECT outcome FROM intake.inbox WHERE id = %s AND state = 'final'"
        async with asyncio.timeout(30):
            while not (found := await office.rows(query, visit["id"])):
                await asyncio.sleep(0.1)
        assert found == [("applied",)]


async def test_a_fact_that_the_case_of_an_earlier_release_rejects_is_replayed_by_the_next(
    alone: Settings, office: Office
) -> None:
    earlier = patch.multiple(
        worker_process, lifecycles=lambda: [OfAnEarlierRelease], runner=UnsandboxedWorkflowRunner
    )
    with earlier:
        async with at_work(alone):
            number = await begun(office)
            await office.send(
                ("visit", "customer_visited", "s", VISIT),
                ("survey", "survey_completed", "s", SURVEY),
                ("meter", "meter_fitted", "s", {"meter_no": "M1"}),
                ("energised", "energised", "s", {}),
                start=1,
            )
            await office.until(["dead", "waiting", "waiting", "applied"], *LATER)
    await cleared(office, number, "update_failed")


async def test_a_fact_too_many_for_temporal_is_a_dead_letter_until_it_takes_more(
    alone: Settings, office: Office
) -> None:
    async with at_work(alone):
        number = await begun(office)
        await limit_updates(alone, 1)
        try:
            await office.send(
                ("visit", "customer_visited", "s", VISIT),
                ("survey", "survey_completed", "s", SURVEY),
                ("meter", "meter_fitted", "s", {"meter_no": "M1"}),
                ("energised", "energised", "s", {}),
                start=1,
            )
            await begun(office, "other")
            await office.until(["dead", "waiting", "waiting", "applied"], *LATER)
        finally:
            await limit_updates(alone, None)
    await cleared(office, number, "engine_refused")


LATER = ("survey", "meter", "energised", "visit")


async def cleared(office: Office, number: str, code: str) -> None:
    """The one dead letter of an application is there, for this reason; replayed, it lets what waited go on,
    in order."""
    _, told = await office.command("list", "--number", number)
    assert [(one["outcome"], one["code"], one["behind"], one["type"].split(".")[3]) for one in told] == [
        ("dead", code, 2, "survey_completed")
    ]
    async with at_work(office.settings):
        status, [done] = await office.command("replay", "--code", code, "--number", number, "--yes")
        assert (status, done["status"], done["n"]) == (0, "on_its_way", 2)
        await office.until(["applied"] * 4, *LATER)
    ended = [(await office.line(name)).finished_at for name in LATER[:3]]  # type: ignore[union-attr]
    assert ended == sorted(ended)  # type: ignore[type-var]
    assert all(letter.cleared_at for letter in await office.letters("survey"))
