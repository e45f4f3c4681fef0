"""The lifecycles of a connection (业扩报装), as the measures order them: high voltage in 3 steps, low
voltage in 2.

Each class is a Temporal workflow; its `process` is the whole of it, top to bottom. How facts reach it, how
events leave it and how its timers run is the same for all and stands in `workflows/run.py`.
"""

from typing import ClassVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from events.catalogue import connection_events as says
    from events.catalogue import connection_facts as facts
    from workflows.case import Case
    from workflows.messages import CaseResult, CaseStart
    from workflows.run import CaseRun
    from workflows.script import Script, either, fact

APPLICATION = (facts.ApplicationSubmitted, facts.DocumentsSupplied)
WORKS = (facts.SupportingWorksStarted, facts.SupportingWorksCompleted)
METERING = (facts.MeterFitted, facts.Energised)


@workflow.defn(name="HighVoltageConnection")
class HighVoltageConnection(CaseRun):
    """高压: application, supply-plan reply, completion inspection and metering.

    The steps come from the process table of the profile, in its order; between the plan and the inspection
    the utility builds its supporting works (配套工程), which is no step of the customer's.
    """

    step_facts: ClassVar = {
        "application": APPLICATION,
        "supply_plan_reply": (facts.PlanReplied, facts.PlanConfirmed, facts.PlanObjected),
        "supporting_works": WORKS,
        "completion_inspection_and_metering": (
            facts.InspectionRequested,
            facts.InspectionPassed,
            facts.InspectionFailed,
            facts.DocumentsSupplied,
            *METERING,
        ),
        "energisation": (facts.Energised,),
    }

    @workflow.run
    async def run(self, start: CaseStart) -> CaseResult:
        """Carry one application from its first fact to its end."""
        return await self.carry()

    def process(self, case: Case) -> Script[None]:
        """Go through the steps of the case's process, in order."""
        procedures = {
            "application": self.application,
            "supply_plan_reply": self.supply_plan_reply,
            "supporting_works": self.supporting_works,
            "completion_inspection_and_metering": self.completion_inspection_and_metering,
            "energisation": self.energisation,
        }
        for step in case.start.policy.steps:
            yield from procedures[step.code](case)

    def application(self, case: Case) -> Script[None]:
        """用电申请: receive, check the documents once, accept."""
        yield from apply(case)

    def supply_plan_reply(self, case: Case) -> Script[None]:
        """供电方案答复: reply with a plan until the customer confirms one."""
        case.enter("supply_plan_reply")
        case.decide_boundary()
        while True:
            case.reply((yield from fact(facts.PlanReplied)))
            case.pause("plan_confirm", "customer")
            answer = yield from either(facts.PlanConfirmed, facts.PlanObjected, accepts=case.answers_the_plan)
            case.resume("plan_confirm")
            if isinstance(answer, facts.PlanConfirmed):
                case.emit(says.PlanConfirmed(**answer.model_dump()))
                return
            case.emit(says.PlanObjected(**answer.model_dump()))

    def supporting_works(self, case: Case) -> Script[None]:
        """配套工程: the utility builds up to the boundary. Its clock never stops for its own works."""
        if case.plan is not None and case.plan.supporting_works:
            yield from build(case)

    def completion_inspection_and_metering(self, case: Case) -> Script[None]:
        """竣工检验和装表接电: inspect what the customer built, fit the meter, energise."""
        case.enter("completion_inspection_and_metering", waiting_for="customer_works")
        yield from self.inspection(case)
        yield from meter(case)

    def inspection(self, case: Case) -> Script[None]:
        """竣工检验: on request, with its documents; every defect is told once, in writing, and a new
        request follows."""
        waiting_for = "customer_works"
        while True:
            request = yield from fact(facts.InspectionRequested)
            case.take_documents(request.documents)
            case.emit(says.InspectionRequested(documents=request.documents))
            case.resume(waiting_for)
            yield from case.complete_documents("completion_inspection_and_metering")
            opinion = yield from either(facts.InspectionPassed, facts.InspectionFailed)
            if isinstance(opinion, facts.InspectionPassed):
                case.emit(says.InspectionPassed())
                return
            case.emit(says.InspectionFailed(**opinion.model_dump()))
            case.pause("rectify", "customer")
            waiting_for = "rectify"

    def energisation(self, case: Case) -> Script[None]:
        """送电, for a profile whose process knows nothing between application and energisation."""
        case.enter("energisation")
        yield from fact(facts.Energised)
        case.energise()


@workflow.defn(name="LowVoltageConnection")
class LowVoltageConnection(CaseRun):
    """低压: application, survey and metering; residential and non-residential."""

    step_facts: ClassVar = {
        "application": APPLICATION,
        "survey_and_metering": (facts.SurveyCompleted, *METERING),
        "supporting_works": WORKS,
    }

    @workflow.run
    async def run(self, start: CaseStart) -> CaseResult:
        """Carry one application from its first fact to its end."""
        return await self.carry()

    def process(self, case: Case) -> Script[None]:
        """Two steps for the customer: apply, and be metered."""
        yield from apply(case)
        yield from self.survey_and_metering(case)

    def survey_and_metering(self, case: Case) -> Script[None]:
        """勘查装表: on one visit when no works are needed and the site is ready; otherwise the meter comes
        afterwards.

        A visit that finds no metering conditions (装表条件) falls back to a second one, within the same step.
        """
        case.enter("survey_and_metering")
        case.decide_boundary()
        survey = yield from self.visit(case)
        while not survey.metering_conditions:
            case.pause("customer_works", "customer")
            survey = yield from self.visit(case)
        if survey.supporting_works:
            yield from build(case)
            case.enter("survey_and_metering")
        yield from meter(case)

    def visit(self, case: Case) -> Script[facts.SurveyCompleted]:
        """现场勘查: go to the site, or look at it from afar."""
        survey = yield from fact(facts.SurveyCompleted)
        case.resume("customer_works")
        case.site_visits += 1
        case.emit(says.SurveyCompleted(visit=case.site_visits, **survey.model_dump()))
        return survey


def apply(case: Case) -> Script[None]:
    """用电申请: receive the application, name who answers for it, check its documents once, accept it."""
    application = yield from fact(facts.ApplicationSubmitted)
    case.open(application)
    case.enter("application")
    yield from case.complete_documents("application")
    case.accept()


def build(case: Case) -> Script[None]:
    """配套工程: the utility's own works, begun and completed."""
    case.enter("supporting_works")
    news = yield from either(facts.SupportingWorksStarted, facts.SupportingWorksCompleted)
    if isinstance(news, facts.SupportingWorksStarted):
        case.emit(says.SupportingWorksStarted())
        yield from fact(facts.SupportingWorksCompleted)
    case.emit(says.SupportingWorksCompleted())


def meter(case: Case) -> Script[None]:
    """装表接电: fit the meter, energise."""
    fitted = yield from fact(facts.MeterFitted)
    case.emit(says.MeterFitted(**fitted.model_dump()))
    yield from fact(facts.Energised)
    case.energise()
