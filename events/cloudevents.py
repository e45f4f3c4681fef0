"""CloudEvents 1.0 in its three modes: structured, binary (HTTP `ce-…`, Kafka `ce_…`) and batch (HTTP).

Reading never raises: what is wrong is listed on the result, all of it at once, and never quotes the input.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from events.errors import Problem
from events.headertext import from_http, from_kafka, to_http
from events.mediatypes import BadCharsetError, ContentType, read_content_type
from events.plainjson import BadJsonError, read_json
from events.rfc3339 import read_strict

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
HTTP_PREFIX = "ce-"
KAFKA_PREFIX = "ce_"
_FORMATS = "application/cloudevents"
_UTF8 = ContentType(STRUCTURED, None)

MAX_LENGTH = {"id": 200, "source": 200, "type": 200, "subject": 200, "time": 64}
_UNREADABLE_HEADER = {"twice", "bad_header"}
_REQUIRED = ("specversion", "id", "source", "type")
_NAME = re.compile(r"[a-z0-9]+")
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_WHOLE = range(-(2**31), 2**31)  # what CloudEvents calls an Integer
_NO_HEADER = {"data", "data_base64", "datacontenttype"}  # the body, and the content type, say these


@dataclass(frozen=True)
class InboundEvent:
    """An event as it came: context attributes, data, the bytes, and all that is wrong with it.

    `raw` is the whole event in UTF-8, or in binary mode its data alone, as sent.
    """

    attributes: dict[str, Any]
    data: Any
    raw: bytes = field(repr=False)
    problems: tuple[Problem, ...] = ()
    binary: bool = False

    def text(self, name: str) -> str | None:
        """Return an attribute when it is a text, else None."""
        value = self.attributes.get(name)
        return value if isinstance(value, str) else None

    @property
    def identified(self) -> bool:
        """Whether `source` and `id` can be read, so that somebody can be told the outcome.

        Headers that contradict each other or mean nothing make the whole envelope unreadable.
        """
        faulty = {problem.field for problem in self.problems}
        if self.binary and any(problem.code in _UNREADABLE_HEADER for problem in self.problems):
            return False
        return all(self.text(name) and name not in faulty for name in ("source", "id"))

    @property
    def key(self) -> str:
        """What facts of one subject have in common: the partition key inbound."""
        return self.text("subject") or self.text("id") or ""


def read_http(headers: Iterable[tuple[str, str]], body: bytes) -> list[InboundEvent]:
    """Read a request in whichever of the three modes its content type and headers say."""
    listed = list(headers)
    kind = read_content_type(next((value for name, value in listed if name.lower() == "content-type"), None))
    if kind.media == BATCH:
        return read_batch(body, kind)
    if not kind.media.startswith(_FORMATS) and _has_attributes(listed, HTTP_PREFIX):
        return [read_binary(listed, body)]
    return [_read_format(kind, body)]


def read_record(headers: Iterable[tuple[str, bytes]], value: bytes) -> InboundEvent:
    """Read a Kafka record: structured when its content type says so, else binary when it has attributes.

    A record without either is taken for a structured one.
    """
    listed = list(headers)
    texts = [(name, from_kafka(content)) for name, content in listed]
    kind = read_content_type(next((text for name, text in texts if name.lower() == "content-type"), None))
    if not kind.media.startswith(_FORMATS) and _has_attributes(listed, KAFKA_PREFIX):
        return _from_headers(texts, value, KAFKA_PREFIX)
    return _read_format(kind, value)


def read_structured(raw: bytes, kind: ContentType = _UTF8) -> InboundEvent:
    """Read an event that is one JSON object."""
    try:
        text = kind.to_utf8(raw)
        value = read_json(text)
    except (BadCharsetError, BadJsonError) as error:
        return _unreadable(raw, error.code, error.sentence)
    return _from_object(value, text)


def read_batch(raw: bytes, kind: ContentType = _UTF8) -> list[InboundEvent]:
    """Read a JSON array of events, which may be empty; each one's `raw` is its own JSON."""
    try:
        values = read_json(kind.to_utf8(raw))
    except (BadCharsetError, BadJsonError) as error:
        return [_unreadable(raw, error.code, error.sentence)]
    if not isinstance(values, list):
        return [_unreadable(raw, "bad_envelope", "A batch is a JSON array of events.")]
    return [_from_object(value, json.dumps(value, ensure_ascii=False).encode()) for value in values]


