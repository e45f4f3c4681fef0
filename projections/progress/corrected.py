"""Takes back what no longer holds: an earlier-dated fact came after what had been said without it."""

from collections.abc import Mapping, Set

from events.catalogue import connection_events as says
from events.catalogue import duty_events, service_events
from events.catalogue.base import EventData
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

_ENDINGS = ("energised_at", "withdrawn_at", "closed_at")


def note(state: ApplicationState, data: EventData) -> None:
    """Remember which event the fields come from that it has just set."""
    for field in FIELDS.get(type(data), ()):
        state.said[field] = state.sequence


def take_back(state: ApplicationState, sequences: Set[int]) -> None:
    """Undo what the events of these sequences have done. What takes their place is told afterwards."""
    gone = [field for field, said in state.said.items() if said in sequences]
    for field in gone:
        setattr(state, field, None)
        del state.said[field]
    _take_back_course(state, sequences, reopened=any(field in _ENDINGS for field in gone))
    _take_back_duties(state, sequences)
    _take_back_service(state, sequences)


def _take_back_course(state: ApplicationState, sequences: Set[int], *, reopened: bool) -> None:
    state.steps = [one for one in state.steps if one.said not in sequences]
    ended = state.energised_at or state.withdrawn_at or state.closed_at
    following = [*(one.entered_at for one in state.steps[1:]), ended]
    for step, left in zip(state.steps, following, strict=False):
        step.done_at = left
    state.pauses = [one for one in state.pauses if one.said not in sequences]
    for pause in state.pauses:
        ended_by_the_end = reopened and pause.ended_by is None
        if pause.ended_by in sequences or ended_by_the_end:
            pause.ended_at = pause.ended_by = None
    if reopened:
        for duty in state.duties:
            duty.lapsed_at = None


def _take_back_duties(state: ApplicationState, sequences: Set[int]) -> None:
    state.duties = [one for one in state.duties if one.said not in sequences]
    for duty in state.duties:
        if duty.done_by in sequences:
            duty.done_at = duty.done_by = None
        if duty.late_by in sequences:
            duty.late_by = None
        if duty.escalated_by in sequences:
            duty.escalated_at = duty.escalated_by = None
    state.checks = [one for one in state.checks if one.said not in sequences]
    for check in state.checks:
        if check.told_by in sequences:
            check.told_at = check.told_by = check.passed = None
    state.requests = [one for one in state.requests if one.said not in sequences]
    state.amendments = [one for one in state.amendments if one.said not in sequences]


def _take_back_service(state: ApplicationState, sequences: Set[int]) -> None:
    for dispute in state.disputes:
        dispute.steps = [one for one in dispute.steps if one.said not in sequences]
    state.disputes = [one for one in state.disputes if one.steps]
    state.corrections = [one for one in state.corrections if one.said not in sequences]
