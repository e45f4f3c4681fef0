"""What either we or the CloudEvents SDK write, the other reads as an equal event."""

from datetime import datetime
from typing import Any

import pytest
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.bindings import http, kafka
from cloudevents.core.bindings.http import HTTPMessage
from cloudevents.core.bindings.kafka import KafkaMessage
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from events.cloudevents import (
    KAFKA_PREFIX,
    STRUCTURED,
    InboundEvent,
    read_http,
    read_record,
    write_binary,
    write_structured,
)
from events.envelope import Draft, Head, seal

FORMAT = JSONFormat()
TIME = "2026-03-01T09:30:00+08:00"
ATTRIBUTES = {
    "specversion": "1.0",
    "id": "a-1",
    "source": "/upstream/demo",
    "type": "mingdian.fact.connection.energised.v1",
    "time": TIME,
    "profile": "hainan",
    "datacontenttype": "application/json; charset=utf-8",
}

texts = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
payloads = st.dictionaries(
    texts, st.integers(-(2**53), 2**53) | texts | st.booleans() | st.none(), min_size=1
)


def plain(attributes: dict[str, Any]) -> dict[str, Any]:
    """Attributes with the time as a moment: the SDK holds it as such."""
    time = attributes["time"]
    moment = time if isinstance(time, datetime) else datetime.fromisoformat(time)
    return {**attributes, "time": moment.isoformat()}


def by_sdk(subject: str, data: dict[str, Any]) -> CloudEvent:
    attributes: dict[str, Any] = {**ATTRIBUTES, "subject": subject, "time": datetime.fromisoformat(TIME)}
    return CloudEvent(attributes, data)


@given(subject=texts, data=payloads)
def test_the_sdk_reads_what_we_write_in_every_mode(subject: str, data: dict[str, Any]) -> None:
    attributes = {**ATTRIBUTES, "subject": subject}
    whole = write_structured(attributes, data)
    over_http, body = write_binary(attributes, data)
    over_kafka, value = write_binary(attributes, data, KAFKA_PREFIX)
    sent = {name: text.encode() for name, text in over_kafka}
    read: list[BaseCloudEvent] = [
        http.from_http(HTTPMessage({"content-type": STRUCTURED}, whole), FORMAT),
        http.from_http(HTTPMessage(dict(over_http), body), FORMAT),
        kafka.from_kafka(KafkaMessage({"content-type": STRUCTURED.encode()}, None, whole), FORMAT),
        kafka.from_kafka(KafkaMessage(sent, None, value), FORMAT),
    ]
    for event in read:
        assert plain(dict(event.get_attributes())) == plain(attributes)
        assert event.get_data() == data


@given(subject=texts, data=payloads)
def test_we_read_what_the_sdk_writes_in_every_mode(subject: str, data: dict[str, Any]) -> None:
    read: list[InboundEvent] = []
    for write in (http.to_structured, http.to_binary):
        request = write(by_sdk(subject, data), FORMAT)
        read += read_http(request.headers.items(), request.body)
    for pack in (kafka.to_structured, kafka.to_binary):
        record = pack(by_sdk(subject, data), FORMAT)
        read.append(read_record(record.headers.items(), record.value))
    assert len(read) == 4
    for event in read:
        assert not event.problems
        assert plain(event.attributes) == plain({**ATTRIBUTES, "subject": subject})
        assert event.data == data


def test_an_event_of_the_log_is_one_for_the_sdk_too() -> None:
    draft = Draft(
        type="mingdian.connection.plan_confirmed.v1",
        time=datetime.fromisoformat(TIME),
        data={"plan_no": "海口-7"},
        causationid="/upstream/demo|a-1",
    )
    chain = {"source": "/mingdian/hainan", "subject": "HN-2026-000001", "policyversion": "p1"}
    (sealed,) = seal(Head(), [draft], correlationid="HN-2026-000001", **chain)
    headers = {"content-type": b"application/cloudevents+json; charset=utf-8"}
    record = KafkaMessage(headers, sealed.partitionkey.encode(), sealed.as_bytes())
    event = kafka.from_kafka(record, FORMAT)
    body = sealed.as_json()
    assert event.get_data() == body.pop("data")
    assert plain(dict(event.get_attributes())) == plain(body)


@pytest.mark.parametrize("data", [b"\x00\x01", b"{}"])
def test_bytes_of_the_sdk_arrive_as_they_were(data: bytes) -> None:
    event = by_sdk("s", {})
    event = CloudEvent({**event.get_attributes(), "datacontenttype": "application/octet-stream"}, data)
    for request in (http.to_structured(event, FORMAT), http.to_binary(event, FORMAT)):
        (read,) = read_http(request.headers.items(), request.body)
        assert [problem.code for problem in read.problems] == ["not_json"]
