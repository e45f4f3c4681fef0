"""The lifecycles of a connection (业扩报装), as the measures order them: high voltage in 3 steps, low
voltage in 2; and as it was before, in 6 and 3.

Each class is a Temporal workflow; its `process` is the whole of it, top to bottom. What every step is made of
stands in `workflows/acts.py`; how facts reach a case, how events leave it and how its timers run is the same
for all and stands in `workflows/run.py`.
"""

from typing import ClassVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from events.catalogue import connection_facts as facts
    from events.catalogue import duty_facts
    from workflows import acts
    from workflows.case import Case
    from workflows.messages import CaseResult, CaseStart
    from workflows.run import CaseRun
    from workflows.script import Script

APPLICATION = (facts.ApplicationSubmitted, facts.DocumentsSupplied)
PLAN = (duty_facts.BoundaryConfirmed, facts.PlanReplied, facts.PlanConfirmed, facts.PlanObjected)
SURVEY = (duty_facts.BoundaryConfirmed, facts.SurveyCompleted)
WORKS = (facts.SupportingWorksStarted, facts.SupportingWorksCompleted)
INSPECTION = (
    facts.InspectionRequested,
    facts.InspectionPassed,
    facts.InspectionFailed,
    facts.DocumentsSupplied,
)
METERING = (facts.MeterFitted, facts.Energised)


@workflow.defn(name="HighVoltageConnection")
class HighVoltageConnection(CaseRun):
    """高压: application, supply-plan reply, completion inspection and metering.

    The steps come from the process table of the profile, in its order; between the plan and the inspection
    the utility builds its supporting works (配套工程), which is no step of the customer's. Important
    customers have design and concealed works checked meanwhile, which is none either.
    """

    step_facts: ClassVar = {
        "application": APPLICATION,
        "supply_plan_reply": PLAN,
        "design_review": (duty_facts.DesignSubmitted, duty_facts.DesignReviewed, facts.DocumentsSupplied),
        "supporting_works": WORKS,
        "mid_inspection": (
            duty_facts.MidInspectionRequested,
            duty_facts.MidInspected,
            facts.DocumentsSupplied,
        ),
        "completion_inspection": INSPECTION,
        "metering": METERING,
        "completion_inspection_and_metering": (*INSPECTION, *METERING),
        "energisation": (facts.Energised,),
    }

    @workflow.run
    async def run(self, start: CaseStart) -> CaseResult:
        """Carry one application from its first fact to its end."""
        return await self.carry()

    def process(self, case: Case) -> Script[None]:
        """Go through the steps of the case's process, in order."""
        procedures = {
            "application": acts.apply,
            "supply_plan_reply": self.supply_plan_reply,
            "design_review": acts.review_design,
            "supporting_works": self.supporting_works,
            "mid_inspection": acts.inspect_concealed_works,
            "completion_inspection": self.completion_inspection,
            "metering": self.metering,
            "completion_inspection_and_metering": self.completion_inspection_and_metering,
            "energisation": self.energisation,
        }
        for step in case.policy.steps:
            yield from procedures[step.code](case)

    def supply_plan_reply(self, case: Case) -> Script[None]:
        """供电方案答复: decide who builds to where, reply with a plan until the customer confirms one."""
        case.enter("supply_plan_reply")
        yield from acts.decide_boundary(case)
        while True:
            yield from acts.reply_with_plan(case)
            if (yield from acts.hear_the_customer(case)):
                return

    def supporting_works(self, case: Case) -> Script[None]:
        """配套工程: the utility builds up to the boundary. Its clock never stops for its own works; what the
        customer hands in meanwhile is kept."""
        if case.plan is not None and case.plan.supporting_works:
            yield from acts.build(case, keep=acts.REQUESTS)

    def completion_inspection_and_metering(self, case: Case) -> Script[None]:
        """竣工检验和装表接电: inspect what the customer built, fit the meter, energise."""
        yield from acts.inspect_completion(case, "completion_inspection_and_metering")
        yield from acts.meter(case)

    def completion_inspection(self, case: Case) -> Script[None]:
        """竣工检验, as a step of its own."""
        yield from acts.inspect_completion(case, "completion_inspection")

    def metering(self, case: Case) -> Script[None]:
        """装表接电, as a step of its own."""
        case.enter("metering")
        yield from acts.meter(case)

    def energisation(self, case: Case) -> Script[None]:
        """送电, for a profile whose process knows nothing between application and energisation."""
        case.enter("energisation")
        yield from acts.energise(case)


@workflow.defn(name="LowVoltageConnection")
class LowVoltageConnection(CaseRun):
    """低压: application, survey and metering; residential and non-residential."""

    step_facts: ClassVar = {
        "application": APPLICATION,
        "survey_and_metering": (*SURVEY, *METERING),
        "survey": SURVEY,
        "supporting_works": WORKS,
        "metering": METERING,
    }

    @workflow.run
    async def run(self, start: CaseStart) -> CaseResult:
        """Carry one application from its first fact to its end."""
        return await self.carry()

    def process(self, case: Case) -> Script[None]:
        """Go through the customer's steps; works come between them where the survey finds them needed."""
        procedures = {
            "application": acts.apply,
            "survey_and_metering": self.survey_and_metering,
            "survey": self.survey,
            "metering": self.metering,
        }
        for step in case.policy.steps:
            if step.customer_step:
                yield from procedures[step.code](case)

    def survey_and_metering(self, case: Case) -> Script[None]:
        """勘查装表: on one visit when no works are needed and the site is ready; otherwise the meter comes
        afterwards."""
        case.enter("survey_and_metering")
        yield from acts.decide_boundary(case)
        survey = yield from acts.survey(case)
        if survey.supporting_works:
            yield from acts.build(case)
            case.enter("survey_and_metering")
        yield from acts.meter(case)

    def survey(self, case: Case) -> Script[None]:
        """现场勘查, as a step of its own; the works follow it."""
        case.enter("survey")
        yield from acts.decide_boundary(case)
        survey = yield from acts.survey(case)
        if survey.supporting_works and case.has_step("supporting_works"):
            yield from acts.build(case)

    def metering(self, case: Case) -> Script[None]:
        """装表接电, as a step of its own."""
        case.enter("metering")
        yield from acts.meter(case)
