"""办事体验: how the customer and the grid company met. One row per application; nothing is counted before it
is read, so a correction only takes a record away."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from events.catalogue import connection_events as says
from events.catalogue import duty_events, staff_events
from events.catalogue.base import EventData
from events.catalogue.registry import EVENT_MODELS, PAST_EVENT_MODELS, family_of
from events.envelope import Event
from events.topics import CONNECTION
from events.upcasting import read_data
from projections.projection import Key, Logged, Row, Table
from workflows.policy.staffing import KEY_REPLY


class Contact:
    """Trips to a counter, surveys on the spot or from afar, a key customer's questions with their first
    reply, and who had the case.

    `records` holds lists: `visits` (wrong: caused by a wrong notice), `surveys` (remote), `asked`,
    `answered` (seconds, in_time) and `late` of questions by `ref`, `hands` (role). Each says which event it
    comes from.
    """

    name = "contact"
    version = 1
    topic = CONNECTION
    table = Table(
        "application",
        {"number": "text"},
        (
            "profile",
            "region",
            "kind",
            "received_at",
            "energised_at",
            "withdrawn_at",
            "manager_id",
            "records",
        ),
    )

    def keys(self, events: Sequence[Logged]) -> Iterable[Key]:
        """Every stream is one row."""
        return {(one.event.subject,) for one in events}

    def fold(self, rows: Mapping[Key, Row], events: Sequence[Logged]) -> Mapping[Key, Row]:
        """Return the rows of all streams in `events`."""
        changed: dict[Key, Row] = {}
        for one in events:
            key = (one.event.subject,)
            if one.event.type not in _FOLDED:  # nothing of it is kept: it need not even be read
                continue
            data = read_data(one.event.type, one.event.data)
            if isinstance(data, says.ApplicationReceived):
                changed[key] = _new(data, one.event)
            elif data is not None and (row := changed.get(key, rows.get(key))) is not None:
                changed[key] = {**row, **_changes(row, data, one.event)}
        return changed

    def announces(self, changes: Mapping[Key, Row]) -> list[dict[str, Any]]:
        """Silent: the progress projection speaks for the same events."""
        return []


def _versions(*models: type[EventData]) -> frozenset[str]:
    """The type names of these events, in every version there was."""
    families = {family_of(model.type) for model in models}
    return frozenset(name for name in (*EVENT_MODELS, *PAST_EVENT_MODELS) if family_of(name) in families)


_KEPT: Mapping[type[EventData], tuple[str, Mapping[str, str]]] = {
    says.VisitCounted: ("visits", {"wrong": "wrong_notice"}),
    says.SurveyCompleted: ("surveys", {"remote": "remote"}),
    staff_events.KeyCustomerAsked: ("asked", {"ref": "question"}),
    staff_events.KeyCustomerAnswered: (
        "answered",
        {"ref": "question", "seconds": "seconds", "in_time": "in_time"},
    ),
    duty_events.DutyOverdue: ("late", {"ref": "ref"}),
    staff_events.CaseHandedOver: ("hands", {"role": "role"}),
}
"""What is kept one by one: the list it goes to, and what is kept of it under which name."""

_FOLDED = _versions(
    says.ApplicationReceived,
    says.StaffAssigned,
    says.Energised,
    says.ApplicationWithdrawn,
    says.Corrected,
    *_KEPT,
)


def _new(data: says.ApplicationReceived, event: Event) -> Row:
    return {
        "number": event.subject,
        "profile": event.source.rsplit("/", 1)[-1],
        "region": data.region,
        "kind": data.kind.value,
        "received_at": event.time,
        "records": {},
    }


def _changes(row: Row, data: EventData, event: Event) -> Row:
    match data:
        case says.StaffAssigned():
            return {"manager_id": data.manager.staff_id}
        case says.Energised():
            return _record(row, event, "energised") | {"energised_at": event.time}
        case says.ApplicationWithdrawn():
            return _record(row, event, "withdrawn") | {"withdrawn_at": event.time}
        case says.Corrected():
            return _take_back(row, set(data.sequences))
        case _:
            return _told(row, data, event)


def _told(row: Row, data: EventData, event: Event) -> Row:
    """What is kept one by one; of overdue duties only the first reply."""
    if isinstance(data, duty_events.DutyOverdue) and data.duty != KEY_REPLY:
        return {}
    kind, fields = _KEPT[type(data)]
    return _record(row, event, kind, **{name: getattr(data, field) for name, field in fields.items()})


def _record(row: Row, event: Event, kind: str, **said: Any) -> Row:
    records: dict[str, list[dict[str, Any]]] = row["records"]
    new = {"said": event.number, "at": event.time, **said}
    return {"records": {**records, kind: [*records.get(kind, []), new]}}


def _take_back(row: Row, sequences: set[int]) -> Row:
    """Drop what no longer holds; an end that is taken back leaves an open case."""
    records = {
        kind: kept
        for kind, told in row["records"].items()
        if (kept := [one for one in told if one["said"] not in sequences])
    }
    ends = {"energised_at": "energised", "withdrawn_at": "withdrawn"}
    moments = {column: records[kind][-1]["at"] if kind in records else None for column, kind in ends.items()}
    return {"records": records, **moments}
