"""JSON Schemas (2020-12) of the catalogue, made from its models: what is sent, type by type.

An event's schema is what the platform writes: no null, every default spelled out, personal fields sealed.
A fact's schema is what upstream may send: personal fields in clear. `x-personal` marks them in both.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from events.catalogue.base import EventData, Fact
from events.catalogue.outcome import Outcome
from events.catalogue.registry import (
    EVENT_MODELS,
    FACT_MODELS,
    PAST_EVENT_MODELS,
    PAST_FACT_MODELS,
    stream_of,
)
from events.envelope import Event
from events.personal import SealedValue, personal_fields

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ENVELOPE = "mingdian.envelope"
OUTCOME = "mingdian.outcome"

Schema = dict[str, Any]

_SEALED = f"#/$defs/{SealedValue.__name__}"
_NULL: Schema = {"type": "null"}


def schemas() -> dict[str, Schema]:
    """Return every schema by its name: all types, past versions included, the envelope and the outcome."""
    made = {name: fact_schema(model) for name, model in {**FACT_MODELS, **PAST_FACT_MODELS}.items()}
    made |= {name: event_schema(model) for name, model in {**EVENT_MODELS, **PAST_EVENT_MODELS}.items()}
    made[ENVELOPE] = envelope_schema()
    made[OUTCOME] = _headed(OUTCOME, _tidy(Outcome.model_json_schema(mode="serialization"), written=False))
    return dict(sorted(made.items()))


def event_schema(model: type[EventData]) -> Schema:
    """Return the schema of an event's `data`."""
    schema = _written(model)
    for name in personal_fields(model):
        schema["properties"][name] = {"allOf": [{"$ref": _SEALED}], "x-personal": True}
    return _headed(model.type, schema)


def fact_schema(model: type[Fact]) -> Schema:
    """Return the schema of a fact's `data`."""
    schema = _tidy(model.model_json_schema(mode="validation"), written=False)
    for name in personal_fields(model):
        options = schema["properties"][name]["anyOf"]
        clear = [option for option in options if option.get("$ref") != _SEALED]
        schema["properties"][name] = {"anyOf": clear, "default": None, "x-personal": True}
    marks = {"x-ordered": model.ordered, "x-opens": model.opens}
    marks |= {"x-internal": True} if model.internal else {}
    return {**_headed(model.type, schema), **marks}


def envelope_schema() -> Schema:
    """Return the schema of a sealed event; `data` is that of its type."""
    schema = _written(Event)
    return _headed(ENVELOPE, {**schema, "required": [*schema["required"], "data"]})


def _written(model: type[BaseModel]) -> Schema:
    return _tidy(model.model_json_schema(mode="serialization"), written=True)


def _headed(name: str, schema: Schema) -> Schema:
    head: Schema = {"$schema": DIALECT, "$id": f"urn:{name}", "title": name}
    if name not in (ENVELOPE, OUTCOME):
        head["x-stream"] = stream_of(name)
    body = dict(schema)
    # Narrowing a personal field can leave a definition that nothing refers to.
    used = str({word: value for word, value in body.items() if word != "$defs"} | {"": body.get("$defs")})
    defined = {name: one for name, one in body.pop("$defs", {}).items() if f"#/$defs/{name}'" in used}
    return {**head, **body, **({"$defs": defined} if defined else {})}


def _tidy(schema: Mapping[str, Any], *, written: bool) -> Schema:
    """Return a schema without the titles that only repeat a name, and its texts on one line.

    `written`: nothing is ever null, and a field with a default is always there.
    """
    tidy: Schema = {}
    for word, value in schema.items():
        match word:
            case "title":  # repeats the field's name
                pass
            case "description":
                tidy[word] = " ".join(value.split())
            case "properties" | "$defs":
                tidy[word] = {name: _tidy(inner, written=written) for name, inner in value.items()}
            case "items":
                tidy[word] = _tidy(value, written=written)
            case "anyOf":
                tidy[word] = [_tidy(one, written=written) for one in value if not (written and one == _NULL)]
            case _:
                tidy[word] = value
    return _spelled_out(tidy) if written else tidy


def _spelled_out(schema: Schema) -> Schema:
    if schema.get("default", ...) is None:
        del schema["default"]
    options = schema.get("anyOf", ())
    if len(options) == 1:
        del schema["anyOf"]
        schema = {**options[0], **schema}
    if "properties" in schema:
        sure = set(schema.get("required", ()))
        required = [name for name, one in schema["properties"].items() if name in sure or "default" in one]
        schema |= {"required": required} if required else {}
    return schema
