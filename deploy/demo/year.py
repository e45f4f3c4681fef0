"""A year of applications of every class, told under any tables: the same customers, whatever the process.

Everything that a customer does, and how long building takes, is drawn once per application and is the same
under all tables; the utility takes the same *share* of whatever limit its tables give a step. So two tellings
differ by the tables alone. Pure: the same seed gives the same facts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from deploy.demo import people
from deploy.demo.applicants import draw_channel, draw_traits, town_of
from deploy.demo.office import Office
from deploy.demo.told import Told
from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts
from events.catalogue.base import Fact
from events.catalogue.connection_events import LimitShown
from events.catalogue.traits import Kind, Traits
from workflows.policy import boundary, clock, documents, slices
from workflows.policy.model import CaseSlice, Policy

APPLICATIONS = 300
DAYS = 365
_WORKS_SHARE = {Kind.HIGH_VOLTAGE: 0.6, Kind.LOW_VOLTAGE: 0.25, Kind.RESIDENTIAL: 0.05}
_LATE_SHARE = 0.06
_NO_LIMIT = LimitShown(value=10, unit="WD", statistic="ceiling", basis="design_choice", source="-")


@dataclass(frozen=True)
class Applicant:
    """Who applies, when, for what; `ref` names the application, `seed` its draws."""

    ref: str
    seed: str
    begins: datetime
    traits: Traits
    channel: str
    works_days: int | None

    def draw(self, act: str) -> float:
        """A number from 0 to 1 for one act, the same under all tables."""
        return Random(f"{self.seed}/{act}").random()  # noqa: S311 - drawn, not secret

    def days(self, act: str, least: int, most: int) -> int:
        """Days that an act takes."""
        return least + int(self.draw(act) * (most - least + 1))


def applicants(
    policy: Policy, seed: int, begins: datetime, count: int = APPLICATIONS, days: int = DAYS
) -> Iterator[Applicant]:
    """Yield the year's applications in the order of their days; `begins` (aware) is its first moment."""
    for place in range(count):
        name = f"{seed}/{count}/{place}"
        rng = Random(name)  # noqa: S311
        at = Office(policy, rng).customer(begins + timedelta(days=days * place / count))
        traits = draw_traits(policy, rng)
        case = slices.slice_for(policy, traits, clock.local_day(at, policy.timezone))
        yield Applicant(
            ref=f"Y{seed}-{place + 1:04d}",
            seed=name,
            begins=at,
            traits=traits,
            channel=draw_channel(policy, rng),
            works_days=_works_days(case, traits, rng),
        )


def tell(policy: Policy, who: Applicant) -> list[Told]:
    """Return an application's facts, from the first to the last, under these tables."""
    case = slices.slice_for(policy, who.traits, clock.local_day(who.begins, policy.timezone))
    return _Telling(policy, case, who).tell()


def _works_days(case: CaseSlice, traits: Traits, rng: Random) -> int | None:
    """How long the works take, in calendar days; None where none are needed. Building takes what it takes."""
    if rng.random() >= _WORKS_SHARE[case.kind]:
        return None
    rule = next((step for step in case.steps if step.code == "supporting_works"), None)
    limit = rule and clock.limit_for(rule, traits)
    return max(1, round((limit.value if limit else 60) * rng.uniform(0.4, 0.95)))


