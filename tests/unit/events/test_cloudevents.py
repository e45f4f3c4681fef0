"""The three modes say the same, and all faults are told at once."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.cloudevents import (
    KAFKA_PREFIX,
    InboundEvent,
    read_batch,
    read_binary,
    read_record,
    read_structured,
    standard_form,
    write_binary,
    write_structured,
)

ATTRIBUTES = {
    "specversion": "1.0",
    "id": "a-1",
    "source": "/upstream/demo",
    "type": "mingdian.fact.connection.energised.v1",
    "subject": "REF-7",
    "time": "2026-03-01T09:30:00+08:00",
    "profile": "hainan",
    "datacontenttype": "application/json",
}


def structured(**changes: Any) -> InboundEvent:
    whole = {**ATTRIBUTES, "data": {"a": 1}, **changes}
    return read_structured(json.dumps({k: v for k, v in whole.items() if v is not None}).encode())


def codes(event: InboundEvent) -> set[tuple[str, str]]:
    return {(problem.code, problem.field) for problem in event.problems}


texts = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@given(
    subject=texts,
    data=st.dictionaries(texts, st.integers(-(2**53), 2**53) | texts | st.booleans() | st.none()),
)
def test_what_is_written_in_one_mode_is_read_equal_in_every_mode(subject: str, data: dict[str, Any]) -> None:
    attributes = {**ATTRIBUTES, "subject": subject}
    body = write_structured(attributes, data)
    headers, content = write_binary(attributes, data)
    kafka, kafka_content = write_binary(attributes, data, KAFKA_PREFIX)
    read = [
        read_structured(body),
        read_batch(b"[" + body + b"]")[0],
        read_binary(headers, content),
        read_record([(name, value.encode()) for name, value in kafka], kafka_content),
        read_record([], body),
    ]
    for event in read:
        assert not event.problems
        assert event.attributes == attributes
        assert event.data == data
        again = read_structured(standard_form(event))
        assert (again.attributes, again.data) == (attributes, data)


def test_http_headers_are_ascii() -> None:
    headers, _ = write_binary({**ATTRIBUTES, "subject": "海口 100%"}, None)
    assert dict(headers)["ce-subject"].isascii()
    assert read_binary(headers, b"").attributes["subject"] == "海口 100%"


def test_all_faults_of_an_envelope_are_told_at_once() -> None:
    event = structured(specversion="0.3", time="2026-03-01T09:30:00", type=None, Bad_Name="x", subject="a\nb")
    assert codes(event) == {
        ("bad_specversion", "specversion"),
        ("naive_time", "time"),
        ("missing", "type"),
        ("bad_name", ""),
        ("bad_attribute", "subject"),
    }
    assert event.identified


@pytest.mark.parametrize(
    "changes", [{"id": None}, {"source": None}, {"id": 7}, {"source": "a|b"}, {"id": "x" * 201}]
)
def test_without_a_sound_source_and_id_nobody_can_be_told_the_outcome(changes: dict[str, Any]) -> None:
    assert not structured(**changes).identified


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"\xff\xfe", "not_json"),
        (b"{", "not_json"),
        (b"", "not_json"),
        (b'{"a": NaN}', "not_json"),
        (b'{"a": 1, "a": 2}', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[" * 40 + b"]" * 40, "too_deep"),
        (b'"\\u0000"', "bad_text"),
        (b'"\\ud800"', "bad_text"),
        (b"9007199254740993", "number_too_large"),
        (b"1e999", "number_too_large"),
        (b"7", "bad_envelope"),
    ],
)
def test_what_no_database_or_reader_could_hold_is_refused(raw: bytes, code: str) -> None:
    event = read_structured(raw)
    assert [problem.code for problem in event.problems] == [code]
    assert not event.identified


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-03-01T09:30:00", "naive_time"),
        ("2026-03-01 09:30:00+08:00", "bad_time"),
        ("2026-02-30T09:30:00Z", "bad_time"),
        ("2026-03-01T25:30:00Z", "bad_time"),
        ("0001-01-01T00:00:00+08:00", "bad_time"),
        ("20260301T093000Z", "bad_time"),
        ("yesterday", "bad_time"),
    ],
)
def test_a_time_is_strict_rfc_3339_with_its_zone(text: str, code: str) -> None:
    assert codes(structured(time=text)) == {(code, "time")}


def test_data_that_is_not_json_keeps_its_bytes_and_its_fault() -> None:
    headers, _ = write_binary(ATTRIBUTES, None)
    event = read_binary(headers, b"\x00garbage")
    assert codes(event) == {("not_json", "data")}
    assert event.identified
    again = read_structured(standard_form(event))
    assert codes(again) == {("not_json", "data")}


def test_no_fault_quotes_the_input() -> None:
    event = structured(
        time="SECRET", source="SECRET|", id="SECRET" * 99, subject="SECRET\n", specversion="SECRET"
    )
    assert len(event.problems) == 5
    assert "SECRET" not in str(event.problems)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fall(raw: bytes) -> None:
    for event in (read_structured(raw), *read_batch(raw), read_record([("ce_specversion", raw)], raw)):
        standard_form(event)
