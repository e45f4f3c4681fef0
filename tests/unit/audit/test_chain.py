"""The proof of the log: each kind of damage is found under its own code; an identical repeat is no damage."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.audit.chain import Chain
from deploy.audit.findings import Findings
from deploy.audit.scratch import Scratch
from events.catalogue.connection_events import Corrected
from events.consumer import Record
from events.envelope import Draft, Event, Head, seal
from events.topics import CONNECTION
from projections.projection import Logged

NOW = datetime(2026, 11, 20, tzinfo=UTC)
NUMBER = "HN-2026-000001"


def draft(name: str, cause: str | None = "s|f", **data: Any) -> Draft:
    return Draft(type=f"mingdian.connection.{name}.v1", time=NOW, data=data, causationid=cause)


def sealed(*drafts: Draft, subject: str = NUMBER, head: Head | None = None) -> list[Event]:
    return seal(
        head or Head(),
        drafts,
        source="/mingdian/hainan",
        subject=subject,
        correlationid=subject,
        policyversion="v",
    )


def stream(count: int = 3, subject: str = NUMBER, cause: str = "s|f") -> list[Event]:
    return sealed(*(draft(f"e{n}", cause) for n in range(count)), subject=subject)


def record(event: Event | dict[str, Any], *, key: str | None = None, partition: int = 0) -> Record:
    body = event.as_json() if isinstance(event, Event) else event
    key = key if key is not None else body["subject"]
    return Record(CONNECTION, partition, 0, 0, key.encode(), json.dumps(body).encode(), ())


class Read:
    """A log read whole."""

    def __init__(self, *records: Record) -> None:
        self.findings = Findings()
        self.chain = Chain(Scratch(), self.findings)
        self.passed: list[Logged] = [one for record in records for one in self.chain.add(record)]
        self.chain.finish()

    @property
    def found(self) -> dict[str, int]:
        return dict(self.findings.total)

    @property
    def sequences(self) -> list[int]:
        return [one.event.number for one in self.passed]


def test_a_whole_stream_has_no_fault_and_an_identical_repeat_is_counted() -> None:
    records = [record(event) for event in stream()]
    read = Read(*records, records[1])
    assert read.found == {}
    assert (read.chain.events, read.chain.redelivered) == (3, 1)
    assert read.sequences == [1, 2, 3]


def test_a_removed_event_leaves_a_hole_and_what_follows_it_is_not_folded() -> None:
    events = [record(event) for event in stream(6)]
    read = Read(*events[:2], *events[4:])
    assert read.found == {"hole": 1}
    assert next(iter(read.findings.kept)).where == "3-4"
    assert read.sequences == [1, 2]


def test_a_chain_that_breaks_behind_a_hole_is_found() -> None:
    events = stream(4)
    other = sealed(draft("x"), head=Head(sequence=3, hash="f" * 64))
    assert Read(*map(record, [events[0], events[2], *other])).found == {"hole": 1, "broken_chain": 1}


def test_a_changed_event_is_found_and_is_no_hole() -> None:
    first, second, third = stream()
    read = Read(record(first), record({**second.as_json(), "data": {"a": 1}}), record(third))
    assert read.found == {"wrong_hash": 1}
    assert read.sequences == [1]


def test_a_changed_event_that_is_delivered_again_unchanged_is_still_found_and_all_is_folded() -> None:
    first, second, third = stream()
    records = record(first), record({**second.as_json(), "data": {"a": 1}}), record(third), record(second)
    read = Read(*records)
    assert read.found == {"wrong_hash": 1, "out_of_order": 1}
    assert read.sequences == [1, 2, 3]


def test_swapped_events_are_found_and_folded_in_their_order() -> None:
    events = [record(event) for event in stream(4)]
    read = Read(events[0], events[2], events[1], events[3])
    assert read.found == {"out_of_order": 1}
    assert read.sequences == [1, 2, 3, 4]


def test_two_contents_in_one_place_are_found() -> None:
    assert Read(record(stream()[0]), record(sealed(draft("x"))[0])).found == {"two_contents": 1}


def test_two_contents_are_found_behind_a_hole_too() -> None:
    one, other = stream(2)[1], sealed(draft("e0"), draft("x"))[1]
    assert Read(record(one), record(other)).found == {"hole": 1, "two_contents": 1}


def test_a_broken_chain_is_found() -> None:
    other = sealed(draft("x"), head=Head(sequence=1, hash="f" * 64))[0]
    assert Read(record(stream(1)[0]), record(other)).found == {"broken_chain": 1}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda event: b"{",
        lambda event: b"[]",
        lambda event: b'{"subject": "x"}',
        lambda event: json.dumps({**event, "sequence": "000000002"}).encode(),
        lambda event: json.dumps({**event, "more": 1}).encode(),
    ],
)
def test_an_unreadable_record_is_found(spoil: Callable[[dict[str, Any]], bytes]) -> None:
    value = spoil(stream(1)[0].as_json())
    assert Read(Record(CONNECTION, 0, 0, 0, NUMBER.encode(), value, ())).found == {"unreadable_event": 1}


def test_a_wrong_key_is_found() -> None:
    assert Read(record(stream(1)[0], key="another")).found == {"wrong_key": 1}


def test_a_stream_in_two_partitions_is_found() -> None:
    first, second = stream(2)
    assert Read(record(first), record(second, partition=1)).found == {"two_places": 1}


def test_a_fact_that_led_to_the_same_event_twice_is_found() -> None:
    assert Read(*map(record, sealed(draft("a"), draft("a")))).found == {"applied_twice": 1}


def test_an_event_said_again_after_it_was_taken_back_is_right() -> None:
    back = Draft(type=Corrected.type, time=NOW, data=Corrected(sequences=(1,)).as_data())
    assert Read(*map(record, sealed(draft("a"), back, draft("a")))).found == {}


def test_a_fact_that_led_to_two_streams_is_found() -> None:
    records = [record(event) for event in (*stream(1), *stream(1, subject="HN-2026-000002"))]
    assert Read(*records).found == {"applied_twice": 1}