class _Telling:
    def __init__(self, policy: Policy, case: CaseSlice, who: Applicant) -> None:
        self._policy, self._case, self._who = policy, case, who
        self._told: list[Told] = []

    def tell(self) -> list[Told]:
        """Go through the steps of the case's process."""
        who, rng = self._who, Random(self._who.seed)  # noqa: S311
        lacking = self._apply(
            people.applicant(rng, who.traits.customer_type, town_of(self._policy, who.traits.region))
        )
        self._supply(lacking, "application")
        if who.draw("withdraws") < 0.04:
            self._customer("withdrawn", facts.Withdrawn(reason="计划有变"), 0, 3)
            return self._told
        acts = {
            "supply_plan_reply": self._plan,
            "design_review": self._design,
            "supporting_works": self._works,
            "mid_inspection": self._concealed,
            "completion_inspection": self._completion,
            "completion_inspection_and_metering": self._joint,
            "survey": self._survey,
            "survey_and_metering": self._survey_and_meter,
            "metering": self._meter,
        }
        for step in self._case.steps:
            if step.code in acts and (step.customer_step or self._case.kind is Kind.HIGH_VOLTAGE):
                acts[step.code]()
        return self._told

    # ---- moments

    @property
    def _now(self) -> datetime:
        return self._told[-1].at

    def _office(self, act: str) -> Office:
        return Office(self._policy, Random(f"{self._who.seed}/{act}/at"))  # noqa: S311

    def _customer(self, act: str, fact: Fact, least: int, most: int) -> None:
        days = self._who.days(act, least, most)
        self._told.append(Told(self._office(act).customer(self._now, days), fact))

    def _staff(self, act: str, fact: Fact, limit: LimitShown | None) -> None:
        """The utility takes a share of the limit, now and then more than all of it."""
        share = 0.3 + 0.6 * self._who.draw(act)
        if self._who.draw(f"{act}/late") < _LATE_SHARE:
            share += 1
        limit = limit or _NO_LIMIT
        taken = int(limit.value * share)
        if limit.unit == "D":
            taken = taken * 5 // 7
        self._told.append(Told(self._office(act).staff(self._now, taken), fact))

    def _limit(self, step: str) -> LimitShown | None:
        return clock.limit_for(self._case.step(step), self._who.traits)

    def _duty(self, code: str) -> LimitShown | None:
        rule = self._case.task(code)
        return None if rule is None else rule.limit

    # ---- acts

    def _apply(self, person: dict[str, Any]) -> list[str]:
        who = self._who
        needed = documents.required(self._case, "application")
        lacking = [needed[int(who.draw("which") * len(needed))]] if who.draw("forgets") < 0.15 else []
        fields = {**who.traits.model_dump(), **person, "channel": who.channel}
        fields["documents"] = tuple(one for one in needed if one not in lacking)
        self._told.append(Told(who.begins, facts.ApplicationSubmitted.model_validate(fields)))
        return lacking

    def _supply(self, lacking: list[str], act: str) -> None:
        if lacking:
            self._customer(f"{act}/supplies", facts.DocumentsSupplied(documents=tuple(lacking)), 1, 4)

    def _plan(self) -> None:
        decision = boundary.decide(self._case.boundary_rules, self._who.traits)
        if decision is not None and decision.needs_manual_review:
            confirmed = duty_facts.BoundaryConfirmed(boundary=decision.boundary, confirmed_by="marketing")
            self._staff("boundary", confirmed, self._duty("confirm_boundary"))
        has_works = self._who.works_days is not None and self._case_builds
        plan = facts.PlanReplied(
            plan_no=f"P-{self._who.ref}", supporting_works=has_works, cable_duct=self._who.traits.cable_duct
        )
        self._staff("plan", plan, self._limit("supply_plan_reply"))
        self._customer("confirms", facts.PlanConfirmed(plan_no=plan.plan_no), 0, 5)
        if self._case.task("design_review") is not None and not self._has("design_review"):
            self._design()

    @property
    def _case_builds(self) -> bool:
        """Whether the utility builds works under these tables; else the customer has them built."""
        return self._has("supporting_works")

    def _has(self, step: str) -> bool:
        return any(rule.code == step for rule in self._case.steps)

    def _limit_or_duty(self, code: str) -> LimitShown | None:
        return self._limit(code) if self._has(code) else self._duty(code)

    def _design(self) -> None:
        papers = documents.required(self._case, "design_review") if self._has("design_review") else ()
        self._customer("designs", duty_facts.DesignSubmitted(documents=papers), 5, 20)
        self._staff("review", duty_facts.DesignReviewed(passed=True), self._limit_or_duty("design_review"))

    def _works(self) -> None:
        if self._who.works_days is None:
            return
        self._told.append(Told(self._office("works").staff(self._now, 1), facts.SupportingWorksStarted()))
        done = self._office("built").staff(self._now + timedelta(days=self._who.works_days))
        self._told.append(Told(done, facts.SupportingWorksCompleted()))

    def _building(self, act: str) -> int:
        """Days that the customer builds before it asks for something; half of it before each inspection."""
        whole = self._who.days("builds", 6, 30)
        if not self._case_builds and self._who.works_days is not None:
            whole += self._who.works_days
        parts = 1 + self._has("mid_inspection")
        return max(1, whole // parts)

    def _concealed(self) -> None:
        papers = documents.required(self._case, "mid_inspection") if self._has("mid_inspection") else ()
        days = self._building("concealed")
        self._customer("concealed", duty_facts.MidInspectionRequested(documents=papers), days, days)
        self._staff("seen", duty_facts.MidInspected(passed=True), self._limit_or_duty("mid_inspection"))

    def _completion(self) -> None:
        self._inspect("completion_inspection")

    def _joint(self) -> None:
        if self._case.task("mid_inspection") is not None and not self._has("mid_inspection"):
            self._concealed()
        self._inspect("completion_inspection_and_metering")
        self._fit(self._limit("completion_inspection_and_metering"))

    def _inspect(self, step: str) -> None:
        needed = documents.required(self._case, step)
        days = self._building("completion")
        self._customer("asks", facts.InspectionRequested(documents=needed), days, days)
        limit = self._limit(step)
        if self._who.draw("defects") < 0.15:
            self._staff("fails", facts.InspectionFailed(defect_count=2), limit)
            self._customer("rectifies", facts.InspectionRequested(), 2, 8)
        self._staff("passes", facts.InspectionPassed(), limit)

    def _survey(self) -> None:
        self._surveyed("survey")
        if self._case_builds:
            self._works()

    def _survey_and_meter(self) -> None:
        limit = self._limit("survey_and_metering")
        self._surveyed("survey_and_metering")
        if self._who.works_days is None:
            self._told.append(Told(self._office("same").soon(self._now, (15, 60)), self._meter_fact))
            self._told.append(Told(self._office("on").soon(self._now, (10, 40)), facts.Energised()))
            return
        self._works()
        self._fit(limit)

    def _surveyed(self, step: str) -> None:
        found = facts.SurveyCompleted(supporting_works=self._who.works_days is not None and self._case_builds)
        self._staff("surveys", found, self._limit(step))

    def _meter(self) -> None:
        self._fit(self._limit("metering"))

    def _fit(self, limit: LimitShown | None) -> None:
        self._staff("meters", self._meter_fact, limit)
        self._told.append(Told(self._office("on").soon(self._now, (10, 40)), facts.Energised()))

    @property
    def _meter_fact(self) -> Fact:
        return facts.MeterFitted(meter_no=f"M-{self._who.ref}")
