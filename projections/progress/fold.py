"""办理进度: folds the events of a connection into its current state, one row per application."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from events.catalogue import connection_events as says
from events.catalogue.base import EventData
from events.catalogue.service_events import LinkedCaseOpened
from events.envelope import Event
from events.topics import CONNECTION
from events.upcasting import read_data
from projections.progress import course, duties, papers, service
from projections.progress.corrected import note, take_back
from projections.progress.quality import quality
from projections.progress.settle import settle
from projections.progress.state import ApplicationState, Change
from projections.projection import Key, Logged, Row, Table


class Progress:
    """One row per application: what lists filter by in columns, the whole public state beside them."""

    name = "progress"
    version = 7
    topic = CONNECTION
    table = Table(
        "application",
        {"number": "text"},
        (
            "profile", "region", "kind", "process", "channel", "status", "step", "step_entered_at", "due_at",
            "overdue", "ever_overdue", "duties_late", "paused_cause", "manager_id", "supervisor_id",
            "voltage_kv", "capacity_kva", "submitted_at", "accepted_at", "energised_at", "withdrawn_at",
            "last_event_at", "sequence", "policy_version", "quality", "state",
        ),
    )  # fmt: skip

    def keys(self, events: Sequence[Logged]) -> Iterable[Key]:
        """Every stream is one row."""
        return {(one.event.subject,) for one in events}

    def fold(self, rows: Mapping[Key, Row], events: Sequence[Logged]) -> Mapping[Key, Row]:
        """Return the rows of all streams in `events`."""
        states = {key: ApplicationState.model_validate(row["state"]) for key, row in rows.items()}
        for one in events:
            key = (one.event.subject,)
            state = _next(states.get(key), one.event)
            if state is not None:
                states[key] = state
        return {key: _row(states[key]) for key in {(one.event.subject,) for one in events} if key in states}

    def announces(self, changes: Mapping[Key, Row]) -> list[dict[str, Any]]:
        """Tell readers of pages which applications moved."""
        return [
            {"profile": row["profile"], "number": row["number"], "sequence": row["sequence"]}
            for row in changes.values()
        ]


def _next(state: ApplicationState | None, event: Event) -> ApplicationState | None:
    """Return the state after `event`. A type that this version does not know changes only the position."""
    data = read_data(event.type, event.data)
    if isinstance(data, says.ApplicationReceived | LinkedCaseOpened):
        return _begun(data, event)
    if state is None:
        return None
    state.sequence, state.fact = event.number, event.causationid or ""
    state.policy_version = event.policyversion
    state.last_event_at = max(state.last_event_at, event.at)
    if isinstance(data, says.Corrected):
        take_back(state, set(data.sequences))
    elif data is not None and type(data) in _CHANGES:
        _CHANGES[type(data)](state, data, event.at)
        note(state, data)
    settle(state)
    return state


_CHANGES: dict[type[EventData], Change] = {**course.CHANGES, **duties.CHANGES, **service.CHANGES}


def _begun(data: says.ApplicationReceived | LinkedCaseOpened, event: Event) -> ApplicationState:
    state = ApplicationState(
        number=event.subject,
        profile=event.source.rsplit("/", 1)[-1],
        policy_version=event.policyversion,
        received_at=event.at,
        last_event_at=event.at,
        sequence=event.number,
    )
    if isinstance(data, LinkedCaseOpened):
        state.linked = data
    else:
        state.received = data
        state.documents = list(data.documents)
        state.papers = papers.states(data.papers, event.at)
    return state


ENDED = frozenset({"energised", "withdrawn", "settled"})


def _status(state: ApplicationState, paused: str | None) -> str:
    if state.energised_at is not None:
        return "energised"
    if state.withdrawn_at is not None:
        return "withdrawn"
    if state.linked is not None:
        return "settled" if state.closed_at else "open"
    if state.accepted_at is None:
        return "checking"
    return "paused" if paused else "open"


def _row(state: ApplicationState) -> Row:
    step = state.steps[-1] if state.steps else None
    paused = next((one.cause for one in reversed(state.pauses) if one.ended_at is None), None)
    status = _status(state, paused)
    ended = status in ENDED
    traits, case = state.received, state.received or state.linked
    assert case is not None
    columns: dict[str, Any] = {
        "number": state.number,
        "profile": state.profile,
        "region": case.region,
        "kind": case.kind.value,
        "process": case.process,
        "channel": traits.channel if traits else None,
        "status": status,
        "step": step.code if step else None,
        "step_entered_at": step.entered_at if step else None,
        "due_at": None if ended or step is None else step.due_at,
        "overdue": not ended and step is not None and step.late,
        "ever_overdue": any(one.late for one in state.steps),
        "duties_late": sum(one.late and one.is_open and one.actor == "utility" for one in state.duties),
        "paused_cause": paused,
        "manager_id": state.manager.staff_id if state.manager else None,
        "supervisor_id": state.supervisor.staff_id if state.supervisor else None,
        "voltage_kv": str(traits.voltage_kv) if traits else None,
        "capacity_kva": str(traits.capacity_kva) if traits else None,
        "submitted_at": state.received_at,
        "accepted_at": state.accepted_at,
        "energised_at": state.energised_at,
        "withdrawn_at": state.withdrawn_at,
        "last_event_at": state.last_event_at,
        "sequence": state.sequence,
        "policy_version": state.policy_version,
    }
    row = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in columns.items()
    }
    row["quality"] = quality(state)
    row["state"] = state.model_dump(mode="json", exclude_none=True)
    return row
