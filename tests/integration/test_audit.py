"""Inbox, workflows and read models against the log, on real servers: each damage is found under its own
code."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest, ResetWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError

from deploy.read_models import all_projections
from deploy.settings import Settings
from events.catalogue.base import EventData
from events.catalogue.connection_events import CaseClosed, Corrected
from events.envelope import Draft
from tests.integration.auditing import FACT, SUBJECT, Case, Damage, begin, closed, of_cases, running, stream
from tests.integration.projecting import Log, folding, until
from tests.unit.workflows.telling import factory
from workflows.temporal import connect

NUMBER, OTHER = "HN-2026-710001", "HN-2026-710002"
EVENTS = stream(factory(), NUMBER)
OPEN = EVENTS[:-3]  # it goes on


def rows(change: str, back: str, of: str = "") -> Callable[[Case], AbstractContextManager[object]]:
    """A change of one row and its undoing. Tables without a schema are those of what is shown of `of`."""

    @contextmanager
    def done(case: Case) -> Iterator[None]:
        shown = {one.name: case.log.shown(one).schema for one in all_projections()}
        case.run("SELECT set_config('search_path', %(path)s, false)", path=shown.get(of, ""))
        if of == "timeline":
            case.run("CREATE TEMP TABLE kept AS TABLE entry")
        assert case.run(change) == 1
        try:
            yield
        finally:
            assert case.run(back) == 1
            case.run("DROP TABLE IF EXISTS kept")

    return done


def said(data: EventData) -> Draft:
    """An event as nobody had reason to write it."""
    return Draft(type=data.type, time=datetime.now(UTC), data=data.as_data())


FORMLESS = said(Corrected(sequences=(1,))).model_copy(update={"data": {"sequences": "all"}})
UNWRITABLE = FORMLESS.model_copy(update={"type": "mingdian.connection.said.v1", "data": {"word": "a\0b"}})


async def temporal(case: Case) -> Client:
    return await connect(case.settings.temporal_address, case.settings.namespace)


@contextmanager
def terminated(case: Case) -> Iterator[None]:
    """Somebody ended the run by hand."""

    async def change(*, ended: bool) -> None:
        client = await temporal(case)
        await (client.get_workflow_handle(case.number).terminate() if ended else begin(client, case.number))

    asyncio.run(change(ended=True))
    yield
    asyncio.run(change(ended=False))


@contextmanager
def deleted(case: Case) -> Iterator[None]:
    """Somebody deleted the run, history and all."""

    async def forget() -> None:
        client = await temporal(case)
        execution = WorkflowExecution(workflow_id=case.number)
        await client.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=execution)
        )
        async with asyncio.timeout(120):  # the server forgets when it comes to it
            while True:
                try:
                    await client.get_workflow_handle(case.number).describe()
                except RPCError:
                    return
                await asyncio.sleep(0.1)

    async def again() -> None:
        await begin(await temporal(case), case.number)

    asyncio.run(forget())
    yield
    asyncio.run(again())


@contextmanager
def standing_still(case: Case) -> Iterator[None]:
    """The log goes on and the read models do not."""
    following = EVENTS[len(OPEN) : len(OPEN) + 1]
    case.tell_inbox(following)
    case.log.write(*following)
    yield
    with folding(case.settings):
        until(lambda: case.audit() == {})


MENDED = [
    Damage(
        "row_differs",
        "a changed column",
        rows(
            "UPDATE application SET region = '469999' WHERE number = %(number)s",
            "UPDATE application SET region = '460100' WHERE number = %(number)s",
            "progress",
        ),
    ),
    Damage(
        "row_differs",
        "a change deep in a document",
        rows(
            "UPDATE application SET state = state || '{\"more\": 1}' WHERE number = %(number)s",
            "UPDATE application SET state = state - 'more' WHERE number = %(number)s",
            "progress",
        ),
    ),
    Damage(
        "row_missing",
        "a deleted row",
        rows(
            "DELETE FROM entry WHERE number = %(number)s AND sequence = 3",
            "INSERT INTO entry SELECT * FROM kept WHERE number = %(number)s AND sequence = 3",
            "timeline",
        ),
    ),
    Damage(
        "row_without_events",
        "a row too many",
        rows(
            "INSERT INTO entry SELECT * FROM jsonb_populate_record(NULL::entry, (SELECT to_jsonb(e)"
            " FROM entry e WHERE number = %(number)s AND sequence = 3) || '{\"sequence\": 999}')",
            "DELETE FROM entry WHERE number = %(number)s AND sequence = 999",
            "timeline",
        ),
    ),
    Damage(
        "event_without_fact",
        "an applied fact said to be refused",
        rows(
            "UPDATE intake.inbox SET outcome = 'refused' WHERE seq ="
            " (SELECT min(seq) FROM intake.inbox WHERE subject = %(number)s)",
            "UPDATE intake.inbox SET outcome = 'applied' WHERE subject = %(number)s AND outcome = 'refused'",
        ),
    ),
    Damage(
        "applied_without_event",
        "a fact said to be applied",
        rows(
            FACT.replace("%(source)s, %(id)s", "'/upstream/audit', 'x'"),
            "DELETE FROM intake.inbox WHERE source = '/upstream/audit' AND subject = %(number)s",
        ),
    ),
    Damage(
        "not_in_inbox",
        "a case said not to have begun",
        rows(
            "UPDATE intake.subject SET begun_at = NULL WHERE number = %(number)s",
            "UPDATE intake.subject SET begun_at = now() WHERE number = %(number)s",
        ),
    ),
    Damage(
        "other_link",
        "a case said to be about another",
        rows(
            "UPDATE intake.subject SET linked_to = number, dispute = 'D1' WHERE number = %(number)s",
            "UPDATE intake.subject SET linked_to = NULL, dispute = NULL WHERE number = %(number)s",
        ),
    ),
    Damage(
        "outbox_differs",
        "an event of the outbox that never reached the log",
        rows(
            "INSERT INTO intake.stream_head (subject, topic, sequence, hash)"
            " VALUES (%(number)s, 't', 9, 'h')",
            "DELETE FROM intake.stream_head WHERE subject = %(number)s",
        ),
    ),
    Damage("workflow_ended", "a run ended by hand", terminated),
    Damage("workflow_missing", "a run deleted", deleted),
    Damage("read_model_behind", "read models that stand still", standing_still),
]

OF_NOTHING = [
    Damage(
        "not_in_log",
        "a case begun without a stream",
        rows(SUBJECT, "DELETE FROM intake.subject WHERE number = %(number)s"),
    ),
    Damage("workflow_without_events", "a run begun by hand", running),
]
"""What is done where there is nothing."""


@contextmanager
def closed_twice(case: Case) -> Iterator[None]:
    """The log says more than the run that wrote it."""
    end = closed(case)[-1]
    case.write(case.more(end, said(CaseClosed(ending="withdrawn"))))
    yield


@contextmanager
def begun_anew(case: Case) -> Iterator[None]:
    """Somebody reset a run that had ended: it is at work again, on a stream that is closed."""
    closed(case)

    async def reset() -> None:
        client = await temporal(case)
        handle = client.get_workflow_handle(case.number)
        run = (await handle.describe()).run_id
        execution = WorkflowExecution(workflow_id=case.number, run_id=run)
        await client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=client.namespace,
                workflow_execution=execution,
                reason="by mistake",
                workflow_task_finish_event_id=3,
                request_id=case.number,
            )
        )

    asyncio.run(reset())
    yield


def unfit(draft: Draft) -> Callable[[Case], AbstractContextManager[object]]:
    """An event in the right place, with its right hash, that makes no sense."""

    @contextmanager
    def done(case: Case) -> Iterator[None]:
        events = stream(factory(), case.number)[:-3]
        case.run(SUBJECT)
        case.tell_inbox(events)
        case.write([*events, *case.more(events[-1], draft)])
        with running(case):
            yield

    return done


FOR_GOOD = [
    Damage("result_differs", "a stream that goes on after its run", closed_twice),
    Damage("workflow_not_closed", "a run that was reset", begun_anew),
    Damage("unfoldable", "what was never said taken back", unfit(said(Corrected(sequences=(999,))))),
    Damage("unfoldable", "an event of another form than its type's", unfit(FORMLESS)),
    Damage("unfoldable", "a sign that no table takes", unfit(UNWRITABLE)),
]
"""What can't be undone; each has a case of its own."""

