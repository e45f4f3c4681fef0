"""How an application goes, from the first fact to the last, told by the systems that see it happen.

A story is right by construction: every fact of it is possible when it comes. Disturbances are added
afterwards.
"""

from datetime import datetime
from random import Random
from typing import Any

from deploy.demo import people, questions, service
from deploy.demo.office import Office
from deploy.demo.told import Told
from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts
from events.catalogue.base import Fact
from events.catalogue.traits import CustomerType, Kind, Traits
from workflows.policy import boundary, documents
from workflows.policy.model import CaseSlice

COMPLETION = "completion_inspection_and_metering"
_SLOW_SHARE = 0.11
"""How often something takes far longer than usual."""


class Teller:
    """Tells one application's story. `tag` makes its plan and meter numbers its own."""

    def __init__(self, rng: Random, office: Office, case: CaseSlice, traits: Traits, tag: str) -> None:
        self._rng = rng
        self._office = office
        self._case = case
        self._traits = traits
        self._tag = tag
        self._told: list[Told] = []

    def tell(self, begins: datetime, channel: str, town: str) -> list[Told]:
        """Return the whole story, however far into the future it goes."""
        self._apply(begins, channel, town)
        if self._case.kind is Kind.HIGH_VOLTAGE:
            self._high_voltage()
        else:
            self._low_voltage()
        self._told += service.afterwards(self._rng, self._office, self._now, self._tag)
        return questions.asked(self._case, self._told, self._tag)

    @property
    def _now(self) -> datetime:
        return self._told[-1].at

    def _say(self, at: datetime, fact: Fact) -> None:
        self._told.append(Told(at, fact))

    def _chance(self, share: float) -> bool:
        return self._rng.random() < share

    def _days(self, least: int, most: int) -> int:
        """Days that something takes; now and then far too many."""
        days = self._rng.randint(least, most)
        return days + self._rng.randint(most, most * 2) if self._chance(_SLOW_SHARE) else days

    # ---- application

    def _apply(self, begins: datetime, channel: str, town: str) -> None:
        rng = self._rng
        needed = list(documents.required(self._case, "application"))
        forgotten = (
            set(rng.sample(needed, min(len(needed), rng.randint(1, 2)))) if self._chance(0.22) else set()
        )
        fields: dict[str, Any] = {
            **self._traits.model_dump(),
            **people.applicant(rng, self._traits.customer_type, town),
            "channel": channel,
            "documents": tuple(name for name in needed if name not in forgotten),
        }
        self._say(begins, facts.ApplicationSubmitted(**fields))
        self._supply(sorted(forgotten))
        if self._chance(0.05):
            self._ask_again(needed)

    def _ask_again(self, needed: list[str]) -> None:
        """The utility asks for one more document, that its notice could have named, or for another one."""
        document = self._rng.choice(needed)
        asked = duty_facts.FurtherDocumentsRequested(documents=(document,), reason="原件不清晰")
        self._say(self._office.staff(self._now, self._days(0, 1)), asked)

    def _supply(self, lacking: list[str]) -> None:
        """Bring what is missing, at once or in two goes."""
        goes = [lacking[:1], lacking[1:]] if len(lacking) > 1 and self._chance(0.4) else [lacking]
        for part in goes:
            if part:
                by = "gov_share" if self._chance(0.3) and self._is_shared(part) else "customer"
                supplied = facts.DocumentsSupplied.model_validate({"documents": part, "provided_by": by})
                self._say(self._office.customer(self._now, self._rng.randint(0, 5)), supplied)

    def _is_shared(self, part: list[str]) -> bool:
        """True when an authority's data may hold all of it."""
        ways = {document.id: document.provided_by for document in self._case.documents}
        return all("gov_share" in ways[name] for name in part)

    # ---- high voltage

    def _high_voltage(self) -> None:
        self._confirm_boundary()
        works = self._plan()
        if self._case.task("design_review") is not None:
            self._check(duty_facts.DesignSubmitted(), duty_facts.DesignReviewed)
        if works:
            self._works(*((26, 56) if self._traits.cable_duct else (16, 40)))
        if self._case.task("mid_inspection") is not None:
            self._check(duty_facts.MidInspectionRequested(), duty_facts.MidInspected)
        self._inspect()
        self._meter(self._office.staff(self._now, self._days(0, 2)))

    def _confirm_boundary(self) -> None:
        """Where the rule wants a person's eye, somebody confirms it."""
        decision = boundary.decide(self._case.boundary_rules, self._traits)
        if decision is not None and decision.needs_manual_review:
            confirmed = duty_facts.BoundaryConfirmed(
                boundary=decision.boundary, confirmed_by="marketing", reason="投资额和用途已核对"
            )
            self._say(self._office.staff(self._now, self._days(1, 4)), confirmed)

    def _check(
        self, handed_in: Fact, opinion: type[duty_facts.DesignReviewed] | type[duty_facts.MidInspected]
    ) -> None:
        """A check of an important customer's; one in four finds something first."""
        rounds = 2 if self._chance(0.25) else 1
        for turn in range(1, rounds + 1):
            self._say(self._office.customer(self._now, self._rng.randint(2, 10)), handed_in)
            found = opinion(passed=turn == rounds, opinion=None if turn == rounds else "接地设计需补充")
            self._say(self._office.staff(self._now, self._days(1, 5)), found)

    def _plan(self) -> bool:
        """Reply with a plan; one in ten is objected to and replied anew. Returns whether works are needed."""
        rng, office = self._rng, self._office
        works = self._chance(0.7)
        rounds = 2 if self._chance(0.1) else 1
        for turn in range(1, rounds + 1):
            number = f"P-{self._tag}-{turn}"
            substation, feeder = people.substation(rng)
            plan = facts.PlanReplied(
                plan_no=number,
                substation=substation,
                feeder=feeder,
                supporting_works=works,
                cable_duct=self._traits.cable_duct,
            )
            self._say(office.staff(self._now, self._days(2, 8)), plan)
            answered = office.customer(self._now, rng.randint(0, 6))
            if turn < rounds:
                reason = "希望改由就近线路接入"
                self._say(answered, facts.PlanObjected(plan_no=number, reason=reason))
            else:
                self._say(answered, facts.PlanConfirmed(plan_no=number))
        return works

    def _works(self, least: int, most: int) -> None:
        office = self._office
        self._say(office.staff(self._now, self._rng.randint(1, 4)), facts.SupportingWorksStarted())
        if least > 1 and self._chance(0.3):
            permit = {"permit": f"road-{self._tag}"}
            asked = duty_facts.PermitRequested.model_validate({**permit, "authority": "市政管理部门"})
            self._say(office.staff(self._now, 1), asked)
            self._say(office.staff(self._now, self._days(3, 9)), duty_facts.PermitGranted(**permit))
        self._say(office.staff(self._now, self._days(least, most)), facts.SupportingWorksCompleted())

    def _inspect(self) -> None:
        """The customer builds, then asks for the inspection; one in six fails once."""
        rng, office = self._rng, self._office
        needed = list(documents.required(self._case, COMPLETION))
        forgotten = [rng.choice(needed)] if needed and self._chance(0.12) else []
        handed_in = tuple(name for name in needed if name not in forgotten)
        asked = office.customer(self._now, rng.randint(3, 26))
        self._say(asked, facts.InspectionRequested(documents=handed_in))
        self._supply(forgotten)
        if self._chance(0.16):
            defects = "接地电阻偏大；柜门警示标识不全"
            failed = facts.InspectionFailed(defect_count=rng.randint(1, 6), defects=defects)
            self._say(office.staff(self._now, self._days(1, 3)), failed)
            self._say(office.customer(self._now, rng.randint(2, 9)), facts.InspectionRequested())
        self._say(office.staff(self._now, self._days(1, 3)), facts.InspectionPassed())

    # ---- low voltage

    def _low_voltage(self) -> None:
        """Survey and meter on one visit, unless works are needed or the site is not ready."""
        office, rng = self._office, self._rng
        home = self._traits.customer_type in (CustomerType.RESIDENT, CustomerType.EV_PRIVATE)
        works = self._chance(0.04 if home else 0.22)
        visited = office.staff(self._now, self._days(0, 1))
        if self._chance(0.08):
            not_ready = facts.SurveyCompleted(supporting_works=works, metering_conditions=False)
            self._say(visited, not_ready)
            visited = office.staff(self._now, rng.randint(2, 6))
        self._say(visited, facts.SurveyCompleted(supporting_works=works, remote=self._chance(0.1)))
        if works:
            self._works(1, 4)
            self._meter(office.staff(self._now, self._days(0, 1)))
        else:
            self._meter(office.soon(self._now, (15, 70)))

    def _meter(self, at: datetime) -> None:
        self._say(at, facts.MeterFitted(meter_no=f"M-{self._tag}"))
        self._say(self._office.soon(self._now, (10, 45)), facts.Energised())
