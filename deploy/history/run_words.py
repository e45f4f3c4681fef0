"""Temporal's history of a run in words that a person on duty understands."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from temporalio.api.common.v1 import Payloads
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

from deploy.history.moment import Moment
from events.catalogue.registry import short_name

Words = tuple[str, dict[str, Any]]


def moments(events: Iterable[HistoryEvent]) -> list[Moment]:
    """Translate a run's history, leaving out the bookkeeping of workflow tasks."""
    told: list[Moment] = []
    for event in events:
        speak = _WORDS.get(EventType.Name(event.event_type))
        if speak is None:
            continue
        what, details = speak(event)
        at = event.event_time.ToDatetime(tzinfo=UTC)
        kind = details.pop("type", None)
        details = {"event_id": event.event_id, **details}
        told.append(Moment(at=at, lane="run", what=what, details=details, type=kind))
    return told


def _payload(payloads: Payloads) -> dict[str, Any]:
    for payload in payloads.payloads:
        value = json.loads(payload.data)
        if isinstance(value, dict):
            return value
    return {}


def _started(event: HistoryEvent) -> Words:
    told = event.workflow_execution_started_event_attributes
    fact = _payload(told.input).get("fact", {})
    return f"started: {told.workflow_type.name}", {"fact": fact.get("id")}


def _update_accepted(event: HistoryEvent) -> Words:
    fact = _payload(event.workflow_execution_update_accepted_event_attributes.accepted_request.input.args)
    return f"took {short_name(fact['type'])}", {"fact": fact.get("id"), "type": fact["type"]}


def _update_completed(event: HistoryEvent) -> Words:
    told = event.workflow_execution_update_completed_event_attributes
    outcome = _payload(told.outcome.success)
    code = f" ({outcome['code']})" if outcome.get("code") else ""
    return f"answered: {outcome.get('fate', 'failed')}{code}", {}


def _timer_started(event: HistoryEvent) -> Words:
    told = event.timer_started_event_attributes
    due = event.event_time.ToDatetime(tzinfo=UTC) + told.start_to_fire_timeout.ToTimedelta()
    return "timer set", {"until": _minute(due)}


def _minute(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _fixed(text: str) -> Callable[[HistoryEvent], Words]:
    return lambda _: (text, {})


def _activity(event: HistoryEvent) -> Words:
    name = event.activity_task_scheduled_event_attributes.activity_type.name
    texts = {
        "publish_events": "publishing events, waiting for the broker",
        "record_outcome": "telling the inbox the fate of a held fact",
        "forward_facts": "telling other projects or applications",
    }
    return texts.get(name, name), {}


def _marker(event: HistoryEvent) -> Words:
    published = _payload(event.marker_recorded_event_attributes.details.get("result", Payloads()))
    if "sequence" in published:
        return f"published up to {published['sequence']}", {}
    return "the quick publish did not succeed", {}


_WORDS: dict[str, Callable[[HistoryEvent], Words]] = {
    "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED": _started,
    "EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED": _update_accepted,
    "EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED": _update_completed,
    "EVENT_TYPE_TIMER_STARTED": _timer_started,
    "EVENT_TYPE_TIMER_FIRED": _fixed("timer rang"),
    "EVENT_TYPE_TIMER_CANCELED": _fixed("timer put away"),
    "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED": _activity,
    "EVENT_TYPE_ACTIVITY_TASK_COMPLETED": _fixed("done"),
    "EVENT_TYPE_ACTIVITY_TASK_FAILED": _fixed("failed"),
    "EVENT_TYPE_MARKER_RECORDED": _marker,
    "EVENT_TYPE_WORKFLOW_TASK_FAILED": _fixed("a workflow task failed and is tried again"),
    "EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES": _fixed("attributes noted"),
    "EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW": _fixed("goes on as a new run"),
    "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED": _fixed("run ended"),
    "EVENT_TYPE_WORKFLOW_EXECUTION_FAILED": _fixed("run failed"),
    "EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED": _fixed("run terminated by hand"),
    "EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED": _fixed("run cancelled"),
    "EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT": _fixed("run timed out"),
}