DAMAGES = [*MENDED, *OF_NOTHING, *FOR_GOOD]


@pytest.fixture(scope="module")
def case(settings: Settings) -> Iterator[Case]:
    log = Log(settings)
    case = Case(settings, log, NUMBER)
    case.run(SUBJECT)
    case.tell_inbox(OPEN)
    case.write(OPEN)
    with running(case):
        yield case
    log.close()


def test_a_case_that_is_whole_everywhere_has_no_findings(case: Case) -> None:
    assert case.audit() == {}


@pytest.mark.parametrize("damage", MENDED, ids=lambda one: one.name)
def test_a_damage_is_found_under_its_own_code_and_mended_is_not(case: Case, damage: Damage) -> None:
    with damage.done(case):
        found = case.audit()
    assert found.keys() == {damage.code}
    assert found[damage.code] == (len(of_cases()) if damage.code == "read_model_behind" else 1)
    assert case.audit() == {}


@pytest.mark.parametrize("damage", OF_NOTHING, ids=lambda one: one.name)
def test_what_is_there_without_a_stream_is_found(case: Case, damage: Damage) -> None:
    other = case.of(OTHER)
    with damage.done(other):
        assert other.audit() == {damage.code: 1}


@pytest.mark.parametrize("place", range(len(FOR_GOOD)), ids=[one.name for one in FOR_GOOD])
def test_a_damage_that_stays_is_found_under_its_own_code(case: Case, place: int) -> None:
    damage, spoilt = FOR_GOOD[place], case.of(f"HN-2026-71001{place}")
    with damage.done(spoilt):
        assert spoilt.audit().keys() == {damage.code}
