"""The proof of the log finds holes, broken chains and changed events; a redelivery is none of these."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.demo.log import Log, add_record
from events.consumer import Record
from events.envelope import Draft, Event, Head, seal
from events.topics import CONNECTION

NOW = datetime(2026, 11, 20, tzinfo=UTC)
NUMBER = "HN-2026-000001"


def stream(count: int = 3) -> list[Event]:
    drafts = [
        Draft(type=f"mingdian.connection.e{n}.v1", time=NOW, data={}, causationid="s|f") for n in range(count)
    ]
    return seal(
        Head(), drafts, source="/mingdian/hainan", subject=NUMBER, correlationid=NUMBER, policyversion="v"
    )


def record(event: dict[str, Any], key: str = NUMBER) -> Record:
    return Record(CONNECTION, 0, 0, 0, key.encode(), json.dumps(event).encode(), ())


def read(*records: Record) -> Log:
    log = Log()
    for one in records:
        add_record(log, one)
    return log


def codes(log: Log) -> list[str]:
    return [fault.code for fault in log.faults]


def test_a_whole_stream_has_no_fault_and_a_redelivery_is_dropped() -> None:
    records = [record(event.as_json()) for event in stream()]
    log = read(*records, records[1])
    assert codes(log) == []
    assert (log.events, log.redelivered) == (3, 1)
    assert log.streams[NUMBER].last == 3
    assert log.streams[NUMBER].causes == {"s|f"}


def test_a_hole_is_found() -> None:
    first, _, third = [record(event.as_json()) for event in stream()]
    assert codes(read(first, third)) == ["hole"]


def test_a_changed_event_is_found() -> None:
    first, second, _ = [event.as_json() for event in stream()]
    assert codes(read(record(first), record({**second, "data": {"a": 1}}))) == ["wrong_hash"]


def test_two_contents_in_one_place_are_found() -> None:
    first = stream()[0].as_json()
    other = seal(
        Head(),
        [Draft(type="mingdian.connection.x.v1", time=NOW, data={})],
        source="/mingdian/hainan",
        subject=NUMBER,
        correlationid=NUMBER,
        policyversion="v",
    )[0]
    assert codes(read(record(first), record(other.as_json()))) == ["two_contents"]


def test_a_broken_chain_is_found() -> None:
    ours, theirs = stream(1)[0], stream(2)[1].as_json()
    changed = seal(
        Head(sequence=1, hash="f" * 64),
        [Draft(type="mingdian.connection.x.v1", time=NOW, data={})],
        source="/mingdian/hainan",
        subject=NUMBER,
        correlationid=NUMBER,
        policyversion="v",
    )[0]
    assert theirs["prevhash"] == ours.hash
    assert codes(read(record(ours.as_json()), record(changed.as_json()))) == ["broken_chain"]


@pytest.mark.parametrize("value", [b"{", b"[]", b'{"subject": "x"}'])
def test_an_unreadable_record_is_found(value: bytes) -> None:
    assert codes(read(Record(CONNECTION, 0, 0, 0, b"k", value, ()))) == ["unreadable_event"]


def test_a_wrong_key_is_found() -> None:
    assert codes(read(record(stream(1)[0].as_json(), key="another"))) == ["wrong_key"]