def read_binary(headers: Iterable[tuple[str, str]], body: bytes) -> InboundEvent:
    """Read an event whose attributes are HTTP headers and whose data is the body."""
    decoded: list[tuple[str, str | None]] = []
    for name, value in headers:
        # The content type is a header of HTTP's own and is not percent-encoded.
        decoded.append((name, value if name.lower() == "content-type" else from_http(value)))
    return _from_headers(decoded, body, HTTP_PREFIX)


def write_structured(attributes: Mapping[str, Any], data: Any, body: bytes | None = None) -> bytes:
    """Write an event as one JSON object. `body` is for what is no JSON: it goes in base64."""
    event = dict(attributes)
    if body is not None:
        event["data_base64"] = base64.b64encode(body).decode()
    elif data is not None:
        event["data"] = data
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def write_binary(
    attributes: Mapping[str, Any], data: Any, prefix: str = HTTP_PREFIX
) -> tuple[list[tuple[str, str]], bytes]:
    """Write an event as headers (in Kafka to be sent as UTF-8) and body.

    Raises `BadCharsetError` when the content type names a charset that can't hold the data.
    """
    content_type = str(attributes.get("datacontenttype", "application/json"))
    headers = [("content-type", content_type)]
    for name, value in attributes.items():
        if name != "datacontenttype":
            text = str(value).lower() if isinstance(value, bool) else str(value)
            headers.append((f"{prefix}{name}", to_http(text) if prefix == HTTP_PREFIX else text))
    if data is None or isinstance(data, bytes):
        return headers, data or b""
    kind = read_content_type(content_type)
    if isinstance(data, str) and not kind.is_json:
        return headers, kind.from_text(data)
    # Where it is not UTF-8, escapes keep JSON within what every charset holds.
    return headers, kind.from_text(json.dumps(data, ensure_ascii=kind.charset not in (None, "utf-8")))


def standard_form(event: InboundEvent) -> bytes:
    """Return the event in structured mode, whichever mode it came in, faults and all."""
    if not event.binary:
        return event.raw
    faulty = bool(event.raw) and any(problem.field == "data" for problem in event.problems)
    return write_structured(event.attributes, event.data, event.raw if faulty else None)


def _has_attributes(headers: Iterable[tuple[str, Any]], prefix: str) -> bool:
    known = {f"{prefix}{name}" for name in _REQUIRED}
    return any(name.lower() in known for name, _ in headers)


def _read_format(kind: ContentType, raw: bytes) -> InboundEvent:
    if kind.media.startswith(_FORMATS) and kind.media != STRUCTURED:
        sentence = f"Of the formats of CloudEvents only {STRUCTURED} is understood here."
        return _unreadable(raw, "unknown_format", sentence)
    return read_structured(raw, kind)


def _from_headers(headers: Iterable[tuple[str, str | None]], body: bytes, prefix: str) -> InboundEvent:
    attributes: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in headers:
        low = name.lower()
        if low != "content-type" and not low.startswith(prefix):
            continue
        attribute = "datacontenttype" if low == "content-type" else low.removeprefix(prefix)
        if low.startswith(prefix) and attribute in _NO_HEADER:
            problems.append(_problem("bad_header", attribute, "The body and its content type say this."))
        elif attribute in attributes:
            problems.append(_problem("twice", attribute, "The attribute is given twice. Give it once."))
        elif value is None:
            problems.append(_problem("bad_header", attribute, "The header is not encoded as it should be."))
        else:
            attributes[attribute] = value
    data, faults = _decode_data(body, attributes.get("datacontenttype"))
    told = {problem.field for problem in problems}
    problems += [one for one in _attribute_problems(attributes) if one.field not in told]
    return InboundEvent(attributes, data, body, (*problems, *faults), binary=True)


