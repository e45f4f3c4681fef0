"""办理进度: folds the events of a connection into its current state, one row per application."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from events.catalogue import connection_events as says
from events.catalogue import duty_events as duties
from events.catalogue.base import EventData
from events.envelope import Event
from events.topics import CONNECTION
from events.upcasting import read_data
from projections.progress import papers
from projections.progress.state import ApplicationState, PauseState, PlanState, StepState
from projections.projection import Key, Logged, Row, Table


class Progress:
    """One row per application: what lists filter by in columns, the whole public state beside them."""

    name = "progress"
    version = 2
    topic = CONNECTION
    table = Table(
        "application",
        {"number": "text"},
        (
            "profile", "region", "kind", "process", "channel", "status", "step", "step_entered_at", "due_at",
            "overdue", "ever_overdue", "paused_cause", "manager_id", "supervisor_id", "voltage_kv",
            "capacity_kva", "submitted_at", "accepted_at", "energised_at", "withdrawn_at", "last_event_at",
            "sequence", "policy_version", "state",
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
    if isinstance(data, says.ApplicationReceived):
        return ApplicationState(
            number=event.subject,
            profile=event.source.rsplit("/", 1)[-1],
            policy_version=event.policyversion,
            received_at=event.at,
            received=data,
            documents=list(data.documents),
            papers=papers.states(data.papers, event.at),
            last_event_at=event.at,
            sequence=event.number,
        )
    if state is None:
        return None
    state.sequence = event.number
    state.policy_version = event.policyversion
    state.last_event_at = max(state.last_event_at, event.at)
    if data is not None and type(data) in _CHANGES:
        _CHANGES[type(data)](state, data, event.at)
    return state


def _assigned(state: ApplicationState, data: says.StaffAssigned, at: datetime) -> None:
    state.manager, state.supervisor = data.manager, data.supervisor


def _requested(state: ApplicationState, data: says.DocumentsRequested, at: datetime) -> None:
    state.documents_missing = list(data.missing)
    state.notices += 1


def _documents(state: ApplicationState, data: says.DocumentsReceived, at: datetime) -> None:
    state.documents = sorted({*state.documents, *data.documents})
    state.documents_missing = list(data.missing)
    papers.received(state, data, at)


def _accepted(state: ApplicationState, data: says.ApplicationAccepted, at: datetime) -> None:
    state.accepted_at = at


def _receipt(state: ApplicationState, data: says.ReceiptIssued, at: datetime) -> None:
    """A receipt with a known number replaces the earlier one; one for a new entry opens the step."""
    known = [one for one in state.receipts if one.receipt_no != data.receipt_no]
    state.receipts = [*known, data]
    step = next(
        (one for one in state.steps if (one.code, one.entered_at) == (data.step, data.entered_at)), None
    )
    if step is None:
        for earlier in state.steps:
            earlier.done_at = earlier.done_at or data.entered_at
        step = StepState(code=data.step, entered_at=data.entered_at)
        state.steps = [*state.steps, step]
    if step is state.steps[-1]:
        step.due_at = data.due_at


def _boundary(state: ApplicationState, data: says.BoundaryDecided, at: datetime) -> None:
    state.boundary = data


def _planned(state: ApplicationState, data: says.PlanReplied, at: datetime) -> None:
    objections = state.plan.objections if state.plan else 0
    state.plan = PlanState(
        plan_no=data.plan_no,
        substation=data.substation,
        feeder=data.feeder,
        supporting_works=data.supporting_works,
        replied_at=at,
        objections=objections,
    )


def _confirmed(state: ApplicationState, data: says.PlanConfirmed, at: datetime) -> None:
    if state.plan is not None and state.plan.plan_no == data.plan_no:
        state.plan.confirmed_at = at


def _objected(state: ApplicationState, data: says.PlanObjected, at: datetime) -> None:
    if state.plan is not None:
        state.plan.objections += 1


def _surveyed(state: ApplicationState, data: says.SurveyCompleted, at: datetime) -> None:
    state.site_visits = data.visit


def _works_started(state: ApplicationState, data: says.SupportingWorksStarted, at: datetime) -> None:
    state.works_started_at = at


def _works_completed(state: ApplicationState, data: says.SupportingWorksCompleted, at: datetime) -> None:
    state.works_completed_at = at


def _passed(state: ApplicationState, data: says.InspectionPassed, at: datetime) -> None:
    state.inspection_passed_at = at


def _failed(state: ApplicationState, data: says.InspectionFailed, at: datetime) -> None:
    state.inspection_failures += 1


def _metered(state: ApplicationState, data: says.MeterFitted, at: datetime) -> None:
    state.meter_fitted_at = at


def _energised(state: ApplicationState, data: says.Energised, at: datetime) -> None:
    state.energised_at = at
    _end(state, at)


def _withdrawn(state: ApplicationState, data: says.ApplicationWithdrawn, at: datetime) -> None:
    state.withdrawn_at = at
    _end(state, at)


def _end(state: ApplicationState, at: datetime) -> None:
    for step in state.steps:
        step.done_at = step.done_at or at
    for pause in state.pauses:
        pause.ended_at = pause.ended_at or at


def _paused(state: ApplicationState, data: says.ClockPaused, at: datetime) -> None:
    known = any((one.cause, one.started_at) == (data.cause, at) for one in state.pauses)
    if not known:
        pause = PauseState(step=data.step, cause=data.cause, actor=data.actor, started_at=at)
        state.pauses = [*state.pauses, pause]


def _resumed(state: ApplicationState, data: says.ClockResumed, at: datetime) -> None:
    for pause in state.pauses:
        if pause.cause == data.cause and pause.ended_at is None:
            pause.ended_at = at


def _step_due(state: ApplicationState, code: str, due_at: datetime) -> StepState | None:
    """The step that a notice of lateness speaks of: the last with its code entered before the due date."""
    found = [one for one in state.steps if one.code == code and one.entered_at <= due_at]
    return found[-1] if found else None


def _late(state: ApplicationState, data: says.StepOverdue, at: datetime) -> None:
    step = _step_due(state, data.step, data.due_at)
    if step is not None:
        step.late, step.due_at = True, data.due_at


def _escalated(state: ApplicationState, data: says.OverdueEscalated, at: datetime) -> None:
    step = _step_due(state, data.step, data.due_at)
    if step is not None:
        step.escalated_at = at


def _revoked(state: ApplicationState, data: says.OverdueRevoked, at: datetime) -> None:
    step = _step_due(state, data.step, data.due_at)
    if step is not None:
        step.late, step.escalated_at = False, None


def _counted(state: ApplicationState, data: says.VisitCounted, at: datetime) -> None:
    state.visits, state.visits_allowed = data.count, data.allowed


def _measured(state: ApplicationState, data: says.ElapsedMeasured, at: datetime) -> None:
    state.elapsed = data


def _closed(state: ApplicationState, data: says.CaseClosed, at: datetime) -> None:
    state.closed_at = at


_CHANGES: dict[type[EventData], Callable[[ApplicationState, Any, datetime], None]] = {
    says.StaffAssigned: _assigned,
    says.DocumentsRequested: _requested,
    says.DocumentsReceived: _documents,
    says.ApplicationAccepted: _accepted,
    says.ReceiptIssued: _receipt,
    says.BoundaryDecided: _boundary,
    says.PlanReplied: _planned,
    says.PlanConfirmed: _confirmed,
    says.PlanObjected: _objected,
    says.SurveyCompleted: _surveyed,
    says.SupportingWorksStarted: _works_started,
    says.SupportingWorksCompleted: _works_completed,
    says.InspectionRequested: papers.requested_with,
    duties.DesignSubmitted: papers.requested_with,
    duties.MidInspectionRequested: papers.requested_with,
    says.InspectionPassed: _passed,
    says.InspectionFailed: _failed,
    says.MeterFitted: _metered,
    says.Energised: _energised,
    says.ApplicationWithdrawn: _withdrawn,
    says.ClockPaused: _paused,
    says.ClockResumed: _resumed,
    says.StepOverdue: _late,
    says.OverdueEscalated: _escalated,
    says.OverdueRevoked: _revoked,
    says.VisitCounted: _counted,
    says.ElapsedMeasured: _measured,
    says.CaseClosed: _closed,
}


def _status(state: ApplicationState, paused: str | None) -> str:
    if state.energised_at is not None:
        return "energised"
    if state.withdrawn_at is not None:
        return "withdrawn"
    if state.accepted_at is None:
        return "checking"
    return "paused" if paused else "open"


def _row(state: ApplicationState) -> Row:
    step = state.steps[-1] if state.steps else None
    ended = state.energised_at is not None or state.withdrawn_at is not None
    paused = next((one.cause for one in reversed(state.pauses) if one.ended_at is None), None)
    traits = state.received
    columns: dict[str, Any] = {
        "number": state.number,
        "profile": state.profile,
        "region": traits.region,
        "kind": traits.kind.value,
        "process": traits.process,
        "channel": traits.channel,
        "status": _status(state, paused),
        "step": step.code if step else None,
        "step_entered_at": step.entered_at if step else None,
        "due_at": None if ended or step is None else step.due_at,
        "overdue": not ended and step is not None and step.late,
        "ever_overdue": any(one.late for one in state.steps),
        "paused_cause": paused,
        "manager_id": state.manager.staff_id if state.manager else None,
        "supervisor_id": state.supervisor.staff_id if state.supervisor else None,
        "voltage_kv": str(traits.voltage_kv),
        "capacity_kva": str(traits.capacity_kva),
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
    row["state"] = state.model_dump(mode="json", exclude_none=True)
    return row
