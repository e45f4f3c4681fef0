"""The three modes say the same, and all faults are told at once."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.cloudevents import (
    BATCH,
    KAFKA_PREFIX,
    STRUCTURED,
    InboundEvent,
    read_batch,
    read_binary,
    read_http,
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


def test_a_header_is_percent_encoded_as_the_binding_shows() -> None:
    headers, _ = write_binary({**ATTRIBUTES, "subject": 'Euro € 😀 "50%"'}, None)
    assert dict(headers)["ce-subject"] == "Euro%20%E2%82%AC%20%F0%9F%98%80%20%2250%25%22"


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ("%48a%69kou", "Haikou"),  # encoded without need
        ("100%", "100%"),
        ("%2541", "%41"),  # one round of decoding, not two
        (r'"a \"b\" \\ c"', r'a "b" \ c'),  # older senders quote
        ('"%E6%B5%B7%E5%8F%A3"', "海口"),
    ],
)
def test_a_header_is_decoded_as_the_binding_says(sent: str, meant: str) -> None:
    headers, _ = write_binary({**ATTRIBUTES, "subject": "x"}, None)
    event = read_binary([(n, sent if n == "ce-subject" else v) for n, v in headers], b"")
    assert event.attributes["subject"] == meant
    assert not event.problems


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ce-subject", "%C0%A0", "bad_header"),  # an overlong space: not UTF-8
        ("ce-subject", "海口", "bad_header"),
        ("ce-extra", "%FF", "bad_header"),
        ("ce-data", "1", "bad_header"),
        ("ce-datacontenttype", "text/plain", "bad_header"),
        ("CE-Id", "again", "twice"),
    ],
)
def test_headers_that_mean_nothing_make_the_envelope_unreadable(name: str, value: str, code: str) -> None:
    headers, body = write_binary({k: v for k, v in ATTRIBUTES.items() if k != "subject"}, {"a": 1})
    event = read_binary([*headers, (name, value)], body)
    assert code in {problem.code for problem in event.problems}
    # Its standard form would have lost the fault: nobody may take it for a sound event.
    assert not event.identified


def test_a_kafka_header_is_utf_8_and_not_percent_encoded() -> None:
    headers, body = write_binary({**ATTRIBUTES, "subject": "海口 100%"}, {"a": 1}, KAFKA_PREFIX)
    sent = [(name, value.encode()) for name, value in headers]
    assert ("ce_subject", "海口 100%".encode()) in sent
    assert read_record(sent, body).attributes["subject"] == "海口 100%"
    broken = [(name, b"\xb0\xae" if name == "ce_subject" else value) for name, value in sent]
    assert ("bad_header", "subject") in codes(read_record(broken, body))


@pytest.mark.parametrize(
    "kind", [STRUCTURED, "Application/CloudEvents+JSON", f'{STRUCTURED}; charset="UTF-8"']
)
def test_a_content_type_says_the_mode_whatever_else_stands_in_the_headers(kind: str) -> None:
    body = write_structured(ATTRIBUTES, {"a": 1})
    stray = [("ce_specversion", b"1.0"), ("ce_id", b"another")]
    over_kafka = read_record([("content-type", kind.encode()), *stray], body)
    (over_http,) = read_http([("Content-Type", kind), ("ce-specversion", "1.0"), ("ce-id", "another")], body)
    for event in (over_kafka, over_http):
        assert event.attributes == ATTRIBUTES
        assert not event.problems


def test_a_batch_is_told_by_its_content_type_and_may_be_empty() -> None:
    one = write_structured(ATTRIBUTES, None)
    for kind in (BATCH, f"{BATCH};charset=utf-8", BATCH.upper()):
        assert [e.attributes for e in read_http([("content-type", kind)], b"[%s,%s]" % (one, one))] == [
            ATTRIBUTES,
            ATTRIBUTES,
        ]
    assert read_http([("content-type", BATCH)], b"[]") == []
    assert [e.problems[0].code for e in read_http([("content-type", BATCH)], one)] == ["bad_envelope"]


def test_a_format_that_is_not_json_is_named_as_unknown() -> None:
    for event in (
        *read_http([("content-type", "application/cloudevents+xml"), ("ce-specversion", "1.0")], b"<event/>"),
        read_record([("content-type", b"application/cloudevents+avro")], b"\x00"),
    ):
        assert [problem.code for problem in event.problems] == ["unknown_format"]
        assert not event.identified


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "us-ascii", "gbk", "GB18030", "utf-16", "iso-8859-1"])
def test_a_charset_is_kept_and_heeded_in_every_mode(charset: str) -> None:
    attributes = {**ATTRIBUTES, "datacontenttype": f"application/json; charset={charset}"}
    data = {"name": "海口"}
    headers, body = write_binary(attributes, data)
    whole = write_structured(attributes, data).decode()
    by_kind = charset if charset in ("gbk", "utf-16") else "utf-8"
    for event in (
        *read_http(headers, body),
        *read_http([("content-type", f"{STRUCTURED}; charset={by_kind}")], whole.encode(by_kind)),
        read_structured(write_structured(attributes, None, body)),
    ):
        assert not event.problems
        assert (event.attributes, event.data) == (attributes, data)
        again = read_structured(standard_form(event))
        assert (again.attributes, again.data) == (attributes, data)


@pytest.mark.parametrize(
    ("charset", "body"), [("klingon", b"{}"), ("zip", b"{}"), ("idna", b"{}"), ("gbk", b'{"a":"\xff"}')]
)
def test_a_charset_that_is_unknown_or_untrue_is_refused(charset: str, body: bytes) -> None:
    headers, _ = write_binary({**ATTRIBUTES, "datacontenttype": f"application/json; charset={charset}"}, None)
    event = read_binary(headers, body)
    assert codes(event) == {("bad_charset", "data")}
    assert codes(read_structured(standard_form(event))) == {("bad_charset", "data")}
    (whole,) = read_http([("content-type", f"{STRUCTURED}; charset={charset}")], body)
    assert [problem.code for problem in whole.problems] == ["bad_charset"]


def test_unknown_extensions_are_kept_whatever_their_kind_and_length() -> None:
    extensions: dict[str, Any] = {
        "flag": True, "count": -7, "x9": "自由", "whatanoverlongattributename": "v", "empty": "",
    }  # fmt: skip
    attributes = {**ATTRIBUTES, **extensions}
    event = read_structured(write_structured(attributes, {"a": 1}))
    assert not event.problems
    assert event.attributes == attributes
    assert read_structured(standard_form(event)).attributes == attributes
    # Headers carry texts only: in binary mode that is what arrives.
    headers, body = write_binary(attributes, {"a": 1})
    texts = {"flag": "true", "count": "-7"}
    assert read_binary(headers, body).attributes == {**attributes, **texts}


@pytest.mark.parametrize("value", [1.5, 2**31, {"a": 1}, [1], "a\u0007", "\ufdd0"])
def test_an_extension_is_of_a_type_that_attributes_have(value: Any) -> None:
    assert codes(structured(extra=value)) == {("bad_attribute", "extra")}


def test_an_attribute_that_is_null_is_absent() -> None:
    raw = json.dumps({**ATTRIBUTES, "extra": None, "data_base64": None, "data": {"a": 1}}).encode()
    event = read_structured(raw)
    assert (event.attributes, event.data, event.problems) == (ATTRIBUTES, {"a": 1}, ())


def test_what_came_structured_stays_as_it_was_sent() -> None:
    for raw in (
        b'{ "data_base64": "?", "data": 1 }',
        json.dumps({**ATTRIBUTES, "data": "x", "datacontenttype": "text/plain"}).encode(),
    ):
        event = read_structured(raw)
        assert event.problems
        assert standard_form(event) == raw


def test_text_that_is_no_json_is_said_to_be_none_in_every_mode() -> None:
    attributes = {**ATTRIBUTES, "datacontenttype": "text/plain; charset=gbk"}
    headers, body = write_binary(attributes, "海口")
    assert body == "海口".encode("gbk")
    for event in (read_binary(headers, body), read_structured(write_structured(attributes, "海口"))):
        assert codes(event) == {("not_json", "data")}


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
    for name in ("ce_id", "content-type"):
        standard_form(read_record([(name, raw)], raw))
    text = raw.decode("latin-1")
    for event in read_http([("ce-id", text), ("content-type", text)], raw):
        standard_form(event)
