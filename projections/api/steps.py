"""The steps of one application as its page shows them: those that were, the one that is, those to come."""

from collections.abc import Iterable
from datetime import datetime

from events.catalogue.connection_events import ReceiptIssued
from projections.api.application_views import PauseView, StepStatus, StepView
from projections.api.beside import Clock
from projections.api.names import Names, limit, officer, plain
from projections.progress.state import ApplicationState, PauseState, StepState
from workflows.policy import clock
from workflows.policy.model import Policy


def step_views(policy: Policy, state: ApplicationState, names: Names, now: datetime) -> tuple[StepView, ...]:
    """Return every step in order: as entered, then what the process still holds.

    The utility's own works are shown to come only while a plan calls for them; before the plan nobody knows.
    """
    entered = tuple(
        _entered(policy, state, names, step, now, last=index == len(state.steps) - 1)
        for index, step in enumerate(state.steps)
    )
    if state.withdrawn_at or state.energised_at or state.closed_at:
        return entered
    seen = {step.code for step in state.steps}
    works_planned = state.plan is not None and state.plan.supporting_works
    ahead = [step for step in names.steps(state) if step.code not in seen]
    return entered + tuple(
        StepView(code=step.code, name=step.name, plain=step.plain, status="next", optional=step.optional)
        for step in ahead
        if not step.optional or works_planned
    )


def open_pause(policy: Policy, state: ApplicationState, names: Names, now: datetime) -> PauseView | None:
    """Return the newest pause that lasts, or None."""
    lasting = [pause for pause in state.pauses if pause.ended_at is None]
    return _pause(policy, state, names, lasting[-1], now) if lasting else None


def all_pauses(policy: Policy, state: ApplicationState, names: Names, now: datetime) -> tuple[PauseView, ...]:
    """Return every pause, in the order in which they began."""
    begun = sorted(state.pauses, key=lambda pause: pause.started_at)
    return tuple(_pause(policy, state, names, pause, now) for pause in begun)


def process_of(state: ApplicationState) -> str:
    """Return the code of the process that a case goes through."""
    case = state.received or state.linked
    return case.process if case else ""


def _entered(
    policy: Policy, state: ApplicationState, names: Names, step: StepState, now: datetime, *, last: bool
) -> StepView:
    row = names.step_row(process_of(state), step.code)
    receipt = _receipt(state.receipts, step)
    due = step.due_at
    return StepView(
        code=step.code,
        name=row.name if row else (receipt.step_name if receipt else plain(step.code)),
        plain=row.plain if row else plain(""),
        status=_status(state, step, last=last),
        optional=row is not None and row.optional,
        entered_at=step.entered_at,
        due_at=due,
        provisional=step.done_at is None
        and Clock(policy, now).provisional(due, receipt.limit if receipt else None),
        done_at=step.done_at,
        late=step.late,
        days_left=_days_left(due, step.done_at or now, policy.timezone) if due else None,
        escalated_at=step.escalated_at,
        limit=limit(receipt.limit) if receipt else None,
        pauses=tuple(
            _pause(policy, state, names, pause, now)
            for pause in state.pauses
            if pause.step == step.code and _belongs(pause, step)
        ),
        responsible=officer(receipt.responsible) if receipt else None,
    )


def _status(state: ApplicationState, step: StepState, *, last: bool) -> StepStatus:
    if state.withdrawn_at and last:
        return "ended"
    return "done" if step.done_at or not last or state.energised_at or state.closed_at else "now"


def _receipt(receipts: Iterable[ReceiptIssued], step: StepState) -> ReceiptIssued | None:
    """The newest receipt of this visit to the step: a step that is entered twice has two sets."""
    own = [r for r in receipts if r.step == step.code and r.entered_at == step.entered_at]
    return own[-1] if own else None


def _belongs(pause: PauseState, step: StepState) -> bool:
    return pause.started_at >= step.entered_at and (step.done_at is None or pause.started_at <= step.done_at)


def _pause(
    policy: Policy, state: ApplicationState, names: Names, pause: PauseState, now: datetime
) -> PauseView:
    row = names.pause(pause.cause)
    end = pause.ended_at or now
    return PauseView(
        step=names.step(process_of(state), pause.step),
        cause=pause.cause,
        name=names.pause_name(pause.cause),
        plain=row.plain if row else plain(""),
        actor=pause.actor,
        started_at=pause.started_at,
        ended_at=pause.ended_at,
        days=_days_left(end, pause.started_at, policy.timezone),
        stops_clock=row is None or row.pauses_step,
        stops_total=row is None or row.pauses_end_to_end,
    )


def _days_left(until: datetime, since: datetime, timezone: str) -> int:
    return (clock.local_day(until, timezone) - clock.local_day(since, timezone)).days
