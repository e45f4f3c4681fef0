"""Reads the frozen corpus back: every event ever written, by today's code."""

import json
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from events.catalogue.base import EventData
from events.catalogue.registry import EVENT_MODELS, FACT_MODELS, PAST_EVENT_MODELS, PAST_FACT_MODELS
from events.cloudevents import read_structured
from events.envelope import Event, recompute_hash
from events.upcasting import read_data, read_fact


def unread(files: Iterable[tuple[str, list[bytes]]]) -> list[str]:
    """Return one sentence per frozen event that today's code does not read as it was written."""
    return [
        f"{name} line {number}: {told}"
        for name, lines in files
        for number, line in enumerate(lines, 1)
        if (told := _fault(name, line)) is not None
    ]


def _fault(name: str, line: bytes) -> str | None:
    return _fact_fault(name, line) if name.startswith("mingdian.fact.") else _event_fault(name, line)


def _fact_fault(name: str, line: bytes) -> str | None:
    event = read_structured(line)
    if event.problems:
        return f"the envelope is refused: {event.problems[0].code}"
    model = FACT_MODELS.get(name) or PAST_FACT_MODELS.get(name)
    if event.attributes.get("type") != name or model is None:
        return "the type is not known"
    try:
        model.model_validate(event.data)
        read_fact(name, event.data)
    except ValidationError as error:
        return f"the data are refused: {_told(error)}"
    return None


def _event_fault(name: str, line: bytes) -> str | None:
    body: dict[str, Any] = json.loads(line)
    if recompute_hash(body) != body.get("hash"):
        return "the hash is not that of the content"
    model = EVENT_MODELS.get(name) or PAST_EVENT_MODELS.get(name)
    if body.get("type") != name or model is None:
        return "the type is not known"
    try:
        return _other_content(line, body, model)
    except ValidationError as error:
        return f"the data are refused: {_told(error)}"


def _other_content(line: bytes, body: dict[str, Any], model: type[EventData]) -> str | None:
    """The envelope and the version's own model must write the same again: a new default would not."""
    if Event.model_validate(body).as_bytes() != line:
        return "the envelope is not written as it was"
    if model.model_validate(body["data"]).as_data() != body["data"]:
        return "the data are not written as they were"
    if read_data(model.type, body["data"]) is None:
        return "no version of today reads it"
    return None


def _told(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
