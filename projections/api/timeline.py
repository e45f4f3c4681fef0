"""The public facts of one application, newest first: each event's data picked field by field."""

from collections.abc import Iterable, Mapping
from typing import Any

from events.catalogue import connection_events as says
from events.catalogue.base import EventData
from events.catalogue.registry import short_name
from events.upcasting import read_data
from projections.api.application_views import TimelineView
from projections.api.names import Names, officer
from projections.api.personal import NOTES, Opened

Row = Mapping[str, Any]


def timeline(entries: Iterable[Row], names: Names, process: str, opened: Opened) -> tuple[TimelineView, ...]:
    """Return the timeline. A type that this release does not know is left out, never shown raw."""
    return tuple(
        _entry(row, data, names, process, opened)
        for row in entries
        if (data := read_data(row["type"], row["data"])) is not None
    )


def _entry(row: Row, data: EventData, names: Names, process: str, opened: Opened) -> TimelineView:
    step = getattr(data, "step", None)
    sequence = row["sequence"]
    notes = (opened.text(sequence, field) for field in NOTES)
    return TimelineView(
        sequence=sequence,
        at=row["at"],
        event=short_name(row["type"]),
        hash=row["hash"],
        retracted=row["retracted"],
        step=names.step(process, step) if step else None,
        note=next((note for note in notes if note), None),
        erased=opened.erased(sequence),
        **_particulars(data, names),
    )


def _particulars(data: EventData, names: Names) -> dict[str, Any]:
    """What this kind of event has to say beyond its step: only what is listed here goes out."""
    found: dict[str, Any] = {}
    match data:
        case says.StaffAssigned():
            found = {"person": officer(data.manager), "second_person": officer(data.supervisor)}
        case says.DocumentsRequested():
            found = {"documents": names.documents(data.missing)}
        case says.DocumentsReceived() | says.InspectionRequested():
            found = {"documents": names.documents(data.documents)}
        case says.ReceiptIssued():
            found = {"reference": data.receipt_no, "due_at": data.due_at}
        case says.BoundaryDecided():
            found = {"boundary": data.boundary, "reference": data.decided_by}
        case says.PlanReplied():
            found = {"reference": data.plan_no, "works": data.supporting_works}
        case says.PlanConfirmed() | says.PlanObjected():
            found = {"reference": data.plan_no}
        case says.SurveyCompleted():
            found = {"number": data.visit, "works": data.supporting_works, "ready": data.metering_conditions}
        case says.InspectionFailed():
            found = {"number": data.defect_count}
        case says.MeterFitted():
            found = {"reference": data.meter_no}
        case says.ClockPaused() | says.ClockResumed():
            found = {"cause": names.pause_name(data.cause)}
        case _:
            found = _watching(data)
    return found


def _watching(data: EventData) -> dict[str, Any]:
    """Events of the clock, the counters and the end."""
    found: dict[str, Any] = {}
    match data:
        case says.StepOverdue():
            found = {"due_at": data.due_at, "person": officer(data.responsible)}
        case says.OverdueEscalated():
            found = {"due_at": data.due_at, "person": officer(data.supervisor)}
        case says.OverdueRevoked():
            found = {"due_at": data.due_at}
        case says.VisitCounted():
            found = {"number": data.count, "allowed": data.allowed}
        case says.ElapsedMeasured():
            found = {"gross_days": data.gross_days, "net_days": data.net_days}
        case says.Corrected():
            found = {"sequences": data.sequences}
        case says.CaseClosed():
            found = {"reference": data.ending}
    return found
