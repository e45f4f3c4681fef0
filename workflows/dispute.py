"""The lifecycle of a late dispute (逾期异议): one that came after its case was closed, in a case of its own.

How facts reach the case, how events leave it and how its timers run is the same for all lifecycles and stands
in `workflows/run.py`; how a dispute is answered, in `workflows/disputes.py`.
"""

from typing import ClassVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from events.catalogue import service_facts as facts
    from workflows import disputes
    from workflows.case import Case
    from workflows.messages import CaseResult, CaseStart
    from workflows.run import CaseRun
    from workflows.script import Script, fact


@workflow.defn(name="LateDispute")
class LateDispute(CaseRun):
    """异议: the manager answers, the customer agrees or has the supervisor review it; then it is settled.

    The case is linked to the one that it is about, which stays closed.
    """

    step_facts: ClassVar = {"dispute": (facts.DisputeRaised, facts.DisputeAnswered, facts.DisputeSettled)}

    @workflow.run
    async def run(self, start: CaseStart) -> CaseResult:
        """Carry one dispute from its first fact to its end."""
        return await self.carry()

    def process(self, case: Case) -> Script[None]:
        """Take the dispute in, and answer it until it is settled."""
        raised = yield from fact(facts.DisputeRaised)
        case.open_linked()
        disputes.raise_dispute(case, raised)
        case.enter("dispute")
        yield from disputes.settle(case)
