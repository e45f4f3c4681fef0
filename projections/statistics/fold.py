"""办电统计: one row per application, from which counts, means, percentiles and shares are computed when
read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from events.catalogue import connection_events as says
from events.catalogue import duty_events as duties
from events.catalogue.base import EventData
from events.catalogue.registry import EVENT_MODELS, PAST_EVENT_MODELS, family_of
from events.envelope import Event
from events.topics import CONNECTION
from events.upcasting import read_data
from projections.projection import Key, Logged, Row, Table


class Statistics:
    """Figures of each application: when it was received, accepted, energised; its days; whether it is or
    was late."""

    name = "statistics"
    version = 2
    topic = CONNECTION
    table = Table(
        "application",
        {"number": "text"},
        (
            "profile", "region", "kind", "channel", "received_at", "accepted_at", "energised_at",
            "withdrawn_at", "month", "target", "target_days", "target_statistic", "gross_days", "net_days",
            "steps_late", "on_time", "overdue", "visits",
        ),
    )  # fmt: skip

    def keys(self, events: Sequence[Logged]) -> Iterable[Key]:
        """Every stream is one row."""
        return {(one.event.subject,) for one in events}

    def fold(self, rows: Mapping[Key, Row], events: Sequence[Logged]) -> Mapping[Key, Row]:
        """Return the rows of all streams in `events`."""
        changed: dict[Key, Row] = {}
        for one in events:
            key = (one.event.subject,)
            if key not in changed and key in rows:
                changed[key] = {**rows[key]}
            kind = one.event.type
            if kind not in _FOLDED:  # nothing of it is kept: it need not even be read
                continue
            if kind in _RECEIPTS:  # a fourth of all events, of which one word counts
                if key in changed and one.event.data.get("cause") == "step_entered":
                    changed[key]["overdue"] = False
                continue
            data = read_data(kind, one.event.data)
            if isinstance(data, says.ApplicationReceived):
                changed[key] = _new(data, one.event)
            elif data is not None and key in changed:
                changed[key] |= _changes(changed[key], data, one.event)
        return changed

    def announces(self, changes: Mapping[Key, Row]) -> list[dict[str, Any]]:
        """Silent: the progress projection speaks for the same events."""
        return []


def _versions(*models: type[EventData]) -> frozenset[str]:
    """The type names of these events, in every version there was."""
    families = {family_of(model.type) for model in models}
    return frozenset(name for name in (*EVENT_MODELS, *PAST_EVENT_MODELS) if family_of(name) in families)


_RECEIPTS = _versions(says.ReceiptIssued)
_FOLDED = _RECEIPTS | _versions(
    says.ApplicationReceived,
    says.ApplicationAccepted,
    says.StepOverdue,
    says.OverdueRevoked,
    says.Energised,
    says.ApplicationWithdrawn,
    says.VisitCounted,
    says.ElapsedMeasured,
    duties.PromiseMade,
)


def _changes(row: Row, data: EventData, event: Event) -> Row:
    changes: Row = {}
    match data:
        case says.ApplicationAccepted():
            changes = {"accepted_at": event.time}
        case says.StepOverdue():
            changes = {"overdue": True, "steps_late": row["steps_late"] + 1}
        case says.OverdueRevoked():
            changes = {"overdue": False, "steps_late": row["steps_late"] - 1}
        case says.Energised():
            changes = {"energised_at": event.time, "overdue": False}
        case says.ApplicationWithdrawn():
            changes = {"withdrawn_at": event.time, "overdue": False}
        case says.VisitCounted():
            changes = {"visits": data.count}
        case duties.PromiseMade():
            changes = {
                "target": data.target, "target_days": data.days, "target_statistic": data.statistic
            }  # fmt: skip
        case says.ElapsedMeasured():
            changes = _measured(data)
    return changes


def _new(data: says.ApplicationReceived, event: Event) -> Row:
    return {
        "number": event.subject,
        "profile": event.source.rsplit("/", 1)[-1],
        "region": data.region,
        "kind": data.kind.value,
        "channel": data.channel,
        "received_at": event.time,
        "steps_late": 0,
        "overdue": False,
        "visits": 0,
    }


def _measured(data: says.ElapsedMeasured) -> Row:
    return {
        "month": data.energised_month,
        "target": data.target,
        "target_days": data.target_days,
        "target_statistic": data.target_statistic,
        "gross_days": data.gross_days,
        "net_days": data.net_days,
        "steps_late": data.steps_late,
        "on_time": data.on_time,
    }
