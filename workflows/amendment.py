"""A change of policy or calendar in a running case: recorded, explained, from its own moment on."""

from datetime import datetime

from events.catalogue.connection_events import OverdueRevoked
from events.catalogue.duty_events import DutyDates, DutyOverdueRevoked, PolicyAmended
from events.catalogue.duty_facts import PolicyAmended as Amended
from workflows import silence
from workflows.case import Case
from workflows.deadlines import Duty, duty_due
from workflows.policy.model import CaseSlice


def fits(case: Case, new: CaseSlice) -> bool:
    """True when a case can live on by this policy: its process and the steps of it stay."""
    held = case.policy
    same_steps = [rule.code for rule in new.steps] == [rule.code for rule in held.steps]
    return new.process == held.process and new.region == held.region and same_steps


def amend(case: Case, amended: Amended) -> None:
    """Live by the new policy: the open step and every open duty get their new due dates, and a lateness that
    no longer is one is taken back.

    Energised, a case lives on for its disputes. After any other end there is nothing left to amend: it ended
    before it was told, and that is known only now.
    """
    if case.ended_at is not None and case.service_until is None:
        return
    before, old = case.due, case.policy
    moved = _live_by(case, CaseSlice.model_validate(amended.policy))
    after, calendar = case.due, amended.changed == "calendar"
    case.emit(
        PolicyAmended(
            changed=amended.changed,
            from_version=old.calendar_version if calendar else old.policy_version,
            to_version=case.policy.calendar_version if calendar else case.policy.policy_version,
            note=amended.note,
            due_before=before,
            due_after=after,
            duties=tuple(_dates(*one) for one in moved),
        )
    )
    if before is not None and after != before and silence.move(case, case.step, after):
        case.emit(OverdueRevoked(step=case.step.rule.code, due_at=before))
    for duty, was, due in moved:
        if was is not None and due != was and silence.move(case, duty, due):
            case.emit(DutyOverdueRevoked(duty=duty.rule.code, ref=duty.ref, due_at=was))
    case.renew_promise()
    if after != before:
        case.issue_receipt("changed")


def _live_by(case: Case, new: CaseSlice) -> list[tuple[Duty, datetime | None, datetime | None]]:
    """Let the new policy count; return every open duty with when it was and now is due."""
    open_duties = [(duty, duty_due(case.policy, duty)) for duty in case.duties if duty.done_at is None]
    case.policy = new
    for step in case.steps:
        step.rule = new.step(step.rule.code)
    for one in case.duties:
        one.rule = new.task(one.rule.code) or one.rule
    for duty, was in open_duties:
        if duty.rule.actor == "customer":
            duty.not_before = was  # a customer's silence is no answer before the day that was named
    return [(duty, was, duty_due(new, duty)) for duty, was in open_duties]


def _dates(duty: Duty, before: datetime | None, after: datetime | None) -> DutyDates:
    return DutyDates(
        duty=duty.rule.code, ref=duty.ref, name=duty.rule.name, due_before=before, due_after=after
    )
