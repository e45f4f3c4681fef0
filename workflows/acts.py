"""What the steps of a connection are made of: one act each, in the words of the process."""

from collections.abc import Callable

from events.catalogue import connection_events as says
from events.catalogue import connection_facts as facts
from events.catalogue import duty_events, duty_facts
from events.catalogue.base import Fact
from workflows import checks
from workflows.case import Case
from workflows.duties import close_duty, open_duty
from workflows.papers import Request
from workflows.policy import boundary
from workflows.script import Script, either, fact

REQUESTS: tuple[type[Request], ...] = (
    duty_facts.DesignSubmitted,
    duty_facts.MidInspectionRequested,
    facts.InspectionRequested,
)
CONFIRM_BOUNDARY = "confirm_boundary"


def apply(case: Case) -> Script[None]:
    """用电申请: receive the application, name who answers for it, check its documents once, accept it."""
    application = yield from fact(facts.ApplicationSubmitted)
    case.open(application)
    case.enter("application")
    yield from complete_documents(case, "application")
    case.accept()


def complete_documents(case: Case, step: str) -> Script[None]:
    """Check the documents of a step; name everything missing at once, and wait until all has come."""
    missing = case.missing(step)
    if not missing:
        return
    case.emit(says.DocumentsRequested(step=step, missing=missing))
    case.pause("docs_missing", "customer")
    while missing:
        supplied = yield from fact(facts.DocumentsSupplied)
        case.folder.take(supplied.documents, supplied.papers)
        missing = case.missing(step)
        case.emit(says.DocumentsReceived(step=step, missing=missing, **supplied.model_dump()))
    case.resume("docs_missing")


def decide_boundary(case: Case) -> Script[None]:
    """投资界面: decide who builds to where by all rules that match. Where the rule can't be sure, a person
    confirms it first, in a time of his own."""
    assert case.traits is not None
    decision = boundary.decide(case.policy.boundary_rules, case.traits)
    if decision is None:
        return
    case.boundary = decision.boundary
    case.emit(
        says.BoundaryDecided(
            boundary=decision.boundary,
            decided_by=decision.decided_by,
            rules_matched=decision.rules_matched,
            needs_manual_review=decision.needs_manual_review,
            basis=decision.basis,
        )
    )
    if decision.needs_manual_review:
        open_duty(case, CONFIRM_BOUNDARY)
        confirmed = yield from fact(duty_facts.BoundaryConfirmed)
        case.boundary = confirmed.boundary
        case.emit(duty_events.BoundaryConfirmed(**confirmed.model_dump()))
        close_duty(case, CONFIRM_BOUNDARY)
        case.issue_receipt("changed")


def reply_with_plan(case: Case) -> Script[None]:
    """The utility's plan; the customer considers it."""
    case.reply((yield from fact(facts.PlanReplied)))
    case.pause("plan_confirm", "customer")


def hear_the_customer(case: Case) -> Script[bool]:
    """True when the customer confirms the plan, False when it wants another."""
    answer = yield from either(facts.PlanConfirmed, facts.PlanObjected, accepts=case.answers_the_plan)
    case.resume("plan_confirm")
    if isinstance(answer, facts.PlanConfirmed):
        case.plan_confirmed = True
        case.emit(says.PlanConfirmed(**answer.model_dump()))
        return True
    case.emit(says.PlanObjected(**answer.model_dump()))
    return False


def survey(case: Case) -> Script[facts.SurveyCompleted]:
    """现场勘查, until the site is ready: a visit that finds no metering conditions (装表条件) falls back to a
    second one, within the same step."""
    found = yield from visit(case)
    while not found.metering_conditions:
        case.pause("customer_works", "customer")
        found = yield from visit(case)
    return found


def visit(case: Case) -> Script[facts.SurveyCompleted]:
    """Go to the site, or look at it from afar."""
    found = yield from fact(facts.SurveyCompleted)
    case.resume("customer_works")
    case.site_visits += 1
    case.emit(says.SurveyCompleted(visit=case.site_visits, **found.model_dump()))
    return found


