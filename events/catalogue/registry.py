"""Looks a type name up: which model reads its data. The whole language of the platform in one place."""

from events.catalogue import connection_events, connection_facts
from events.catalogue.base import EventData, Fact

FACT_MODELS: dict[str, type[Fact]] = {model.type: model for model in connection_facts.FACTS}
EVENT_MODELS: dict[str, type[EventData]] = {model.type: model for model in connection_events.EVENTS}


def stream_of(type_name: str) -> str:
    """Return the stream part of a type: `mingdian.fact.connection.x.v1` and `mingdian.connection.x.v1` →
    `connection`."""
    parts = type_name.split(".")
    return parts[2] if parts[1] == "fact" else parts[1]


def short_name(type_name: str) -> str:
    """Return the past-tense word of a type: `mingdian.connection.plan_replied.v1` → `plan_replied`."""
    return type_name.split(".")[-2]
