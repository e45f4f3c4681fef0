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
from urllib.parse import quote, unquote

from events.errors import Problem
from events.plainjson import BadJsonError, read_json
from events.rfc3339 import read_strict

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
HTTP_PREFIX = "ce-"
KAFKA_PREFIX = "ce_"

MAX_LENGTH = {"id": 200, "source": 200, "type": 200, "subject": 200, "time": 64}
_REQUIRED = ("specversion", "id", "source", "type")
_NAME = re.compile(r"[a-z0-9]{1,20}")
_JSON_TYPE = re.compile(r"[\w.!#$&^+-]+/(?:[\w.!#$&^-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)


@dataclass(frozen=True)
class InboundEvent:
    """An event as it came: context attributes, data, the bytes, and all that is wrong with it."""

    attributes: dict[str, Any]
    data: Any
    raw: bytes = field(repr=False)
    problems: tuple[Problem, ...] = ()

    def text(self, name: str) -> str | None:
        """Return an attribute when it is a text, else None."""
        value = self.attributes.get(name)
        return value if isinstance(value, str) else None

    @property
    def identified(self) -> bool:
        """Whether `source` and `id` can be read, so that somebody can be told the outcome."""
        faulty = {problem.field for problem in self.problems}
        return all(self.text(name) and name not in faulty for name in ("source", "id"))

    @property
    def key(self) -> str:
        """What facts of one subject have in common: the partition key inbound."""
        return self.text("subject") or self.text("id") or ""


def read_structured(raw: bytes) -> InboundEvent:
    """Read an event that is one JSON object."""
    try:
        value = read_json(raw)
    except BadJsonError as error:
        return _unreadable(raw, error.code, error.sentence)
    return _from_object(value, raw)


def read_batch(raw: bytes) -> list[InboundEvent]:
    """Read a JSON array of events; each one's `raw` is its own JSON."""
    try:
        values = read_json(raw)
    except BadJsonError as error:
        return [_unreadable(raw, error.code, error.sentence)]
    if not isinstance(values, list):
        return [_unreadable(raw, "bad_envelope", "A batch is a JSON array of events.")]
    return [_from_object(value, json.dumps(value, ensure_ascii=False).encode()) for value in values]


def read_binary(headers: Iterable[tuple[str, str]], body: bytes, prefix: str = HTTP_PREFIX) -> InboundEvent:
    """Read an event whose attributes are headers and whose data is the body."""
    attributes: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in headers:
        low = name.lower()
        if low == "content-type":
            attributes["datacontenttype"] = value
        elif low.startswith(prefix):
            attribute = low.removeprefix(prefix)
            if attribute in attributes:
                problems.append(_problem("twice", attribute, "The attribute is given twice. Give it once."))
            attributes[attribute] = unquote(value) if prefix == HTTP_PREFIX else value
    data, faults = _decode_data(body, attributes.get("datacontenttype"))
    return InboundEvent(attributes, data, body, (*problems, *_attribute_problems(attributes), *faults))


def read_record(headers: Iterable[tuple[str, bytes]], value: bytes) -> InboundEvent:
    """Read a Kafka record: binary when it carries `ce_specversion`, structured otherwise."""
    texts = [(name, content.decode("utf-8", "replace")) for name, content in headers]
    if any(name.lower() == f"{KAFKA_PREFIX}specversion" for name, _ in texts):
        return read_binary(texts, value, KAFKA_PREFIX)
    return read_structured(value)


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
    """Write an event as headers and body."""
    headers = [("content-type", str(attributes.get("datacontenttype", "application/json")))]
    for name, value in attributes.items():
        if name != "datacontenttype":
            text = str(value).lower() if isinstance(value, bool) else str(value)
            # HTTP headers are ASCII: the rest, space, quote and percent sign are percent-encoded.
            escaped = quote(text, safe="!#$&'()*+,/:;=?@[]<>\\^`{|}~") if prefix == HTTP_PREFIX else text
            headers.append((f"{prefix}{name}", escaped))
    return headers, b"" if data is None else json.dumps(data, ensure_ascii=False).encode()


def standard_form(event: InboundEvent) -> bytes:
    """Return the event in structured mode, whichever mode it came in, faults and all."""
    binary = event.data is None and bool(event.raw) and any(p.field == "data" for p in event.problems)
    return write_structured(event.attributes, event.data, event.raw if binary else None)


def _from_object(value: Any, raw: bytes) -> InboundEvent:
    if not isinstance(value, dict):
        return _unreadable(raw, "bad_envelope", "An event is a JSON object.")
    attributes = {name: v for name, v in value.items() if name not in {"data", "data_base64"}}
    problems = _attribute_problems(attributes)
    if "data_base64" not in value:
        return InboundEvent(attributes, value.get("data"), raw, tuple(problems))
    if "data" in value:
        problems.append(_problem("twice", "data", "Give data or data_base64, not both."))
    try:
        body = base64.b64decode(value["data_base64"], validate=True)
    except (binascii.Error, TypeError, ValueError):
        problems.append(_problem("not_base64", "data", "data_base64 is not base64. Encode the bytes again."))
        return InboundEvent(attributes, None, raw, tuple(problems))
    data, faults = _decode_data(body, attributes.get("datacontenttype"))
    return InboundEvent(attributes, data, raw, (*problems, *faults))


def _decode_data(body: bytes, content_type: Any) -> tuple[Any, list[Problem]]:
    if content_type is not None and not _JSON_TYPE.fullmatch(str(content_type).strip()):
        return None, [_problem("not_json", "data", "The data is not JSON. Send application/json.")]
    if not body:
        return None, []
    try:
        return read_json(body), []
    except BadJsonError as error:
        return None, [_problem(error.code, "data", error.sentence)]


def _attribute_problems(attributes: Mapping[str, Any]) -> list[Problem]:
    found = [
        _problem("missing", name, "The attribute is missing. Every event carries it.")
        for name in _REQUIRED
        if attributes.get(name) in (None, "")
    ]
    for name, value in attributes.items():
        if not _NAME.fullmatch(name):
            found.append(_problem("bad_name", "", "Attribute names are 1 to 20 of a-z and 0-9."))
        elif value is not None and not isinstance(value, str | bool | int):
            found.append(
                _problem("bad_attribute", name, "An attribute is a text, a whole number or a boolean.")
            )
        elif name in MAX_LENGTH and value not in (None, ""):
            found += _text_problems(name, value)
    if attributes.get("specversion") not in (None, "", "1.0"):
        found.append(_problem("bad_specversion", "specversion", "Only CloudEvents 1.0 is understood."))
    if attributes.get("time") in (None, ""):
        found.append(_problem("missing", "time", "The time is missing. Say when it happened, with a zone."))
    return found


def _text_problems(name: str, value: Any) -> list[Problem]:
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
