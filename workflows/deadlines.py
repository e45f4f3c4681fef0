"""What has a due date: the open step, by its limit, its pauses and the end-to-end limit that overrides it;
and the duties beside the steps, each by its own clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from events.catalogue.connection_events import LimitShown, Officer
from events.catalogue.traits import Traits
from workflows.policy import clock
from workflows.policy.model import CaseSlice, StepRule, TaskRule


@dataclass
class Pause:
    """A span in which a clock stands still; open while `ended_at` is None."""

    cause: str
    started_at: datetime
    ended_at: datetime | None = None


@dataclass(kw_only=True)
class Watched:
    """Something with a due date, and what was said about that so far. `moved`: how often a change of policy
    gave it another date, of which everything may be said anew."""

    entered_at: datetime
    reminded: bool = False
    overdue: bool = False
    escalated: bool = False
    moved: int = 0


@dataclass(kw_only=True)
class OpenStep(Watched):
    """A step of the case: its rule, when it was entered and left."""

    rule: StepRule
    ordinal: int
    left_at: datetime | None = None


@dataclass(kw_only=True)
class Duty(Watched):
    """Something to be done beside the steps. `ref` tells two of a kind apart; `officer` has it, where that is
    not the holder of a role; it is due `not_before` the day that a customer was given, whatever changes."""

    rule: TaskRule
    ref: str
    done_at: datetime | None = None
    not_before: datetime | None = None
    officer: Officer | None = None


def spans(policy: CaseSlice, pauses: list[Pause], *, end_to_end: bool) -> list[clock.Span]:
    """Return the pauses that stop the step's clock, or the end-to-end clock."""
    stopping = {
        rule.code for rule in policy.pauses if (rule.pauses_end_to_end if end_to_end else rule.pauses_step)
    }
    return [clock.Span(start=p.started_at, end=p.ended_at) for p in pauses if p.cause in stopping]


def limit_of(policy: CaseSlice, step: OpenStep, traits: Traits | None) -> LimitShown | None:
    """Return the limit of a step for these traits; None when the policy sets none."""
    return None if traits is None else clock.limit_for(step.rule, traits)


def deadline_of(
    policy: CaseSlice,
    step: OpenStep,
    pauses: list[Pause],
    accepted_at: datetime | None,
    traits: Traits | None,
) -> datetime | None:
    """Return when the step is due: by its own limit, or by the end-to-end limit where that comes first.

    None while a pause stops the step's clock, and where neither limit exists. A mean is no limit of one case.
    """
    moments: list[datetime | None] = []
    limit = limit_of(policy, step, traits)
    if limit is not None:
        stopped = spans(policy, pauses, end_to_end=False)
        moments.append(_due(policy, step.entered_at, limit, stopped))
    total = total_limit(policy, traits)
    if total is not None and accepted_at is not None:
        whole = spans(policy, pauses, end_to_end=True)
        moments.append(_due(policy, accepted_at, total, whole))
    if None in moments:
        return None
    return min((moment for moment in moments if moment is not None), default=None)


def duty_due(policy: CaseSlice, duty: Duty) -> datetime | None:
    """Return when a duty is due; None without a limit. No pause of the customer's stops its clock."""
    if duty.rule.minutes is not None:
        return duty.entered_at + timedelta(minutes=duty.rule.minutes)
    if duty.rule.limit is None:
        return None
    due = clock.due(duty.entered_at, duty.rule.limit, policy.calendar, policy.timezone)
    return due if duty.not_before is None else max(due, duty.not_before)


def _due(
    policy: CaseSlice, entered_at: datetime, limit: LimitShown, stopped: list[clock.Span]
) -> datetime | None:
    return clock.due_with_pauses(entered_at, limit, stopped, policy.calendar, policy.timezone)


def total_limit(policy: CaseSlice, traits: Traits | None) -> LimitShown | None:
    """Return the promise where it is a limit of each case, as one that can be shown. A mean binds no single
    case."""
    target = None if traits is None else clock.target_for(policy, traits)
    if target is None or target.statistic != "limit":
        return None
    return LimitShown(
        value=target.days, unit=target.unit, statistic="limit", basis=target.basis, source=target.source
    )
