"""What the tests of the audit share: a case that is whole everywhere, and ways to do it harm."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from activities.messages import WAIT_FOR_QUIET, QuietRequest
from activities.publish import PublishActivities
from deploy.audit.audit import Scope, audit
from deploy.read_models import all_projections
from deploy.settings import Settings
from events.catalogue.connection_facts import ApplicationSubmitted, Withdrawn
from events.envelope import Draft, Event, Head, seal
from events.producer import Producer
from events.reading import read_event
from events.topics import CONNECTION
from projections.projection import Projection
from tests.integration.projecting import Log, folding, until
from tests.integration.upstreams import records_of
from tests.unit.projections.logs import events_of
from tests.unit.workflows.telling import HOUSEHOLD, Story
from workflows.connection import HighVoltageConnection, LowVoltageConnection
from workflows.messages import APPLY_FACT, CaseResult, FactOutcome
from workflows.sandbox import runner
from workflows.temporal import connect

SUBJECT = """
INSERT INTO intake.subject (number, profile, stream, begun_at)
VALUES (%(number)s, 'hainan', 'connection', now())
"""
FACT = """
INSERT INTO intake.inbox (source, id, subject, type, topic, partition, "offset", content_hmac, state, outcome)
VALUES (%(source)s, %(id)s, %(number)s, 't', 'test', 0, 0, '', 'final', 'applied') ON CONFLICT DO NOTHING
"""
QUEUE = "audited"


def of_cases() -> list[Projection]:
    """The read models that fold streams of cases."""
    return [one for one in all_projections() if one.topic == CONNECTION]


class Case:
    """One case, whole everywhere: log, inbox, read models and Temporal."""

    def __init__(self, settings: Settings, log: Log, number: str) -> None:
        self.settings, self.log, self.number = settings, log, number

    def audit(self) -> dict[str, int]:
        """What the audit of this case finds, by code."""
        return asyncio.run(audit(self.settings, Scope(subject=self.number), patience=0)).totals

    def run(self, statement: str, **values: Any) -> int:
        """Change the database; returns how many rows."""
        return self.log.db.execute(statement.encode(), {"number": self.number, **values}).rowcount

    def of(self, number: str) -> "Case":
        """Another case on the same servers."""
        return Case(self.settings, self.log, number)

    def tell_inbox(self, events: Sequence[Event]) -> None:
        """All that led to these events was applied."""
        for event in events:
            if event.causationid is not None:
                source, fact = event.causationid.split("|")
                self.run(FACT, source=source, id=fact)

    def write(self, events: Sequence[Event]) -> None:
        """Write to the log behind everybody's back."""
        self.log.write(*events)
        self.follow(events[-1].number)

    def follow(self, sequence: int) -> None:
        """Let the read models take the stream up to here, or as far as they can."""
        with folding(self.settings):
            for one in of_cases():
                until(lambda name=one.name: self._taken(name) >= sequence)  # type: ignore[misc]

    def _taken(self, projection: str) -> float:
        if "unfoldable" in self.log.findings(self.number, projection):
            return math.inf
        return self.log.position(self.number, projection)[0]

    def more(self, head: Event, *drafts: Draft) -> list[Event]:
        """Events that are well chained to the end of the stream and that nobody had reason to write."""
        return seal(
            Head(sequence=head.number, hash=head.hash),
            drafts,
            source=head.source,
            subject=head.subject,
            correlationid=head.correlationid,
            policyversion=head.policyversion,
        )


class Damage(NamedTuple):
    """What is done to a case for as long as the block lasts, and the code under which it is found."""

    code: str
    name: str
    done: Callable[[Case], AbstractContextManager[object]]


def stream(story: Story, number: str) -> list[Event]:
    """What a story leaves in the log, under a number and from facts of its own."""
    own = [fact.model_copy(update={"id": f"{number}-{fact.id}"}) for fact in story.told]
    return events_of(Story(own), number)


async def begin(client: Client, number: str) -> None:
    """A run that nobody works on: it stays as it was begun."""
    await client.start_workflow(HighVoltageConnection.__name__, id=number, task_queue="nobody")


@contextmanager
def running(case: Case) -> Iterator[None]:
    """Such a run, ended with the block."""

    async def change(*, begun: bool) -> None:
        client = await connect(case.settings.temporal_address, case.settings.namespace)
        if begun:
            await begin(client, case.number)
        else:
            await client.get_workflow_handle(case.number).terminate()

    asyncio.run(change(begun=True))
    try:
        yield
    finally:
        asyncio.run(change(begun=False))


@activity.defn(name=WAIT_FOR_QUIET)
async def nothing_on_its_way(request: QuietRequest) -> None:
    """There is no intake here that could have anything in hand."""


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[Client]:
    """A worker that really publishes, alone with its cases."""
    producer = Producer(settings.kafka_bootstrap, "test")
    client = await connect(settings.temporal_address, settings.namespace)
    try:
        async with Worker(
            client,
            task_queue=QUEUE,
            workflows=[LowVoltageConnection],
            activities=[PublishActivities(producer).publish_events, nothing_on_its_way],
            workflow_runner=runner(),
        ):
            yield client
    finally:
        await asyncio.to_thread(producer.close)


def closed(case: Case) -> list[Event]:
    """Carry a case to its end: a real run that published and closed. Returns its stream."""
    began = datetime.now(UTC) - timedelta(days=3)
    story = Story().tell_at(began, ApplicationSubmitted, **HOUSEHOLD)
    story.tell_at(began + timedelta(days=1), Withdrawn)
    told = [one.model_copy(update={"id": f"{case.number}-{one.id}"}) for one in story.told]
    name, start = Story(told).start(seconds=0.2)

    async def carry() -> list[Event]:
        async with working(case.settings) as client:
            handle = await client.start_workflow(
                name,
                start.model_copy(update={"number": case.number}),
                id=case.number,
                task_queue=QUEUE,
                result_type=CaseResult,
            )
            await handle.execute_update(APPLY_FACT, told[1], id=told[1].update_id, result_type=FactOutcome)
            await asyncio.wait_for(handle.result(), 60)
        return [read_event(one.value) for one in await records_of(case.settings, case.number)]

    events = asyncio.run(carry())
    case.run(SUBJECT)
    case.tell_inbox(events)
    case.follow(len(events))
    assert case.audit() == {}
    return events
