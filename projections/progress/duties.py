"""What stands beside the steps: duties, checks, the confirmed boundary, promises, further requests for
documents, changes of policy."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, Literal

from events.catalogue import duty_events as says
from events.catalogue.base import EventData
from projections.progress import papers
from projections.progress.beside import AmendmentState, CheckState, ConfirmationState, DutyState, RequestState
from projections.progress.state import ApplicationState, Change

Check = Literal["design_review", "mid_inspection"]


def lapse(state: ApplicationState, at: datetime, spared: Collection[str] = ()) -> None:
    """The case is over: what it still had to do is so too, but for what belongs to a dispute."""
    for duty in state.duties:
        if duty.is_open and duty.ref not in spared:
            duty.lapsed_at = at


def close(state: ApplicationState, ref: str, at: datetime) -> None:
    """A dispute is settled: nobody has to say more about it."""
    for duty in state.duties:
        if duty.is_open and duty.ref == ref:
            duty.done_at, duty.done_by = at, state.sequence


def _opened(state: ApplicationState, data: says.DutyOpened, at: datetime) -> None:
    """A duty that is told anew while it is open has another date, and is the same."""
    duty = next(_open(state, data.duty, data.ref), None)
    if duty is None:
        told = data.model_dump()
        state.duties = [*state.duties, DutyState(said=state.sequence, opened_at=at, **told)]
        return
    duty.said = state.sequence
    for name in ("due_at", "limit", "responsible", "supervisor"):
        setattr(duty, name, getattr(data, name))


def _done(state: ApplicationState, data: says.DutyDone, at: datetime) -> None:
    for duty in _open(state, data.duty, data.ref):
        duty.done_at, duty.done_by = at, state.sequence


def _late(state: ApplicationState, data: says.DutyOverdue, at: datetime) -> None:
    duty = _spoken_of(state, data.duty, data.ref, data.due_at)
    if duty is not None:
        duty.late_by, duty.due_at = state.sequence, data.due_at


def _escalated(state: ApplicationState, data: says.DutyEscalated, at: datetime) -> None:
    duty = _spoken_of(state, data.duty, data.ref, data.due_at)
    if duty is not None:
        duty.escalated_at, duty.escalated_by = at, state.sequence


def _open(state: ApplicationState, duty: str, ref: str) -> Iterator[DutyState]:
    return (one for one in state.duties if (one.duty, one.ref) == (duty, ref) and one.is_open)


def _spoken_of(state: ApplicationState, duty: str, ref: str, due_at: datetime) -> DutyState | None:
    """The duty that a notice of lateness speaks of: the last of its kind that began before the due date."""
    found = [o for o in state.duties if (o.duty, o.ref) == (duty, ref) and o.opened_at <= due_at]
    return found[-1] if found else None


def _confirmed(state: ApplicationState, data: says.BoundaryConfirmed, at: datetime) -> None:
    state.confirmation = ConfirmationState(said=state.sequence, boundary=data.boundary, at=at)


def _promised(state: ApplicationState, data: says.PromiseMade, at: datetime) -> None:
    state.promise = data


def _asked_again(state: ApplicationState, data: says.FurtherDocumentsRequested, at: datetime) -> None:
    others = [one for one in state.requests if (one.at, one.step) != (at, data.step)]
    request = RequestState(
        said=state.sequence,
        at=at,
        step=data.step,
        documents=list(data.documents),
        avoidable=list(data.avoidable),
    )
    state.requests = [*others, request]
    missing = [one for one in data.documents if one not in state.documents_missing]
    state.documents_missing = [*state.documents_missing, *missing]


def _handed_in(check: Check) -> Change:
    def change(state: ApplicationState, data: Any, at: datetime) -> None:
        papers.requested_with(state, data, at)
        if not any((one.check, one.handed_in_at) == (check, at) for one in state.checks):
            state.checks = [*state.checks, CheckState(said=state.sequence, check=check, handed_in_at=at)]

    return change


def _told(check: Check) -> Change:
    def change(state: ApplicationState, data: Any, at: datetime) -> None:
        waiting = [one for one in state.checks if one.check == check and one.told_at in (None, at)]
        if waiting:
            one = waiting[-1]
            one.told_at, one.told_by, one.passed = at, state.sequence, data.passed

    return change


def _amended(state: ApplicationState, data: says.PolicyAmended, at: datetime) -> None:
    amendment = AmendmentState(
        said=state.sequence,
        at=at,
        changed=data.changed,
        note=data.note,
        due_before=data.due_before,
        due_after=data.due_after,
    )
    state.amendments = [*(one for one in state.amendments if one.at != at), amendment]


CHANGES: dict[type[EventData], Change] = {
    says.DutyOpened: _opened,
    says.DutyDone: _done,
    says.DutyOverdue: _late,
    says.DutyEscalated: _escalated,
    says.BoundaryConfirmed: _confirmed,
    says.PromiseMade: _promised,
    says.FurtherDocumentsRequested: _asked_again,
    says.DesignSubmitted: _handed_in("design_review"),
    says.DesignReviewed: _told("design_review"),
    says.MidInspectionRequested: _handed_in("mid_inspection"),
    says.MidInspected: _told("mid_inspection"),
    says.PolicyAmended: _amended,
}
