"""What silence means: a reminder before a due date, lateness at it, escalation after it; each said once."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from events.catalogue.connection_events import OverdueEscalated, StepOverdue
from events.catalogue.duty_events import DueSoon, DutyEscalated, DutyOverdue
from workflows import disputes, receipts
from workflows.case import Case
from workflows.deadlines import Duty, Watched, duty_due
from workflows.policy import clock


class Notice(NamedTuple):
    """Something to be said if nobody speaks before `moment`."""

    moment: datetime
    key: str
    say: Callable[[], None]


class Words(NamedTuple):
    """What there is to say about one thing that is due; the supervisor is told `escalate_at`."""

    remind: Callable[[], None]
    be_late: Callable[[], None]
    escalate: Callable[[], None]
    escalate_at: datetime


def next_moment(case: Case) -> datetime | None:
    """The next moment at which silence means something."""
    return min((notice.moment for notice in _notices(case)), default=None)


def judge(case: Case, until: datetime) -> None:
    """Say all that silence up to `until` means, in the order of its moments."""
    while (first := min(_notices(case), key=lambda one: one[:2], default=None)) is not None:
        if until <= first.moment:
            return
        first.say()


def move(case: Case, watched: Watched, due: datetime | None) -> bool:
    """From now on something has another due date: it is reminded of, late and escalated by that one. True
    when a lateness is none any more."""
    watched.moved += 1
    if due is not None and due <= case.now:
        watched.reminded = True  # nobody is reminded of a day that is over when it is first known
    elif due is not None and _reminder(case, due) > case.now:
        watched.reminded = False
    taken_back = watched.overdue and (due is None or due >= case.now)
    if taken_back:
        watched.overdue = watched.escalated = False
    return taken_back


def _notices(case: Case) -> Iterator[Notice]:
    """The next thing to be said about each of what is open."""
    due = case.due
    if due is not None:
        yield from _of_step(case, due)
    for duty in case.duties:
        due = duty_due(case.policy, duty)
        if duty.done_at is None and due is not None:
            yield from _of_duty(case, duty, due)


def _of_step(case: Case, due: datetime) -> Iterator[Notice]:
    step = case.step
    code, name = step.rule.code, _round(str(step.ordinal), step)
    responsible, supervisor = receipts.responsible(case), receipts.supervisor(case)

    def remind() -> None:
        step.reminded = True
        soon = DueSoon(step=code, due_at=due, responsible=responsible)
        case.emit(soon, at=_reminder(case, due), key=f"reminded|{name}")

    def be_late() -> None:
        step.overdue = True
        late = StepOverdue(step=code, due_at=due, responsible=responsible)
        case.emit(late, at=due, key=f"overdue|{name}")

    def escalate() -> None:
        step.escalated = True
        told = OverdueEscalated(step=code, due_at=due, supervisor=supervisor)
        case.emit(told, at=_escalation(case, due), key=f"escalated|{name}")

    words = Words(remind, be_late, escalate, _escalation(case, due))
    yield from _next(case, step, due, f"step|{name}", words)


def _of_duty(case: Case, duty: Duty, due: datetime) -> Iterator[Notice]:
    code, ref, ours = duty.rule.code, duty.ref, duty.rule.actor == "utility"
    name = _round(f"{code}|{ref}|{duty.entered_at.isoformat()}", duty)
    responsible = duty.officer or receipts.holder(case, duty.rule.responsible_role)
    supervisor = receipts.watcher(case, responsible)
    # What is owed within minutes is told on at once: the next working day would be too late.
    escalation = due if duty.rule.minutes is not None else _escalation(case, due)

    def remind() -> None:
        duty.reminded = True
        soon = DueSoon(
            step=case.step.rule.code, duty=code, ref=ref, due_at=due, responsible=responsible
        )  # fmt: skip
        case.emit(soon, at=_reminder(case, due), key=f"reminded|{name}")

    def be_late() -> None:
        duty.overdue = True
        if code == disputes.REPLY:
            disputes.settle_by_silence(case, duty, due)
            return
        late = DutyOverdue(duty=code, ref=ref, due_at=due, responsible=responsible if ours else None)
        case.emit(late, at=due, key=f"overdue|{name}")

    def escalate() -> None:
        duty.escalated = True
        told = DutyEscalated(duty=code, ref=ref, due_at=due, supervisor=supervisor)
        case.emit(told, at=escalation, key=f"escalated|{name}")

    if ours:
        words = Words(remind, be_late, escalate, escalation)
        yield from _next(case, duty, due, f"duty|{name}", words)
    elif not duty.overdue:
        yield Notice(due, f"duty|{name}", be_late)


def _round(name: str, watched: Watched) -> str:
    """What is said of a date that was moved has a key of its own: what was said of the former one stays."""
    return f"{name}|{watched.moved}" if watched.moved else name


def _next(case: Case, watched: Watched, due: datetime, key: str, words: Words) -> Iterator[Notice]:
    reminder = _reminder(case, due)
    if not watched.reminded and not watched.overdue and watched.entered_at < reminder < due:
        yield Notice(reminder, key, words.remind)
    elif not watched.overdue:
        yield Notice(due, key, words.be_late)
    elif not watched.escalated:
        yield Notice(words.escalate_at, key, words.escalate)


def _reminder(case: Case, due: datetime) -> datetime:
    policy = case.policy
    return clock.reminder(due, policy.remind_before, policy.calendar, policy.timezone)


def _escalation(case: Case, due: datetime) -> datetime:
    policy = case.policy
    return clock.due(due, policy.escalate_after, policy.calendar, policy.timezone)
