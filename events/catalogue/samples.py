"""One small event of every type and version, always the same: what the frozen corpus is made of.

Each is given twice: with every field there is, and with no more than must be.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from events.canonical import canonical
from events.catalogue.base import EventData, Fact
from events.catalogue.registry import stream_of
from events.catalogue.schema import Schema, event_schema, fact_schema
from events.envelope import Draft, Head, seal

MOMENT = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
SUBJECT = "HN-2026-000001"

# The first that a pattern takes stands for it: a code, a digest, base64, a decimal.
_WORDS = ("sample", "0" * 64, "c2FtcGxl", "10")
_FORMATS = {"date-time": "2026-06-01T02:00:00Z", "date": "2026-06-01"}


def event_lines(model: type[EventData]) -> list[bytes]:
    """Return two sealed events of this type, chained, as the bytes that are sent."""
    drafts = [
        Draft(type=model.type, time=MOMENT, data=model.model_validate(data).as_data(), causationid=cause)
        for data, cause in zip(_both(event_schema(model)), ("/upstream/sample|1", None), strict=True)
    ]
    sealed = seal(
        Head(),
        drafts,
        source="/mingdian/sample",
        subject=SUBJECT,
        correlationid=SUBJECT,
        policyversion="sample",
    )
    return [event.as_bytes() for event in sealed]


def fact_lines(model: type[Fact]) -> list[bytes]:
    """Return two facts of this type as upstream sends them, in structured mode."""
    attributes = {
        "specversion": "1.0",
        "source": "/upstream/sample",
        "type": model.type,
        "subject": "sample",
        "time": MOMENT.isoformat(),
        "profile": "sample",
        "datacontenttype": "application/json",
    }
    lines: list[bytes] = []
    for number, data in enumerate(_both(fact_schema(model)), 1):
        model.model_validate(data)  # a sample that its own model refuses must not be frozen
        event_id = f"{stream_of(model.type)}-{number}"
        lines.append(canonical({**attributes, "id": event_id, "data": data}))
    return lines


def _both(schema: Schema) -> Iterator[dict[str, Any]]:
    yield _object(schema, schema, schema.get("properties", {}))
    yield _object(schema, schema, schema.get("required", ()))


def _object(schema: Schema, root: Schema, names: Any) -> dict[str, Any]:
    return {name: _value(schema["properties"][name], root) for name in names}


def _value(schema: Schema, root: Schema) -> Any:  # noqa: PLR0911 - one answer per keyword
    match schema:
        case {"$ref": str(place)}:
            return _value(root["$defs"][place.rpartition("/")[2]], root)
        case {"const": value} | {"enum": [value, *_]}:
            return value
        case {"anyOf": [*options]}:
            # A text rather than a number: money and energy are texts where they are exact.
            return _value(next((one for one in options if one.get("type") == "string"), options[0]), root)
        case {"allOf": [one]}:
            return _value(one, root)
        case {"type": "object"}:
            return _object(schema, root, schema.get("properties", {}))
        case {"type": "array"}:
            return [_value(schema["items"], root)]
        case {"type": "string"}:
            return _text(schema)
        case {"type": "number"}:
            return 7.5
        case {"type": "integer"}:
            return min(max(7, schema.get("minimum", 7)), schema.get("maximum", 7))
        case {"type": "boolean"}:
            return True
    raise ValueError(f"no sample for {schema}")


def _text(schema: Schema) -> str:
    if "format" in schema:
        return _FORMATS[schema["format"]]
    if "pattern" in schema:
        return next(word for word in _WORDS if re.search(schema["pattern"], word))
    return "10" if not schema.get("maxLength") else "样本 sample"
