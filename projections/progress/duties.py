"""What stands beside the steps: duties, checks, the confirmed boundary, promises, further requests for
documents, changes of policy."""

from datetime import datetime
from typing import Any, Literal

from events.catalogue import duty_events as says
from events.catalogue.base import EventData
from projections.progress import papers
from projections.progress.beside import (
    AmendmentState,
    CheckState,
    ConfirmationState,
    DutyState,
    EndState,
    MovedState,
    RequestState,
    put,
)
from projections.progress.state import ApplicationState, Change

Check = Literal["design_review", "mid_inspection"]


_KEPT = ("late_by", "late_since", "escalated_at", "escalated_by")


def _opened(state: ApplicationState, data: says.DutyOpened, at: datetime) -> None:
    told = {"said": state.sequence, "fact": state.fact, "opened_at": at, "due_first": data.due_at}
    new = DutyState.model_validate({**data.model_dump(), **told})
    state.duties = put(state.duties, new, same=("duty",), keep=_KEPT)


def _done(state: ApplicationState, data: says.DutyDone, at: datetime) -> None:
    end = EndState(said=state.sequence, fact=state.fact, kind="duty", of=f"{data.duty}|{data.ref}", at=at)
    state.ends = put(state.ends, end, same=("kind",))


def _late(state: ApplicationState, data: says.DutyOverdue, at: datetime) -> None:
    duty = _spoken_of(state, data.duty, data.ref, data.due_at)
    if duty is not None:
        duty.late_by, duty.late_since = state.sequence, data.due_at


def _revoked(state: ApplicationState, data: says.DutyOverdueRevoked, at: datetime) -> None:
    duty = _spoken_of(state, data.duty, data.ref, data.due_at)
    if duty is not None and duty.late_since == data.due_at:
        duty.late_by = duty.late_since = duty.escalated_at = duty.escalated_by = None


def _escalated(state: ApplicationState, data: says.DutyEscalated, at: datetime) -> None:
    duty = _spoken_of(state, data.duty, data.ref, data.due_at)
    if duty is not None:
        duty.escalated_at, duty.escalated_by = at, state.sequence


def _spoken_of(state: ApplicationState, duty: str, ref: str, due_at: datetime) -> DutyState | None:
    """The duty that a notice of lateness speaks of: told by its date, or the last that began before that."""
    own = [one for one in state.duties if (one.duty, one.ref) == (duty, ref)]
    found = [one for one in own if one.due_at == due_at] or [one for one in own if one.opened_at <= due_at]
    return found[-1] if found else None


def _confirmed(state: ApplicationState, data: says.BoundaryConfirmed, at: datetime) -> None:
    state.confirmation = ConfirmationState(
        said=state.sequence, fact=state.fact, boundary=data.boundary, at=at
    )


def _promised(state: ApplicationState, data: says.PromiseMade, at: datetime) -> None:
    state.promise = data


def _asked_again(state: ApplicationState, data: says.FurtherDocumentsRequested, at: datetime) -> None:
    request = RequestState(
        said=state.sequence,
        fact=state.fact,
        at=at,
        step=data.step,
        documents=list(data.documents),
        avoidable=list(data.avoidable),
    )
    state.requests = put(state.requests, request)
    there = {*state.documents, *state.documents_missing}
    missing = [one for one in data.documents if one not in there]
    state.documents_missing = [*state.documents_missing, *missing]


def _handed_in(check: Check) -> Change:
    def change(state: ApplicationState, data: Any, at: datetime) -> None:
        papers.requested_with(state, data, at)
        new = CheckState(said=state.sequence, fact=state.fact, check=check, handed_in_at=at)
        state.checks = sorted(put(state.checks, new), key=lambda one: one.handed_in_at)

    return change


def _told(check: Check) -> Change:
    def change(state: ApplicationState, data: Any, at: datetime) -> None:
        told = {"said": state.sequence, "fact": state.fact, "kind": "check", "of": check, "at": at}
        end = EndState.model_validate({**told, "passed": data.passed})
        state.ends = put(state.ends, end, same=("kind",))

    return change


def _amended(state: ApplicationState, data: says.PolicyAmended, at: datetime) -> None:
    amendment = AmendmentState(
        said=state.sequence,
        fact=state.fact,
        at=at,
        changed=data.changed,
        note=data.note,
        due_before=data.due_before,
        due_after=data.due_after,
        duties=[MovedState.model_validate(one.model_dump(exclude={"name"})) for one in data.duties or ()],
    )
    state.amendments = put(state.amendments, amendment)


CHANGES: dict[type[EventData], Change] = {
    says.DutyOpened: _opened,
    says.DutyDone: _done,
    says.DutyOverdue: _late,
    says.DutyOverdueRevoked: _revoked,
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
