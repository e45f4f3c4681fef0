"""Signed roots against the log, on servers that may be harmed: each damage is found under its own code."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from kafka import KafkaAdminClient, TopicPartition

from deploy.audit.audit import Scope, audit
from deploy.secrets import load_secrets
from deploy.settings import Settings
from events.catalogue.roots_events import RootSealed
from events.consumer import Consumer
from events.envelope import Draft, Head, seal
from events.producer import Outgoing, Producer, partition_of
from events.root_log import LoggedRoot, read_roots
from events.roots import POLICY_VERSION, SOURCE, SUBJECT, public_key, sign
from events.topics import CONNECTION, ROOTS
from tests.integration.upstreams import at_work
from tests.unit.projections.logs import events_of
from tests.unit.workflows.telling import household
from workflows.root_schedule import seal_now
from workflows.temporal import connect

# kafka-python leaves sockets to the collector when a broker that it was speaking to is gone.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

NUMBER = "HN-2026-720001"


class Log:
    """The log of servers of which nobody minds what becomes of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def write(self, *records: Outgoing) -> None:
        producer = Producer(self.settings.kafka_bootstrap, "test")
        try:
            producer.publish_all(records)
        finally:
            producer.close()

    def roots(self) -> list[LoggedRoot]:
        consumer = Consumer(self.settings.kafka_bootstrap, client_id="test")
        try:
            return read_roots(consumer, load_secrets(self.settings).root_keys).roots
        finally:
            consumer.close()

    def forge(self, key: bytes | None = None, **changes: Any) -> None:
        """A root after the last, over nothing new, signed with our own key unless with another, that does not
        tell the truth."""
        last = self.roots()[-1]
        key = key or load_secrets(self.settings).root_key
        assert key is not None
        spans = [{**one.model_dump(mode="json"), "start": one.end} for one in last.root.spans]
        unsigned = {
            **last.root.as_data(),
            "public_key": public_key(key),
            "number": last.root.number + 1,
            "previous": last.root.root,
            "leaves": 1,
            "spans": spans,
            **changes,
        }
        data = {**unsigned, "signature": sign(key, unsigned)}
        head = Head(sequence=last.event.number, hash=last.event.hash)
        [event] = seal(
            head,
            [Draft(type=RootSealed.type, time=datetime.now(UTC), data=data)],
            source=SOURCE,
            subject=SUBJECT,
            correlationid=SUBJECT,
            policyversion=POLICY_VERSION,
        )
        self.write(Outgoing(ROOTS, SUBJECT, event.as_bytes()))

    def cut(self) -> None:
        """Somebody deletes a part of the log."""
        place = TopicPartition(CONNECTION, partition_of(CONNECTION, NUMBER))
        admin = KafkaAdminClient(bootstrap_servers=self.settings.kafka_bootstrap)
        try:
            admin.delete_records({place: -1})
        finally:
            admin.close()

    async def audit(self) -> dict[str, int]:
        return (await audit(self.settings, Scope(log_only=True))).totals


class Damage(NamedTuple):
    """What is done to the log and the code under which it is found."""

    code: str
    done: Callable[[Log], None]


DAMAGES = [
    Damage("root_differs", lambda log: log.forge(root="0" * 64)),
    Damage("root_gap", lambda log: log.forge(number=len(log.roots()) + 5)),
    Damage("root_by_stranger", lambda log: log.forge(bytes(32))),
    Damage("log_shorter", Log.cut),
]


@pytest.fixture
async def log(alone: Settings) -> AsyncIterator[Log]:
    """A log with a stream and roots over it."""
    log = Log(alone)
    events = events_of(household(), NUMBER)
    await asyncio.to_thread(log.write, *(Outgoing(CONNECTION, NUMBER, one.as_bytes()) for one in events))
    async with at_work(alone, intakes=0):
        client = await connect(alone.temporal_address, alone.namespace)
        await seal_now(client)
        await seal_now(client)
    yield log


async def test_what_was_done_to_the_log_since_it_was_sealed_is_found_under_its_own_code(log: Log) -> None:
    before = await log.audit()
    assert not before
    for damage in DAMAGES:  # none can be undone: each adds its own
        await asyncio.to_thread(damage.done, log)
        after = await log.audit()
        assert after.keys() - before.keys() == {damage.code}
        before = after
