"""Copies of a topic, each damaged in another way: the audit of the log finds each under its own code."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from uuid import uuid4

import pytest
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from deploy.audit.audit import Scope, audit
from deploy.audit.findings import Report
from deploy.settings import Settings
from events.consumer import Consumer, Record
from events.envelope import Event, recompute_hash
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


def in_another_partition(log: list[Record]) -> list[Record]:
    return [*log[:4], log[4]._replace(partition=(log[4].partition + 1) % PARTITIONS), *log[5:]]


def applied_to_two(log: list[Record]) -> list[Record]:
    """The same facts have made a second case."""
    return [*log, *records(events_of(told(STREAMS[0], 0), "HN-2026-700009"))]


class Damage(NamedTuple):
    """What a copy suffers, the code under which that is found, and what else may be."""

    code: str
    done: Callable[[list[Record]], list[Record]]
    perhaps: frozenset[str] = frozenset()


DAMAGES = [
    Damage("hole", removed),
    Damage("wrong_hash", altered),
    Damage("broken_chain", forged),
    Damage("out_of_order", swapped),
    Damage("two_contents", doubled_with_a_change),
    Damage("unreadable_event", no_event),
    Damage("wrong_key", under_another_key),
    Damage("applied_twice", applied_to_two),
    # Which of two partitions is read first decides whether the order looks broken too.
    Damage("two_places", in_another_partition, frozenset({"out_of_order"})),
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


def write_all(settings: Settings, name: str, log: Sequence[Record]) -> None:
    """Write each where it says that it lies."""
    producer = KafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap, max_in_flight_requests_per_connection=1
    )
    try:
        sent = [producer.send(name, value=one.value, key=one.key, partition=one.partition) for one in log]
        for future in sent:
            future.get(10)
    finally:
        producer.close()


def records(events: Sequence[Event]) -> list[Record]:
    """Events as records, each stream in a partition of its own."""
    return [
        Record(
            "", event.subject.encode()[-1] % PARTITIONS, 0, 0, event.subject.encode(), event.as_bytes(), ()
        )
        for event in events
    ]


def told(story: Story, place: int) -> Story:
    """A story of facts of its own."""
    return Story([fact.model_copy(update={"id": f"{place}-{fact.id}"}) for fact in story.told])


@pytest.fixture(scope="module")
def original(settings: Settings) -> list[Record]:
    """What lies in a topic that holds three streams, the longest first."""
    streams = [events_of(told(story, place), f"HN-2026-70000{place}") for place, story in enumerate(STREAMS)]
    with topic(settings) as name:
        write_all(settings, name, [one for events in streams for one in records(events)])
        return sorted(read_all(settings, name), key=lambda one: one.key or b"")


def found(settings: Settings, log: Sequence[Record]) -> Report:
    """What the audit says of such a log."""
    with topic(settings) as name:
        write_all(settings, name, log)
        return asyncio.run(audit(settings, Scope((name,), log_only=True)))


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda one: one.code)
def test_a_damaged_copy_is_found_under_its_own_code(
    settings: Settings, original: list[Record], damage: Damage
) -> None:
    totals = found(settings, damage.done(original)).totals
    assert damage.code in totals
    assert totals.keys() <= {damage.code, *damage.perhaps}


@pytest.mark.parametrize("copied", [as_it_is, doubled_as_it_is])
def test_a_whole_copy_has_no_fault_and_what_came_again_is_counted(
    settings: Settings, original: list[Record], copied: Callable[[list[Record]], list[Record]]
) -> None:
    copy = copied(original)
    report = found(settings, copy)
    assert report.ok
    assert (report.streams, report.events) == (len(STREAMS), len(original))
    assert report.redelivered == len(copy) - len(original)