def build(case: Case, keep: tuple[type[Request], ...] = ()) -> Script[None]:
    """配套工程: the utility's own works, begun and completed. Requests of the customer that come meanwhile
    are acknowledged, and kept for the step that answers them."""
    case.enter("supporting_works")
    begun = False

    def is_news(data: Fact) -> bool:
        if isinstance(data, facts.SupportingWorksStarted):
            return not begun
        return not isinstance(data, REQUESTS) or _may_be_kept(case, data)

    while True:
        news = yield from either(*WORKS, *keep, accepts=is_news)
        if isinstance(news, facts.SupportingWorksStarted):
            begun = True
            case.emit(says.SupportingWorksStarted())
        elif isinstance(news, facts.SupportingWorksCompleted):
            case.emit(says.SupportingWorksCompleted())
            return
        else:
            assert isinstance(news, REQUESTS)
            acknowledge(case, news)
            case.folder.kept.append(news)


WORKS = (facts.SupportingWorksStarted, facts.SupportingWorksCompleted)


def review_design(case: Case) -> Script[None]:
    """设计审查, as a step: the customer designs, the utility reviews, until nothing is wrong."""
    case.enter("design_review", waiting_for=_waits(case, duty_facts.DesignSubmitted, "customer_design"))
    yield from _examine(case, duty_facts.DesignSubmitted, (duty_facts.DesignReviewed,), "customer_design")


def inspect_concealed_works(case: Case) -> Script[None]:
    """中间检查, as a step: concealed works are seen before they are covered."""
    kind = duty_facts.MidInspectionRequested
    case.enter("mid_inspection", waiting_for=_waits(case, kind, "customer_works"))
    yield from _examine(case, kind, (duty_facts.MidInspected,), "customer_works")


def inspect_completion(case: Case, step: str) -> Script[None]:
    """竣工检验: on request, with its documents; every defect is told once, in writing, and a new request
    follows."""
    kind = facts.InspectionRequested
    case.enter(step, waiting_for=_waits(case, kind, "customer_works"))
    yield from _examine(case, kind, (facts.InspectionPassed, facts.InspectionFailed), "customer_works")


def meter(case: Case) -> Script[None]:
    """装表接电: fit the meter, energise."""
    case.fit_meter((yield from fact(facts.MeterFitted)))
    yield from energise(case)


def energise(case: Case) -> Script[None]:
    """送电."""
    yield from fact(facts.Energised)
    case.energise()


def acknowledge(case: Case, request: Request) -> None:
    """Take what came with a request, and say that it came."""
    if isinstance(request, facts.InspectionRequested):
        case.folder.take(request.documents, request.papers)
        case.emit(says.InspectionRequested(**request.model_dump()))
    else:
        checks.hand_in(case, request)


def _examine(
    case: Case, kind: type[Request], opinions: tuple[type[Fact], ...], waiting_for: str
) -> Script[None]:
    """A request, its documents, an opinion; with defects, another request."""
    step = case.step.rule.code
    while True:
        if case.folder.take_kept(kind) is None:
            request = yield from fact(kind, accepts=lambda data: _may_ask(case, data))
            acknowledge(case, request)
            case.resume(waiting_for)
        yield from complete_documents(case, step)
        if _tell(case, (yield from either(*opinions))):
            return
        case.pause("rectify", "customer")
        waiting_for = "rectify"


def _tell(case: Case, opinion: Fact) -> bool:
    """Say an opinion; True when nothing is wrong."""
    if isinstance(opinion, facts.InspectionPassed):
        case.emit(says.InspectionPassed())
        return True
    if isinstance(opinion, facts.InspectionFailed):
        case.emit(says.InspectionFailed(**opinion.model_dump()))
        return False
    assert isinstance(opinion, duty_facts.DesignReviewed | duty_facts.MidInspected)
    checks.tell_opinion(case, opinion)
    return opinion.passed


def _waits(case: Case, kind: type[Request], cause: str) -> str | None:
    """The pause with which a step begins; none when its request is there already."""
    return None if case.folder.has_kept(kind) else cause


def _may_ask(case: Case, data: Request) -> bool:
    return not isinstance(data, facts.InspectionRequested) or checks.all_passed(case)


def _may_be_kept(case: Case, data: Request) -> bool:
    """During the works: once of each kind, where the process still has a step for it."""
    has: Callable[[str], bool] = case.has_step
    if isinstance(data, facts.InspectionRequested):
        return _may_ask(case, data) and not case.folder.has_kept(type(data))
    step = checks.DESIGN_REVIEW if isinstance(data, duty_facts.DesignSubmitted) else checks.MID_INSPECTION
    return has(step) and not case.folder.has_kept(type(data))
