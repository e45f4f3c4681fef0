"""Takes back what no longer holds: an earlier-dated fact came after what had been said without it."""

from collections.abc import Mapping, Set

from events.catalogue import connection_events as says
from events.catalogue import duty_events, service_events
from events.catalogue.base import EventData
from projections.progress.course import due_by_receipts
from projections.progress.state import ApplicationState

FIELDS: Mapping[type[EventData], tuple[str, ...]] = {
    says.ApplicationAccepted: ("accepted_at",),
    says.BoundaryDecided: ("boundary",),
    duty_events.BoundaryConfirmed: ("confirmation",),
    duty_events.PromiseMade: ("promise",),
    says.PlanReplied: ("plan",),
    says.SupportingWorksStarted: ("works_started_at",),
    says.SupportingWorksCompleted: ("works_completed_at",),
    says.InspectionPassed: ("inspection_passed_at",),
    says.MeterFitted: ("meter_fitted_at", "meter_no"),
    says.Energised: ("energised_at",),
    says.ApplicationWithdrawn: ("withdrawn_at",),
    says.ElapsedMeasured: ("elapsed",),
    service_events.ServiceWindowOpened: ("service_until",),
    service_events.ServiceRated: ("rating",),
    says.CaseClosed: ("closed_at",),
}
"""Fields that one event sets, and that are empty again without it."""

RECORDS = (
    "steps",
    "pauses",
    "duties",
    "checks",
    "ends",
    "requests",
    "amendments",
    "corrections",
    "objections",
)
"""Lists of what events have told one by one."""


def note(state: ApplicationState, data: EventData) -> None:
    """Remember which event the fields come from that it has just set."""
    for field in FIELDS.get(type(data), ()):
        state.said[field] = state.sequence


def take_back(state: ApplicationState, sequences: Set[int]) -> None:
    """Undo what the events of these sequences have done. What takes their place is told afterwards."""
    for field in [field for field, said in state.said.items() if said in sequences]:
        setattr(state, field, None)
        del state.said[field]
    _take_back_receipts(state, sequences)
    for name in RECORDS:
        setattr(state, name, [one for one in getattr(state, name) if one.said not in sequences])
    if state.plan is not None and state.plan.confirmed_by in sequences:
        state.plan.confirmed_at = state.plan.confirmed_by = None
    for duty in state.duties:
        if duty.late_by in sequences:
            duty.late_by = duty.late_since = None
        if duty.escalated_by in sequences:
            duty.escalated_at = duty.escalated_by = None
    for step in state.steps:
        if step.escalated_by in sequences:
            step.escalated_at = step.escalated_by = None
    for dispute in state.disputes:
        dispute.steps = [one for one in dispute.steps if one.said not in sequences]
    state.disputes = [one for one in state.disputes if one.steps]


def _take_back_receipts(state: ApplicationState, sequences: Set[int]) -> None:
    gone = {number for number, issue in state.issued.items() if issue.said in sequences}
    state.receipts = [one for one in state.receipts if one.receipt_no not in gone]
    state.issued = {number: issue for number, issue in state.issued.items() if number not in gone}
    for step in state.steps:
        due_by_receipts(state, step)
