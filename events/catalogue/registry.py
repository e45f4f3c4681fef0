"""Looks a type name up: which model reads its data. The whole language of the platform in one place."""

from events.catalogue import (
    connection_events,
    connection_facts,
    connection_past,
    duty_events,
    duty_facts,
    erasure_events,
    project_change_events,
    project_change_facts,
    project_events,
    project_facts,
    project_link_events,
    project_link_facts,
    project_past,
    project_sharing_events,
    project_sharing_facts,
    roots_events,
    roster_facts,
    service_events,
    service_facts,
    staff_events,
    staff_facts,
    team_events,
)
from events.catalogue.base import EventData, Fact

_FACTS = (
    *connection_facts.FACTS,
    *duty_facts.FACTS,
    *service_facts.FACTS,
    *staff_facts.FACTS,
    *project_facts.FACTS,
    *project_change_facts.FACTS,
    *project_link_facts.FACTS,
    *project_sharing_facts.FACTS,
    *roster_facts.FACTS,
)
_EVENTS = (
    *connection_events.EVENTS,
    *duty_events.EVENTS,
    *service_events.EVENTS,
    *staff_events.EVENTS,
    *team_events.EVENTS,
    *project_events.EVENTS,
    *project_change_events.EVENTS,
    *project_link_events.EVENTS,
    *project_sharing_events.EVENTS,
    *erasure_events.EVENTS,
    *roots_events.EVENTS,
)

FACT_MODELS: dict[str, type[Fact]] = {model.type: model for model in _FACTS}
EVENT_MODELS: dict[str, type[EventData]] = {model.type: model for model in _EVENTS}
"""The versions of today. Whoever reads what was sent or written goes through `events.upcasting`."""

PAST_FACT_MODELS: dict[str, type[Fact]] = {
    model.type: model for model in (*connection_past.FACTS, *project_past.FACTS)
}
PAST_EVENT_MODELS: dict[str, type[EventData]] = {
    model.type: model for model in (*connection_past.EVENTS, *project_past.EVENTS)
}
"""The versions of once: readable for ever, by way of the upcasters."""


def stream_of(type_name: str) -> str:
    """Return the stream part of a type: `mingdian.fact.connection.x.v1` and `mingdian.connection.x.v1` →
    `connection`."""
    parts = type_name.split(".")
    return parts[2] if parts[1] == "fact" else parts[1]


def short_name(type_name: str) -> str:
    """Return the past-tense word of a type: `mingdian.connection.plan_replied.v1` → `plan_replied`."""
    return type_name.split(".")[-2]


def family_of(type_name: str) -> str:
    """Return a type without its version: `mingdian.connection.x.v2` → `mingdian.connection.x`."""
    return type_name.rpartition(".v")[0]


def version_of(type_name: str) -> int:
    """Return the version of a type: `mingdian.connection.x.v2` → 2."""
    return int(type_name.rpartition(".v")[2])
