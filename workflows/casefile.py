"""The case file (案卷): takes facts one by one, in any order, and keeps what has been decided and said. Pure.

The run beneath a lifecycle (`workflows/run.py`) tells it the time and carries away what it says.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from activities.messages import OutcomeRecord
from events.catalogue import duty_facts, service_facts, staff_facts
from events.catalogue.base import Fact
from events.catalogue.connection_events import CaseClosed
from events.catalogue.project_link_facts import ProjectLinked, ProjectUnlinked
from events.upcasting import newest_fact
from workflows import checks
from workflows.anytime import AT_ANY_TIME, SERVICE, Attending
from workflows.case import Case
from workflows.messages import CaseStart, FactMessage, FactOutcome
from workflows.policy.staffing import KEY_REPLY
from workflows.script import Reading, Script, read
from workflows.state import APPLIED, CaseState, Held, impossible

Process = Callable[[Case], Script[None]]
StepFacts = Mapping[str, tuple[type[Fact], ...]]


class CaseFile:
    """One application's facts, state and words. `step_facts`: which facts each step of the lifecycle can
    take."""

    def __init__(self, start: CaseStart, process: Process, step_facts: StepFacts, now: datetime) -> None:
        self.start = start
        self._process = process
        ours: list[type[Fact]] = [kind for step in start.policy.steps for kind in step_facts[step.code]]
        self._takes: tuple[type[Fact], ...] = (*ours, *_any_time(start))
        self.state = CaseState(
            facts=[start.fact],
            as_of=start.fact.time,
            last_arrival=now,
            policy_version=start.policy.policy_version,
        )
        self.state.outcomes[start.fact.update_id] = APPLIED
        self.case = self._read(self.state.facts)[0]
        self.state.compare(self.case.said, now)

    def take(self, fact: FactMessage, now: datetime) -> FactOutcome:
        """Take one fact: `applied`, `held` until its state comes, or `impossible`. A known update id is
        answered as it was."""
        known = self.state.outcomes.get(fact.update_id)
        if known is not None:
            return known
        outcome = self._fate(fact, now)
        self.state.outcomes[fact.update_id] = outcome
        return outcome

    def judge(self, now: datetime) -> None:
        """Nothing was heard up to now: judge what silence means."""
        self.state.as_of = now
        self._accept(self._read(self.state.facts)[0], now)

    def park(self) -> None:
        """Give back what was held and never found its place."""
        for held in self.state.held:
            self._report(held.fact, impossible("never_possible"))
        self.state.held.clear()

    def close(self, now: datetime) -> None:
        """Say the last word; from now on nothing is taken."""
        assert self.case.ending is not None
        self.state.closing = True
        self.state.say(CaseClosed(ending=self.case.ending), now)

    def _fate(self, fact: FactMessage, now: datetime) -> FactOutcome:
        state = self.state
        kind = newest_fact(fact.type)
        if kind is None or not issubclass(kind, self._takes):
            return impossible("not_in_this_process")
        if state.closing or self._is_another_dispute(kind):
            return impossible("case_closed")
        if (refusal := self._after_the_end(kind, fact)) is not None:
            return impossible(refusal)
        state.last_arrival = now
        state.arrivals += 1
        state.held.append(Held(fact, now))
        self._settle(now)
        if any(held.fact.update_id == fact.update_id for held in state.held):
            return FactOutcome(fate="held", code="early")
        return APPLIED

    def _is_another_dispute(self, kind: type[Fact]) -> bool:
        """Each late dispute has a case of its own, so that when one is settled does not hang on another."""
        return self.start.linked_to is not None and issubclass(kind, service_facts.DisputeRaised)

    def _after_the_end(self, kind: type[Fact], fact: FactMessage) -> str | None:
        """Why a fact that happened after the process was over is not taken; None when it may be."""
        case = self.case
        if case.ended_at is None or fact.time <= case.ended_at:
            return None
        until = case.service_until
        amended = issubclass(kind, duty_facts.PolicyAmended | staff_facts.CaseHandedOver)
        if issubclass(kind, ProjectLinked | ProjectUnlinked) or (amended and until is not None):
            return (
                None  # its disputes are due by it, and answered by who has it; a project hears how it ended
            )
        of_dispute = issubclass(kind, service_facts.DisputeAnswered | service_facts.DisputeSettled)
        if of_dispute and (until is not None or case.ending == "settled"):
            return None  # what it follows may be on its way
        if issubclass(kind, SERVICE) and until is not None and fact.time <= until:
            return None
        if issubclass(kind, service_facts.DisputeRaised):
            return "case_closed"  # as if the run were gone already: the dispute gets a case of its own
        return "case_closed" if until is not None and fact.time > until else "case_ended"

    def _settle(self, now: datetime) -> None:
        """Read all facts anew with what is held. What now has its place is applied, provided that nothing
        applied before loses its own: a decision made by a later-dated fact stands until every fact finds a
        place."""
        state = self.state
        case, reading = self._read([*state.facts, *(held.fact for held in state.held)])
        applied = {fact.update_id for fact in reading.applied}
        if not all(fact.update_id in applied for fact in state.facts):
            return
        for held in [held for held in state.held if held.fact.update_id in applied]:
            state.held.remove(held)
            if held.fact.update_id in state.outcomes:
                self._report(held.fact, APPLIED)
        state.facts = reading.applied
        self._accept(case, now)

    def _read(self, told: list[FactMessage]) -> tuple[Case, Reading]:
        case = Case(self.start, self.start.policy)
        reading = read(self._process(case), Attending(case), told, self.state.as_of)
        return case, reading

    def _accept(self, case: Case, now: datetime) -> None:
        self.case = case
        self.state.policy_version = case.policy.policy_version
        self.state.compare(case.said, now)

    def _report(self, fact: FactMessage, outcome: FactOutcome) -> None:
        """A fact that had been held has its final outcome: remember it, and tell the inbox."""
        self.state.outcomes[fact.update_id] = outcome
        record = OutcomeRecord(
            source=fact.source,
            id=fact.id,
            n=fact.n,
            number=self.start.number,
            fate="applied" if outcome.fate == "applied" else "impossible",
            code=outcome.code,
            sentence=outcome.sentence,
        )
        self.state.reports.append(record)


def _any_time(start: CaseStart) -> tuple[type[Fact], ...]:
    """What this case may hear at any time: checks only where it has them; one about a dispute alone, nothing
    but changes of policy and of hands beside it."""
    if start.linked_to is not None:
        return (duty_facts.PolicyAmended, staff_facts.CaseHandedOver)
    has: dict[type[Fact], str] = {
        duty_facts.DesignSubmitted: checks.DESIGN_REVIEW,
        duty_facts.DesignReviewed: checks.DESIGN_REVIEW,
        duty_facts.MidInspectionRequested: checks.MID_INSPECTION,
        duty_facts.MidInspected: checks.MID_INSPECTION,
        staff_facts.KeyCustomerAsked: KEY_REPLY,
        staff_facts.KeyCustomerAnswered: KEY_REPLY,
    }
    return tuple(one for one in AT_ANY_TIME if one not in has or start.policy.task(has[one]) is not None)
