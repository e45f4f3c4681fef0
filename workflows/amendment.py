"""A change of policy or calendar in a running case: recorded, explained, from its own moment on."""

from events.catalogue.connection_events import OverdueRevoked
from events.catalogue.duty_events import PolicyAmended
from events.catalogue.duty_facts import PolicyAmended as Amended
from workflows import silence
from workflows.case import Case
from workflows.deadlines import duty_due
from workflows.policy.model import CaseSlice


def fits(case: Case, new: CaseSlice) -> bool:
    """True when a case can live on by this policy: its process and the steps of it stay."""
    held = case.policy
    same_steps = [rule.code for rule in new.steps] == [rule.code for rule in held.steps]
    return new.process == held.process and new.region == held.region and same_steps


def amend(case: Case, amended: Amended) -> None:
    """Live by the new policy: the open step and every open duty get their new due dates, and a lateness that
    no longer is one is taken back."""
    before, old = case.due, case.policy
    duties = [(duty, duty_due(old, duty)) for duty in case.duties if duty.done_at is None]
    case.policy = new = CaseSlice.model_validate(amended.policy)
    for step in case.steps:
        step.rule = new.step(step.rule.code)
    for duty in case.duties:
        duty.rule = new.task(duty.rule.code) or duty.rule
    versions = (
        (old.calendar_version, new.calendar_version)
        if amended.changed == "calendar"
        else (old.policy_version, new.policy_version)
    )
    after = case.due
    case.emit(
        PolicyAmended(
            changed=amended.changed,
            from_version=versions[0],
            to_version=versions[1],
            note=amended.note,
            due_before=before,
            due_after=after,
        )
    )
    if before is not None and after != before and silence.move(case, case.step, after):
        case.emit(OverdueRevoked(step=case.step.rule.code, due_at=before))
    for duty, was in duties:
        if (due := duty_due(new, duty)) != was:
            silence.move(case, duty, due)
    case.renew_promise()
    if after != before:
        case.issue_receipt("changed")
