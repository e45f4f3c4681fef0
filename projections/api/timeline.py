"""The public facts of one application, newest first: each event's data picked field by field."""

from collections.abc import Iterable, Mapping
from typing import Any

from events.catalogue import connection_events as says
from events.catalogue import duty_events, service_events, staff_events
from events.catalogue.base import EventData, Text
from events.catalogue.registry import short_name
from events.upcasting import read_data
from projections.api.application_views import MovedDutyView, TimelineView
from projections.api.names import Names, officer
from projections.api.personal import NOTES, Opened
from workflows.policy.staffing import SECOND_SUPERVISOR

Row = Mapping[str, Any]

MAIN = "-"
"""Reference of a duty that a case has once at a time."""


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
    field = NOTES.get(type(data))
    return TimelineView(
        sequence=sequence,
        at=row["at"],
        event=short_name(row["type"]),
        hash=row["hash"],
        retracted=row["retracted"],
        step=names.step(process, step) if step else None,
        note=opened.text(sequence, field) if field else None,
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
            found["yes"] = data.remote
        case says.InspectionFailed():
            found = {"number": data.defect_count}
        case says.MeterFitted():
            found = {"reference": data.meter_no}
        case says.ClockPaused() | says.ClockResumed():
            found = {"cause": names.pause_name(data.cause)}
        case _:
            found = _watching(data, names)
    return found


def _watching(data: EventData, names: Names) -> dict[str, Any]:
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
            found = {"number": data.count, "allowed": data.allowed, "yes": data.wrong_notice}
        case says.ElapsedMeasured():
            found = {"gross_days": data.gross_days, "net_days": data.net_days}
        case says.Corrected():
            found = {"sequences": data.sequences}
        case says.CaseClosed():
            found = {"reference": data.ending}
        case _:
            found = _beside(data, names)
    return found


def _beside(data: EventData, names: Names) -> dict[str, Any]:
    """Duties beside the steps, and reminders."""
    found: dict[str, Any] = {}
    match data:
        case duty_events.DutyOpened():
            found = {"duty": data.name, "due_at": data.due_at, "value": data.actor}
            found["person"] = officer(data.responsible) if data.responsible else None
        case duty_events.DutyDone():
            found = {"duty": names.duty(data.duty)}
        case duty_events.DutyOverdue():
            found = {"duty": names.duty(data.duty), "due_at": data.due_at}
            found["person"] = officer(data.responsible) if data.responsible else None
        case duty_events.DutyOverdueRevoked():
            found = {"duty": names.duty(data.duty), "due_at": data.due_at}
        case duty_events.DutyEscalated():
            found = {"duty": names.duty(data.duty), "due_at": data.due_at, "person": officer(data.supervisor)}
        case duty_events.DueSoon():
            found = {"due_at": data.due_at, "person": officer(data.responsible)}
            found["duty"] = names.duty(data.duty) if data.duty else None
        case _:
            found = _decided(data, names)
    return found


def _decided(data: EventData, names: Names) -> dict[str, Any]:
    """Promises, confirmed boundaries, requests, checks, permits, changes of policy."""
    found: dict[str, Any] = {}
    match data:
        case duty_events.PromiseMade():
            found = {"number": data.days, "cause": names.target(data.target), "value": data.statistic}
        case duty_events.BoundaryConfirmed():
            found = {"boundary": data.boundary}
        case duty_events.FurtherDocumentsRequested():
            found = {"documents": names.documents(data.documents), "number": len(data.avoidable)}
        case duty_events.DesignSubmitted() | duty_events.MidInspectionRequested():
            found = {"documents": names.documents(data.documents)}
        case duty_events.DesignReviewed() | duty_events.MidInspected():
            found = {"yes": data.passed}
        case duty_events.PermitRequested():
            found = {"reference": data.permit, "value": data.authority}
        case duty_events.PermitGranted():
            found = {"reference": data.permit}
        case duty_events.PolicyAmended():
            found = {"value": data.changed, "before": data.note}
            found |= {"moved_from": data.due_before, "due_at": data.due_after}
            found["moved_duties"] = _moved(data.duties or ())
        case _:
            found = _served(data, names)
    return found


def _moved(duties: Iterable[duty_events.DutyDates]) -> tuple[MovedDutyView, ...]:
    """The open duties that a change of policy gave another date."""
    return tuple(
        MovedDutyView(
            duty=one.name,
            reference=None if one.ref == MAIN else one.ref,
            moved_from=one.due_before,
            due_at=one.due_after,
        )
        for one in duties
        if one.due_before != one.due_after
    )


def _served(data: EventData, names: Names) -> dict[str, Any]:
    """What comes after energisation."""
    found: dict[str, Any] = {}
    match data:
        case service_events.ServiceWindowOpened():
            found = {"due_at": data.until}
        case service_events.ServiceRated():
            found = {"number": data.score}
        case service_events.LinkedCaseOpened():
            found = {"reference": data.linked_to}
        case service_events.DisputeRaised():
            found = {"reference": data.dispute, "value": data.about}
        case service_events.DisputeAnswered():
            found = {"reference": data.dispute, "number": data.level, "yes": data.upheld}
        case service_events.DisputeTakenFurther():
            found = {"reference": data.dispute}
        case service_events.DisputeSettled():
            found = {"reference": data.dispute, "value": data.by}
        case service_events.RecordCorrected():
            named = data.field == "channel"
            found = {
                "reference": data.field,
                "before": data.before,
                "value": data.value,
                "cause": names.channel(data.value) if named else None,
            }
        case _:
            found = _people(data)
    return found


_SECOND = Text(zh="第二监督人", en="Second supervisor")
"""A seat, not a role of the tables: it is a supervisor who sits in it."""


def _people(data: EventData) -> dict[str, Any]:
    """Who takes over, and what a key customer asked and was told."""
    found: dict[str, Any] = {}
    match data:
        case staff_events.CaseHandedOver():
            found = {"person": officer(data.after), "second_person": officer(data.before)}
            role = _SECOND if data.role == SECOND_SUPERVISOR else data.after.role
            found |= {"cause": role, "value": data.why}
        case staff_events.KeyTeamAssigned():
            found = {"person": officer(data.manager), "number": len(data.engineers)}
        case staff_events.KeyCustomerAsked():
            found = {"reference": data.question, "person": officer(data.on_duty), "number": data.minutes}
        case staff_events.KeyCustomerAnswered():
            minutes = -(-data.seconds // 60)
            found = {"reference": data.question, "number": minutes, "yes": data.in_time}
    return found