def _from_object(value: Any, raw: bytes) -> InboundEvent:
    if not isinstance(value, dict):
        return _unreadable(raw, "bad_envelope", "An event is a JSON object.")
    # An attribute that is null is one that is absent.
    named = {name: v for name, v in value.items() if v is not None}
    attributes = {name: v for name, v in named.items() if name not in {"data", "data_base64"}}
    problems = _attribute_problems(attributes)
    content_type = attributes.get("datacontenttype")
    if "data_base64" not in named:
        data, faults = named.get("data"), _type_problems(content_type)
        return InboundEvent(attributes, data, raw, (*problems, *(faults if data is not None else ())))
    if "data" in named:
        problems.append(_problem("twice", "data", "Give data or data_base64, not both."))
    try:
        body = base64.b64decode(named["data_base64"], validate=True)
    except (binascii.Error, TypeError, ValueError):
        problems.append(_problem("not_base64", "data", "data_base64 is not base64. Encode the bytes again."))
        return InboundEvent(attributes, None, raw, tuple(problems))
    data, faults = _decode_data(body, content_type)
    return InboundEvent(attributes, data, raw, (*problems, *faults))


def _decode_data(body: bytes, content_type: Any) -> tuple[Any, list[Problem]]:
    if faults := _type_problems(content_type):
        return None, faults
    if not body:
        return None, []
    kind = read_content_type(content_type if isinstance(content_type, str) else None)
    try:
        return read_json(kind.to_utf8(body)), []
    except (BadCharsetError, BadJsonError) as error:
        return None, [_problem(error.code, "data", error.sentence)]


def _type_problems(content_type: Any) -> list[Problem]:
    if content_type is None or (isinstance(content_type, str) and read_content_type(content_type).is_json):
        return []
    return [_problem("not_json", "data", "The data is not JSON. Send application/json.")]


def _attribute_problems(attributes: Mapping[str, Any]) -> list[Problem]:
    found = [
        _problem("missing", name, "The attribute is missing. Every event carries it.")
        for name in _REQUIRED
        if attributes.get(name) in (None, "")
    ]
    for name, value in attributes.items():
        if not _NAME.fullmatch(name):
            found.append(_problem("bad_name", "", "Attribute names are made of a-z and 0-9."))
        elif not isinstance(value, str | bool | int) or (isinstance(value, int) and value not in _WHOLE):
            sentence = "An attribute is a text, a whole number of 32 bits or a boolean."
            found.append(_problem("bad_attribute", name, sentence))
        elif name in MAX_LENGTH and value != "":
            found += text_problems(name, value)
        elif isinstance(value, str) and _NO_TEXT.search(value):
            found.append(_problem("bad_attribute", name, "The attribute holds control characters."))
    if attributes.get("specversion") not in (None, "", "1.0"):
        found.append(_problem("bad_specversion", "specversion", "Only CloudEvents 1.0 is understood."))
    if attributes.get("time") in (None, ""):
        found.append(_problem("missing", "time", "The time is missing. Say when it happened, with a zone."))
    return found


def text_problems(name: str, value: Any) -> list[Problem]:
    """What is against the value of an attribute whose length is limited (`MAX_LENGTH`)."""
    if not isinstance(value, str):
        return [_problem("bad_attribute", name, "The attribute must be a text.")]
    if len(value) > MAX_LENGTH[name] or not value.isprintable():
        return [_problem("bad_attribute", name, f"At most {MAX_LENGTH[name]} printable characters.")]
    if name == "source" and ("|" in value or " " in value):
        # Elsewhere `source|id` names a fact, and must name one only.
        return [_problem("bad_attribute", name, "A source is a URI reference, without | or space.")]
    if name == "time":
        problem = read_strict(value)
        return [problem] if isinstance(problem, Problem) else []
    return []


def _unreadable(raw: bytes, code: str, sentence: str) -> InboundEvent:
    return InboundEvent({}, None, raw, (_problem(code, "", sentence),))


def _problem(code: str, name: str, sentence: str) -> Problem:
    return Problem(code=code, field=name, sentence=sentence)
