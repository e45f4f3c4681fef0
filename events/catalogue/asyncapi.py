"""The AsyncAPI 3 document: which topics there are, what is sent on them, and who sends it."""

from typing import Any

from pydantic import BaseModel

from events.catalogue.outcome import Outcome
from events.catalogue.registry import (
    EVENT_MODELS,
    FACT_MODELS,
    PAST_EVENT_MODELS,
    PAST_FACT_MODELS,
    stream_of,
)
from events.catalogue.schema import ENVELOPE, OUTCOME
from events.cloudevents import MAX_LENGTH, STRUCTURED
from events.topics import INBOUND, OUTCOMES, TOPICS, Topic, upstream_topic

Part = dict[str, Any]

EVENTS = "mingdian.events."
_INBOUND = {name: model for name, model in {**FACT_MODELS, **PAST_FACT_MODELS}.items() if not model.internal}
_KAFKA = "0.5.0"  # the version of AsyncAPI's Kafka binding
_UPSTREAM = "{upstream}"

_DESCRIPTION = (
    "Upstream systems send facts; every decision of the platform is an event. Both are CloudEvents 1.0. "
    "An event of a stream is chained to the one before by SHA-256 over its RFC 8785 form. Fields marked "
    "x-personal are sent in clear inbound and are sealed everywhere after."
)


def document() -> Part:
    """Return the whole document; payloads refer to the schema files beside it."""
    upstream = upstream_topic(_UPSTREAM)
    channels = {_channel_id(topic.name): _channel(topic) for topic in TOPICS}
    channels["inbound.upstream"] = {
        **_channel(upstream),
        "parameters": {"upstream": {"description": "The upstream system that alone may write here."}},
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Mingdian 明电", "version": "1.0.0", "description": _DESCRIPTION},
        "defaultContentType": STRUCTURED,
        "channels": channels,
        "operations": {_verb(name): _operation(name) for name in channels},
        "components": {"messages": _messages(), "schemas": {"inboundEnvelope": _inbound_envelope()}},
    }


def _channel_id(topic: str) -> str:
    return topic.removeprefix("mingdian.")


def _channel(topic: Topic) -> Part:
    return {
        "address": topic.name,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in _names(topic.name)},
        "bindings": {
            "kafka": {"topic": topic.name, "partitions": topic.partitions, "bindingVersion": _KAFKA}
        },
    }


def _names(topic: str) -> list[str]:
    """The messages of a topic: of a stream, every version that its log may hold."""
    if topic == OUTCOMES:
        return [OUTCOME]
    if topic.startswith(INBOUND):
        return list(_INBOUND)
    stream = topic.removeprefix(EVENTS)
    return [name for name in (*EVENT_MODELS, *PAST_EVENT_MODELS) if stream_of(name) == stream]


def _verb(channel: str) -> str:
    return ("take." if channel.startswith("inbound") else "tell.") + channel


def _operation(channel: str) -> Part:
    inbound = channel.startswith("inbound")
    return {
        "action": "receive" if inbound else "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": "Facts from upstream." if inbound else "What the platform says.",
    }


def _messages() -> dict[str, Part]:
    facts = {name: _message(name, model, _fact_payload(name)) for name, model in _INBOUND.items()}
    models = {**EVENT_MODELS, **PAST_EVENT_MODELS}
    events = {name: _message(name, model, _event_payload(name)) for name, model in models.items()}
    outcome = {**_message(OUTCOME, Outcome, _schema(OUTCOME)), "contentType": "application/json"}
    return {**facts, **events, OUTCOME: outcome}


def _message(name: str, model: type[BaseModel], payload: Part) -> Part:
    return {
        "name": name,
        "summary": " ".join((model.__doc__ or "").split()),
        "contentType": STRUCTURED,
        "payload": payload,
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": _KAFKA}},
    }


def _schema(name: str) -> Part:
    return {"$ref": f"./{name}.json"}


def _event_payload(name: str) -> Part:
    typed = {"type": "object", "properties": {"type": {"const": name}, "data": _schema(name)}}
    return {"allOf": [_schema(ENVELOPE), typed]}


def _fact_payload(name: str) -> Part:
    typed = {"type": "object", "properties": {"type": {"const": name}, "data": _schema(name)}}
    return {"allOf": [{"$ref": "#/components/schemas/inboundEnvelope"}, typed]}


def _inbound_envelope() -> Part:
    """What an event must carry on its way in; extensions that nobody here knows are kept."""
    texts: dict[str, Part] = {
        name: {"type": "string", "minLength": 1, "maxLength": length} for name, length in MAX_LENGTH.items()
    }
    texts["time"]["format"] = "date-time"
    return {
        "type": "object",
        "properties": {
            "specversion": {"const": "1.0"},
            **texts,
            "profile": {"type": "string", "description": "The grid company's profile, such as hainan."},
            "datacontenttype": {"type": "string"},
            "traceparent": {"type": "string"},
        },
        "required": ["specversion", *MAX_LENGTH, "profile"],
        "additionalProperties": {"type": ["string", "integer", "boolean"]},
    }
