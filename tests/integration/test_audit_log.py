"""Copies of a topic, each damaged in another way: the audit of the log finds each under its own code."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from uuid import uuid4

import pytest
from kafka.admin import KafkaAdminClient, NewTopic

from deploy.audit.audit import Scope, audit
from deploy.settings import Settings
from events.consumer import Consumer, Record
from events.envelope import Event, recompute_hash
from events.producer import Outgoing, Producer
from tests.integration.projecting import until
from tests.unit.projections.logs import events_of
from tests.unit.workflows.telling import Story, factory, household

PARTITIONS = 3
STREAMS = (factory(), household(), factory())


def changed(record: Record, *, rehashed: bool) -> Record:
    """Another content under the same identity; with its own right hash, or with the old one."""
    body = json.loads(record.value)
    body["data"] = {**body["data"], "added": "later"}
    if rehashed:
        body["hash"] = recompute_hash(body)
    return record._replace(value=json.dumps(body).encode())


def removed(log: list[Record]) -> list[Record]:
    return [*log[:4], *log[5:]]


def altered(log: list[Record]) -> list[Record]:
    return [*log[:4], changed(log[4], rehashed=False), *log[5:]]


def forged(log: list[Record]) -> list[Record]:
    return [*log[:4], changed(log[4], rehashed=True), *log[5:]]


def swapped(log: list[Record]) -> list[Record]:
    return [*log[:4], log[5], log[4], *log[6:]]


def doubled_with_a_change(log: list[Record]) -> list[Record]:
    return [*log[:5], changed(log[4], rehashed=True), *log[5:]]


def doubled_as_it_is(log: list[Record]) -> list[Record]:
    return [*log[:5], log[4], *log[5:], *log[2:4]]


def under_another_key(log: list[Record]) -> list[Record]:
    return [*log[:4], log[4]._replace(key=b"other"), *log[5:]]


def no_event(log: list[Record]) -> list[Record]:
    return [*log, log[0]._replace(value=b"{}")]


def as_it_is(log: list[Record]) -> list[Record]:
    return log


DAMAGES: list[tuple[Callable[[list[Record]], list[Record]], set[str]]] = [
    (as_it_is, set()),
    (doubled_as_it_is, set()),
    (removed, {"hole"}),
    (altered, {"wrong_hash"}),
    (forged, {"broken_chain"}),
    (swapped, {"out_of_order"}),
    (doubled_with_a_change, {"two_contents"}),
    (no_event, {"unreadable_event"}),
]


@contextmanager
def topic(settings: Settings) -> Iterator[str]:
    """A topic for as long as the block lasts."""
    name = f"mingdian.copy.{uuid4().hex[:8]}"
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    try:
        admin.create_topics([NewTopic(name, PARTITIONS, 1)])
        yield name
        admin.delete_topics([name])
    finally:
        admin.close()


def read_all(settings: Settings, name: str) -> list[Record]:
    consumer = Consumer(settings.kafka_bootstrap)
    try:
        until(lambda: len(consumer.partitions(name)) == PARTITIONS)
        places = [(name, number) for number in consumer.partitions(name)]
        whole = sum(consumer.ends(places).values())
        consumer.assign(dict.fromkeys(places, 0))
        found: list[Record] = []
        while len(found) < whole:
            found += consumer.poll(1.0)
        return found
    finally:
        consumer.close()


def write_all(settings: Settings, name: str, records: Sequence[Record]) -> None:
    producer = Producer(settings.kafka_bootstrap, "test")
    try:
        producer.publish_all([Outgoing(name, (one.key or b"").decode(), one.value) for one in records])
    finally:
        producer.close()


def stream(story: Story, place: int) -> list[Event]:
    """A story under a number of its own, from facts of its own."""
    own = Story([fact.model_copy(update={"id": f"{place}-{fact.id}"}) for fact in story.told])
    return events_of(own, f"HN-2026-70000{place}")


@pytest.fixture(scope="module")
def original(settings: Settings) -> list[Record]:
    """What lies in a topic that holds three streams, the longest first."""
    events = [event for place, story in enumerate(STREAMS) for event in stream(story, place)]
    records = [Record("", 0, 0, 0, event.subject.encode(), event.as_bytes(), ()) for event in events]
    with topic(settings) as name:
        write_all(settings, name, records)
        return sorted(read_all(settings, name), key=lambda one: one.key or b"")


@pytest.mark.parametrize(("damage", "codes"), DAMAGES)
def test_a_damaged_copy_is_found_under_its_own_code(
    settings: Settings,
    original: list[Record],
    damage: Callable[[list[Record]], list[Record]],
    codes: set[str],
) -> None:
    copy = damage(original)
    with topic(settings) as name:
        write_all(settings, name, copy)
        report = asyncio.run(audit(settings, Scope((name,), log_only=True)))
    assert set(report.totals) == codes
    assert report.streams == len(STREAMS)
    if not codes:
        assert report.events == len(original)
        assert report.redelivered == len(copy) - len(original)


def test_a_record_under_another_key_is_found(settings: Settings, original: list[Record]) -> None:
    with topic(settings) as name:
        write_all(settings, name, under_another_key(original))
        report = asyncio.run(audit(settings, Scope((name,), log_only=True)))
    # The key decides the partition, so its stream may have no order any more.
    assert "wrong_key" in report.totals
    assert set(report.totals) <= {"wrong_key", "two_places", "out_of_order", "hole"}
