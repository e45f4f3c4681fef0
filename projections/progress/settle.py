"""What follows from when things began and ended, whatever the order in which that was told: which end belongs
to which beginning, and what the end of the case ends."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from projections.progress.beside import CheckState, DutyState, EndState
from projections.progress.state import ApplicationState, PauseState

Begun = TypeVar("Begun", PauseState, DutyState, CheckState)


def settle(state: ApplicationState) -> None:
    """Give every step, pause, duty and check its end."""
    over = state.energised_at or state.withdrawn_at or state.closed_at
    _steps(state, over)
    for pause, end in _matched(state.pauses, state.ends):
        pause.ended_at = end.at if end else over
    disputes = {one.ref: one for one in state.disputes}
    for duty, end in _matched(state.duties, state.ends):
        dispute = disputes.get(duty.ref)
        settled = next((s.at for s in dispute.steps if s.step == "settled"), None) if dispute else None
        duty.done_at = end.at if end else settled
        outlives = dispute is not None and state.withdrawn_at is None
        duty.lapsed_at = None if duty.done_at or outlives else over
        duty.due_at = _due(state, duty)
    for check, end in _matched(state.checks, state.ends):
        check.told_at, check.passed = (end.at, end.passed) if end else (None, None)


def _due(state: ApplicationState, duty: DutyState) -> datetime | None:
    """When a duty is due: as it was opened, or by the last change of policy while it was open. One of the
    first version did not tell; its lateness does."""
    latest = None
    for amendment in sorted(state.amendments, key=lambda one: one.at):
        told = [one for one in amendment.duties if (one.duty, one.ref) == (duty.duty, duty.ref)]
        if told and duty.opened_at <= amendment.at <= (duty.done_at or amendment.at):
            latest = told[-1]
    return latest.due_after if latest is not None else duty.late_since or duty.due_first


def _steps(state: ApplicationState, over: datetime | None) -> None:
    for earlier, later in pairwise(state.steps):
        earlier.done_at = later.entered_at
    for step in state.steps[-1:]:
        step.done_at = over


def _matched(begun: Sequence[Begun], ends: Sequence[EndState]) -> Iterator[tuple[Begun, EndState | None]]:
    """Every beginning with the first end of its kind after it that is not another's."""
    left = sorted(ends, key=lambda end: end.at)
    for one in sorted(begun, key=lambda one: one.begun_at):
        end = next((end for end in left if end.of == one.of and end.at >= one.begun_at), None)
        if end is not None:
            left.remove(end)
        yield one, end
