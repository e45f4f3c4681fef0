"""The course of an application: what each event of its steps, clocks and plan changes in its state."""

from datetime import datetime

from events.catalogue import connection_events as says
from events.catalogue.base import EventData
from projections.progress import papers
from projections.progress.beside import EndState, put
from projections.progress.state import (
    ApplicationState,
    Change,
    IssueState,
    ObjectionState,
    PauseState,
    PlanState,
    StepState,
)


def _assigned(state: ApplicationState, data: says.StaffAssigned, at: datetime) -> None:
    state.manager, state.supervisor = data.manager, data.supervisor


def _requested(state: ApplicationState, data: says.DocumentsRequested, at: datetime) -> None:
    state.documents_missing = list(data.missing)


def _documents(state: ApplicationState, data: says.DocumentsReceived, at: datetime) -> None:
    state.documents = sorted({*state.documents, *data.documents})
    state.documents_missing = list(data.missing)
    papers.received(state, data, at)


def _accepted(state: ApplicationState, data: says.ApplicationAccepted, at: datetime) -> None:
    state.accepted_at = at


def _receipt(state: ApplicationState, data: says.ReceiptIssued, at: datetime) -> None:
    """A receipt with a known number replaces the earlier one; one for a new entry opens the step."""
    told_anew = data.receipt_no in state.issued
    others = [one for one in state.receipts if one.receipt_no != data.receipt_no]
    state.issued[data.receipt_no] = IssueState(said=state.sequence, at=at)
    state.receipts = sorted([*others, data], key=lambda one: issued_at(state, one))
    step = next(
        (one for one in state.steps if (one.code, one.entered_at) == (data.step, data.entered_at)), None
    )
    if step is None:
        step = StepState(said=state.sequence, code=data.step, entered_at=data.entered_at)
        state.steps = sorted([*state.steps, step], key=lambda one: one.entered_at)
    elif data.cause == "step_entered":
        step.said = state.sequence
    for one in state.steps if told_anew else (step,):  # told anew, it may have been another step's
        due_by_receipts(state, one)


def issued_at(state: ApplicationState, receipt: says.ReceiptIssued) -> datetime:
    """When a receipt was issued; of one from before that was kept, when its step was entered."""
    known = state.issued.get(receipt.receipt_no)
    return known.at if known else receipt.entered_at


def due_by_receipts(state: ApplicationState, step: StepState) -> None:
    """The newest receipt of a step says when it is due."""
    own = [r for r in state.receipts if (r.step, r.entered_at) == (step.code, step.entered_at)]
    if own:
        step.due_at = own[-1].due_at


def _boundary(state: ApplicationState, data: says.BoundaryDecided, at: datetime) -> None:
    state.boundary = data


def _planned(state: ApplicationState, data: says.PlanReplied, at: datetime) -> None:
    """The last reply counts, whichever is told last."""
    if state.plan is not None and at < state.plan.replied_at and data.plan_no != state.plan.plan_no:
        return
    same = state.plan if state.plan is not None and state.plan.plan_no == data.plan_no else None
    state.plan = PlanState(
        plan_no=data.plan_no,
        substation=data.substation,
        feeder=data.feeder,
        supporting_works=data.supporting_works,
        replied_at=at,
        confirmed_at=same.confirmed_at if same else None,
        confirmed_by=same.confirmed_by if same else None,
    )


def _confirmed(state: ApplicationState, data: says.PlanConfirmed, at: datetime) -> None:
    if state.plan is not None and state.plan.plan_no == data.plan_no:
        state.plan.confirmed_at, state.plan.confirmed_by = at, state.sequence


def _objected(state: ApplicationState, data: says.PlanObjected, at: datetime) -> None:
    objection = ObjectionState(said=state.sequence, fact=state.fact, plan_no=data.plan_no)
    state.objections = put(state.objections, objection)


def _surveyed(state: ApplicationState, data: says.SurveyCompleted, at: datetime) -> None:
    state.site_visits = data.visit


def _works_started(state: ApplicationState, data: says.SupportingWorksStarted, at: datetime) -> None:
    state.works_started_at = at


def _works_completed(state: ApplicationState, data: says.SupportingWorksCompleted, at: datetime) -> None:
    state.works_completed_at = at


def _passed(state: ApplicationState, data: says.InspectionPassed, at: datetime) -> None:
    state.inspection_passed_at = at


def _metered(state: ApplicationState, data: says.MeterFitted, at: datetime) -> None:
    state.meter_fitted_at, state.meter_no = at, data.meter_no


def _energised(state: ApplicationState, data: says.Energised, at: datetime) -> None:
    state.energised_at = at


def _withdrawn(state: ApplicationState, data: says.ApplicationWithdrawn, at: datetime) -> None:
    state.withdrawn_at = at


def _paused(state: ApplicationState, data: says.ClockPaused, at: datetime) -> None:
    pause = PauseState(
        said=state.sequence,
        fact=state.fact,
        step=data.step,
        cause=data.cause,
        actor=data.actor,
        started_at=at,
    )
    state.pauses = put(state.pauses, pause, same=("cause",))


def _resumed(state: ApplicationState, data: says.ClockResumed, at: datetime) -> None:
    end = EndState(said=state.sequence, fact=state.fact, kind="pause", of=data.cause, at=at)
    state.ends = put(state.ends, end, same=("kind", "of"))


def _step_due(state: ApplicationState, code: str, due_at: datetime) -> StepState | None:
    """The step that a notice of lateness speaks of: one entered twice, or after the whole was due, is told by
    its date; else it is the last with its code entered before that."""
    own = [one for one in state.steps if one.code == code]
    found = [one for one in own if one.due_at == due_at] or [one for one in own if one.entered_at <= due_at]
    return found[-1] if found else None


def _late(state: ApplicationState, data: says.StepOverdue, at: datetime) -> None:
    step = _step_due(state, data.step, data.due_at)
    if step is not None:
        step.late, step.due_at = True, data.due_at


def _escalated(state: ApplicationState, data: says.OverdueEscalated, at: datetime) -> None:
    step = _step_due(state, data.step, data.due_at)
    if step is not None:
        step.escalated_at, step.escalated_by = at, state.sequence


def _revoked(state: ApplicationState, data: says.OverdueRevoked, at: datetime) -> None:
    step = _step_due(state, data.step, data.due_at)
    if step is not None:
        step.late, step.escalated_at, step.escalated_by = False, None, None


def _counted(state: ApplicationState, data: says.VisitCounted, at: datetime) -> None:
    state.visits, state.visits_allowed = data.count, data.allowed


def _measured(state: ApplicationState, data: says.ElapsedMeasured, at: datetime) -> None:
    state.elapsed = data


def _closed(state: ApplicationState, data: says.CaseClosed, at: datetime) -> None:
    state.closed_at = at


CHANGES: dict[type[EventData], Change] = {
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
    says.InspectionPassed: _passed,
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
