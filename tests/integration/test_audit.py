"""Inbox, workflows and read models against the log, on real servers: each damage is found under its own
code."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from temporalio.client import Client

from deploy.audit.audit import Scope, audit
from deploy.audit.findings import Report
from deploy.read_models import all_projections
from deploy.settings import Settings
from events.envelope import Event
from tests.integration.projecting import Log, folding, until
from tests.unit.projections.logs import events_of
from tests.unit.workflows.telling import factory
from workflows.connection import HighVoltageConnection
from workflows.temporal import connect

NUMBER, OTHER = "HN-2026-710001", "HN-2026-710002"
ONE = Scope(subject=NUMBER)

_SUBJECT = """
INSERT INTO intake.subject (number, profile, stream, begun_at)
VALUES (%(number)s, 'hainan', 'connection', now())
"""
_FACT = """
INSERT INTO intake.inbox (source, id, subject, type, topic, partition, "offset", content_hmac, state, outcome)
VALUES (%(source)s, %(id)s, %(number)s, 't', 'test', 0, 0, '', 'final', 'applied') ON CONFLICT DO NOTHING
"""


class Damage(NamedTuple):
    """A change of the database and its undoing, each of one row, and what is found. Tables without a schema
    are those of the live build of `projection`."""

    name: str
    projection: str
    change: str
    back: str
    code: str


DAMAGES = [
    Damage(
        "a changed column",
        "progress",
        "UPDATE application SET region = '469999' WHERE number = %(number)s",
        "UPDATE application SET region = '460100' WHERE number = %(number)s",
        "row_differs",
    ),
    Damage(
        "a change deep in a document",
        "progress",
        "UPDATE application SET state = state || '{\"more\": 1}' WHERE number = %(number)s",
        "UPDATE application SET state = state - 'more' WHERE number = %(number)s",
        "row_differs",
    ),
    Damage(
        "a deleted row",
        "timeline",
        "DELETE FROM entry WHERE number = %(number)s AND sequence = 3",
        "INSERT INTO entry SELECT * FROM kept WHERE number = %(number)s AND sequence = 3",
        "row_missing",
    ),
    Damage(
        "a row too many",
        "timeline",
        "INSERT INTO entry SELECT * FROM jsonb_populate_record(NULL::entry, (SELECT to_jsonb(e)"
        " FROM entry e WHERE number = %(number)s AND sequence = 3) || '{\"sequence\": 999}')",
        "DELETE FROM entry WHERE number = %(number)s AND sequence = 999",
        "row_without_events",
    ),
    Damage(
        "an applied fact said to be refused",
        "",
        "UPDATE intake.inbox SET outcome = 'refused' WHERE seq ="
        " (SELECT min(seq) FROM intake.inbox WHERE subject = %(number)s)",
        "UPDATE intake.inbox SET outcome = 'applied' WHERE subject = %(number)s AND outcome = 'refused'",
        "event_without_fact",
    ),
    Damage(
        "a fact said to be applied",
        "",
        _FACT.replace("%(source)s, %(id)s", "'/upstream/audit', 'x'"),
        "DELETE FROM intake.inbox WHERE source = '/upstream/audit' AND subject = %(number)s",
        "applied_without_event",
    ),
    Damage(
        "a case said not to have begun",
        "",
        "UPDATE intake.subject SET begun_at = NULL WHERE number = %(number)s",
        "UPDATE intake.subject SET begun_at = now() WHERE number = %(number)s",
        "not_in_inbox",
    ),
    Damage(
        "an event of the outbox that never reached the log",
        "",
        "INSERT INTO intake.stream_head (subject, topic, sequence, hash) VALUES (%(number)s, 't', 9, 'h')",
        "DELETE FROM intake.stream_head WHERE subject = %(number)s",
        "outbox_differs",
    ),
]


class Case:
    """One open case, whole everywhere: log, inbox, read models and Temporal."""

    def __init__(self, settings: Settings, log: Log, events: Sequence[Event]) -> None:
        self.settings, self.log, self.events = settings, log, events

    def audit(self, scope: Scope = ONE) -> dict[str, int]:
        return asyncio.run(audit(self.settings, scope, patience=0)).totals

    def run(self, statement: str, **values: Any) -> int:
        return self.log.db.execute(statement.encode(), {"number": NUMBER, **values}).rowcount

    @contextmanager
    def damaged(self, damage: Damage) -> Iterator[None]:
        shown = {one.name: self.log.shown(one).schema for one in all_projections()}
        self.run("SELECT set_config('search_path', %(path)s, false)", path=shown.get(damage.projection, ""))
        if damage.projection == "timeline":
            self.run("CREATE TEMP TABLE kept AS TABLE entry")
        assert self.run(damage.change) == 1
        try:
            yield
        finally:
            assert self.run(damage.back) == 1
            self.run("DROP TABLE IF EXISTS kept")


@pytest.fixture(scope="module")
def case(settings: Settings) -> Iterator[Case]:
    log = Log(settings)
    case = Case(settings, log, events_of(factory(), NUMBER)[:-3])  # it goes on
    log.write(*case.events)
    case.run(_SUBJECT)
    tell_inbox(case, case.events)
    with folding(settings):
        for one in all_projections():
            until(lambda name=one.name: log.position(NUMBER, name)[0] == len(case.events))  # type: ignore[misc]
    with running(settings, NUMBER):
        yield case
    log.close()


def tell_inbox(case: Case, events: Sequence[Event]) -> None:
    """All that led to these events was applied."""
    for event in events:
        if event.causationid is not None:
            source, fact = event.causationid.split("|")
            case.run(_FACT, source=source, id=fact)


async def begin(client: Client, number: str) -> None:
    """A run that nobody works on: it stays as it was begun."""
    await client.start_workflow(HighVoltageConnection.__name__, id=number, task_queue="nobody")


@contextmanager
def running(settings: Settings, number: str) -> Iterator[None]:
    async def change(*, begun: bool) -> None:
        client = await connect(settings.temporal_address, settings.namespace)
        if begun:
            await begin(client, number)
        else:
            await client.get_workflow_handle(number).terminate()

    asyncio.run(change(begun=True))
    try:
        yield
    finally:
        asyncio.run(change(begun=False))


def test_a_case_that_is_whole_everywhere_has_no_findings(case: Case) -> None:
    assert case.audit() == {}


@pytest.mark.parametrize("damage", DAMAGES, ids=[one.name for one in DAMAGES])
def test_a_damage_is_found_under_its_own_code_and_mended_is_not(case: Case, damage: Damage) -> None:
    with case.damaged(damage):
        assert case.audit() == {damage.code: 1}
    assert case.audit() == {}


def test_a_case_begun_without_a_stream_is_found(case: Case) -> None:
    case.run(_SUBJECT, number=OTHER)
    try:
        assert case.audit(Scope(subject=OTHER)) == {"not_in_log": 1}
    finally:
        case.run("DELETE FROM intake.subject WHERE number = %(number)s", number=OTHER)


def test_a_workflow_without_events_is_found(case: Case) -> None:
    with running(case.settings, OTHER):
        assert case.audit(Scope(subject=OTHER)) == {"workflow_without_events": 1}


async def test_an_open_case_whose_workflow_has_ended_is_found(case: Case) -> None:
    client = await connect(case.settings.temporal_address, case.settings.namespace)
    await client.get_workflow_handle(NUMBER).terminate()
    report: Report = await audit(case.settings, ONE, patience=0)
    await begin(client, NUMBER)
    assert report.totals == {"workflow_ended": 1}


def test_a_read_model_that_stands_still_is_not_taken_for_a_wrong_one(case: Case) -> None:
    following = events_of(factory(), NUMBER)[len(case.events) :][:1]
    tell_inbox(case, following)
    case.log.write(*following)
    assert case.audit() == {"read_model_behind": len(all_projections())}
    with folding(case.settings):
        until(lambda: case.audit() == {})
