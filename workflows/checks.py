"""The checks that only important customers (重要客户) keep: design review and intermediate inspection.

They are no step of the customer's: they run beside the works, each with its own limit, and the completion
inspection waits for both.
"""

from events.catalogue import duty_events as says
from events.catalogue import duty_facts as facts
from workflows.case import Case
from workflows.duties import close_duty, is_open, open_duty, rule_of

DESIGN_REVIEW, MID_INSPECTION = "design_review", "mid_inspection"
CHECKS = (DESIGN_REVIEW, MID_INSPECTION)

Submission = facts.DesignSubmitted | facts.MidInspectionRequested
Opinion = facts.DesignReviewed | facts.MidInspected


def may_submit(case: Case, submission: Submission) -> bool:
    """True when this case has the check, its plan is confirmed, and no opinion is outstanding."""
    code = _of(submission)
    return (
        rule_of(case, code) is not None
        and not case.has_step(code)
        and case.plan_confirmed
        and code not in case.passed
        and not is_open(case, code)
    )


def submit(case: Case, submission: Submission) -> None:
    """The customer hands it in: the clock of the opinion starts."""
    hand_in(case, submission)
    open_duty(case, _of(submission))


def is_submitted(case: Case, opinion: Opinion) -> bool:
    """True while this opinion is outstanding."""
    return is_open(case, _of(opinion))


def give_opinion(case: Case, opinion: Opinion) -> None:
    """The utility's opinion; one with defects lets the customer hand it in anew."""
    code = _of(opinion)
    tell_opinion(case, opinion)
    close_duty(case, code)
    if opinion.passed:
        case.passed.add(code)


def all_passed(case: Case) -> bool:
    """True when nothing keeps the completion inspection from being asked for."""
    beside = [code for code in CHECKS if rule_of(case, code) is not None and not case.has_step(code)]
    return case.passed.issuperset(beside)


def hand_in(case: Case, submission: Submission) -> None:
    """Take what was handed in, and say so."""
    case.folder.take(submission.documents, submission.papers)
    if isinstance(submission, facts.DesignSubmitted):
        case.emit(says.DesignSubmitted(**submission.model_dump()))
    else:
        case.emit(says.MidInspectionRequested(**submission.model_dump()))


def tell_opinion(case: Case, opinion: Opinion) -> None:
    """Say what the opinion is."""
    if isinstance(opinion, facts.DesignReviewed):
        case.emit(says.DesignReviewed(**opinion.model_dump()))
    else:
        case.emit(says.MidInspected(**opinion.model_dump()))


def _of(fact: Submission | Opinion) -> str:
    design = isinstance(fact, facts.DesignSubmitted | facts.DesignReviewed)
    return DESIGN_REVIEW if design else MID_INSPECTION
