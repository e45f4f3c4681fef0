"""Disputes (异议): the manager answers, the customer agrees or takes it further, the supervisor's answer is
the last. Each answer has its limit; a customer who keeps silent after an answer has accepted it."""

from datetime import datetime
from typing import Literal

from events.catalogue import service_events as says
from events.catalogue import service_facts as facts
from workflows.case import Case, Dispute
from workflows.deadlines import Duty
from workflows.duties import close_duty, open_duty
from workflows.script import Script, either

ANSWER, REPLY, REVIEW = "dispute_answer", "dispute_reply", "dispute_review"
"""The duties of a dispute: the first answer, the customer's reply to it, the supervisor's review."""

LEVELS = 2

Settled = Literal["agreement", "silence", "second_answer"]


def settle(case: Case) -> Script[None]:
    """Answer, hear the customer, review, until nothing is disputed any more."""
    while any_open(case):
        said = yield from either(
            facts.DisputeAnswered, facts.DisputeSettled, accepts=lambda one: takes(case, one)
        )
        if isinstance(said, facts.DisputeAnswered):
            answer(case, said)
        else:
            assert isinstance(said, facts.DisputeSettled)
            reply(case, said)


def raise_dispute(case: Case, raised: facts.DisputeRaised) -> None:
    """The customer disputes something."""
    case.disputes[raised.dispute] = Dispute(raised.dispute)
    case.emit(says.DisputeRaised(**raised.model_dump()))
    open_duty(case, ANSWER, raised.dispute)


def answer(case: Case, given: facts.DisputeAnswered) -> None:
    """The utility answers; the second answer settles it."""
    dispute = case.disputes[given.dispute]
    dispute.answered = True
    case.emit(says.DisputeAnswered(level=dispute.level, **given.model_dump()))
    if dispute.level == LEVELS:
        close_duty(case, REVIEW, dispute.ref)
        _settle(case, dispute, "second_answer")
    else:
        close_duty(case, ANSWER, dispute.ref)
        open_duty(case, REPLY, dispute.ref)


def reply(case: Case, given: facts.DisputeSettled) -> None:
    """The customer agrees, or wants the supervisor's answer."""
    dispute = case.disputes[given.dispute]
    close_duty(case, REPLY, dispute.ref)
    if given.agreed:
        _settle(case, dispute, "agreement")
        return
    dispute.level, dispute.answered = LEVELS, False
    case.emit(says.DisputeTakenFurther(dispute=dispute.ref))
    open_duty(case, REVIEW, dispute.ref)


def settle_by_silence(case: Case, duty: Duty, at: datetime) -> None:
    """The customer has not replied to the first answer in time."""
    duty.done_at = at
    key = f"settled|{duty.ref}|{duty.entered_at.isoformat()}"
    _settle(case, case.disputes[duty.ref], "silence", at=at, key=key)


def takes(case: Case, data: facts.DisputeRaised | facts.DisputeAnswered | facts.DisputeSettled) -> bool:
    """True when the fact has its place as the dispute stands."""
    dispute = case.disputes.get(data.dispute)
    if isinstance(data, facts.DisputeRaised):
        return dispute is None and case.accepted_at is not None
    if dispute is None or dispute.settled:
        return False
    return dispute.answered if isinstance(data, facts.DisputeSettled) else not dispute.answered


def any_open(case: Case) -> bool:
    """True while a dispute is not settled."""
    return any(not one.settled for one in case.disputes.values())


def _settle(
    case: Case, dispute: Dispute, by: Settled, *, at: datetime | None = None, key: str | None = None
) -> None:
    """One is settled; a case that is about a dispute alone ends with it."""
    dispute.settled = True
    case.emit(says.DisputeSettled(dispute=dispute.ref, by=by), at=at, key=key)
    if case.start.linked_to is not None:
        case.end("settled", at)
