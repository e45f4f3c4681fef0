"""Duties beside the steps: somebody has to do something by a day of its own, while the step goes on."""

from events.catalogue.connection_events import Officer
from events.catalogue.duty_events import DutyDone, DutyOpened
from workflows import receipts
from workflows.case import Case
from workflows.deadlines import Duty, duty_due
from workflows.policy.model import TaskRule

MAIN = "-"
"""Reference of a duty that a case has once at a time."""


def open_duty(case: Case, code: str, ref: str = MAIN, officer: Officer | None = None) -> None:
    """Open a duty, unless the profile knows none of this kind. `officer` has it, where that is not the holder
    of its role."""
    rule = case.policy.task(code)
    if rule is None or is_open(case, code, ref):
        return
    duty = Duty(rule=rule, ref=ref, entered_at=case.now, officer=officer)
    case.duties.append(duty)
    responsible = officer or receipts.holder(case, rule.responsible_role)
    ours = rule.actor == "utility"
    case.emit(
        DutyOpened(
            duty=code,
            ref=ref,
            name=rule.name,
            actor=rule.actor,
            due_at=duty_due(case.policy, duty),
            limit=rule.limit,
            responsible=responsible if ours else None,
            supervisor=receipts.watcher(case, responsible) if ours else None,
        )
    )


def close_duty(case: Case, code: str, ref: str = MAIN) -> None:
    """A duty is done, if it was open."""
    for duty in case.duties:
        if duty.rule.code == code and duty.ref == ref and duty.done_at is None:
            duty.done_at = case.now
            case.emit(DutyDone(duty=code, ref=ref))


def is_open(case: Case, code: str, ref: str = MAIN) -> bool:
    """True while the duty is to be done."""
    return any(one.rule.code == code and one.ref == ref and one.done_at is None for one in case.duties)


def rule_of(case: Case, code: str) -> TaskRule | None:
    """The rule of a duty, if this case can have it."""
    return case.policy.task(code)
