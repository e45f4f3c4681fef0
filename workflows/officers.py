"""The people behind a case: who takes it over, and who gives a key customer its first reply (首次答复)."""

from events.catalogue import staff_events as says
from events.catalogue import staff_facts as facts
from events.catalogue.connection_events import StaffAssigned
from workflows import receipts
from workflows.case import Case
from workflows.deadlines import Duty, duty_due
from workflows.duties import close_duty, is_open, open_duty
from workflows.policy.staffing import KEY_REPLY, MANAGER, SECOND_SUPERVISOR, SUPERVISOR


def may_take_over(case: Case, handed: facts.CaseHandedOver) -> bool:
    """True unless somebody would watch over himself."""
    others = {role: officer.staff_id for role, officer in case.seats.items() if role != handed.role}
    theirs = others.values() if handed.role == SUPERVISOR else (others.get(SUPERVISOR),)
    return handed.officer.staff_id not in theirs


def hand_over(case: Case, handed: facts.CaseHandedOver) -> None:
    """Somebody takes over a role: from now on this person, and nobody else, has it."""
    before = receipts.holder(case, handed.role)
    case.seats[handed.role] = handed.officer
    case.manager, case.supervisor = case.seats[MANAGER], case.seats[SUPERVISOR]
    case.emit(says.CaseHandedOver(role=handed.role, before=before, after=handed.officer, why=handed.why))
    if handed.role in (MANAGER, SUPERVISOR):
        case.emit(StaffAssigned(manager=case.manager, supervisor=case.supervisor))
    if case.ended_at is None and case.steps and handed.role != SECOND_SUPERVISOR:  # no receipt names that one
        case.issue_receipt("changed")


def may_ask(case: Case, asked: facts.KeyCustomerAsked) -> bool:
    """True for a question that was not asked before."""
    return _duty(case, asked.question) is None


def ask(case: Case, asked: facts.KeyCustomerAsked) -> None:
    """A key customer asks: who is on duty owes the first reply."""
    rule = case.policy.task(KEY_REPLY)
    assert rule is not None
    officer = asked.on_duty or receipts.holder(case, rule.responsible_role)
    open_duty(case, KEY_REPLY, asked.question, officer)
    duty = _duty(case, asked.question)
    due = duty and duty_due(case.policy, duty)
    if due is not None and rule.minutes is not None:
        case.emit(
            says.KeyCustomerAsked(
                question=asked.question, on_duty=officer, minutes=rule.minutes, due_at=due
            )
        )  # fmt: skip


def is_asked(case: Case, answered: facts.KeyCustomerAnswered) -> bool:
    """True for a question that waits for its first reply."""
    return is_open(case, KEY_REPLY, answered.question)


def answer(case: Case, answered: facts.KeyCustomerAnswered) -> None:
    """The customer has its first reply."""
    duty = _duty(case, answered.question)
    assert duty is not None
    due = duty_due(case.policy, duty)
    case.emit(
        says.KeyCustomerAnswered(
            question=answered.question,
            answered_by=answered.answered_by,
            seconds=int((case.now - duty.entered_at).total_seconds()),
            in_time=due is None or case.now <= due,
        )
    )
    close_duty(case, KEY_REPLY, answered.question)


def _duty(case: Case, question: str) -> Duty | None:
    return next((one for one in case.duties if one.rule.code == KEY_REPLY and one.ref == question), None)
