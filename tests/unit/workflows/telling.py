"""Tells an application's story as facts, so that a test reads like what happened."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from deploy.profiles.loader import load_profile
from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts, service_facts
from events.catalogue.base import Fact
from workflows.anytime import Attending
from workflows.case import Case
from workflows.casefile import CaseFile
from workflows.lifecycles import LIFECYCLES, process_of
from workflows.messages import CaseStart, FactMessage
from workflows.opening import open_case
from workflows.policy import regimes
from workflows.policy.model import Policy
from workflows.script import Reading, read

ROOT = Path(__file__).resolve().parents[3]
START = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)  # Monday 1 June 2026, 10:00 in Haikou
NUMBER = "HN-2026-000001"

HV_APPLICATION_PAPERS = ("A1", "A2", "A3", "A5", "A7")
HV_INSPECTION_PAPERS = ("D1", "D2", "C1", "C2", "C3", "C6", "C11", "C12")
HOUSEHOLD_PAPERS = ("LR1", "LR2", "LR3")
SHOP_PAPERS = ("LN1", "LN2", "LN3", "LN4", "LN5", "LN6")

FACTORY = {
    "region": "460100",
    "customer_type": "enterprise",
    "usage": "industrial",
    "voltage_kv": "10",
    "capacity_kva": "3150",
    "channel": "csg_app",
    "documents": HV_APPLICATION_PAPERS,
}
IMPORTANT = {**FACTORY, "important": True, "documents": (*HV_APPLICATION_PAPERS, "A6", "I1", "I2")}
HOUSEHOLD = {
    "region": "460100",
    "customer_type": "resident",
    "usage": "residential",
    "voltage_kv": "0.22",
    "capacity_kva": "8",
    "channel": "csg_app",
    "documents": HOUSEHOLD_PAPERS,
}
SHOP = {
    **HOUSEHOLD,
    "customer_type": "enterprise",
    "usage": "commercial",
    "voltage_kv": "0.4",
    "capacity_kva": "100",
    "documents": SHOP_PAPERS,
}


@cache
def policy(name: str = "hainan") -> Policy:
    """The profile as it is shipped; `before` is Hainan before the measures."""
    if name == "before":
        return regimes.before(policy())
    folder = {"hainan": ROOT / "deploy/profiles/hainan", "midwest": ROOT / "tests/profiles/midwest"}[name]
    return load_profile(folder)


def day(number: float) -> datetime:
    """A moment so many days after the start."""
    return START + timedelta(days=number)


@dataclass
class Story:
    """Facts in the order in which they are told; `at` is in days after the start. `profile` names the policy
    that they fall under, unless another is asked for."""

    told: list[FactMessage] = field(default_factory=list)
    profile: str = "hainan"

    def tell(self, at: float, kind: type[Fact], **data: Any) -> "Story":
        """Add a fact."""
        return self.tell_at(day(at), kind, **data)

    def tell_at(self, moment: datetime, kind: type[Fact], **data: Any) -> "Story":
        """Add a fact at an exact moment."""
        checked = kind.model_validate(data)
        name = f"f{len(self.told):02}"
        message = FactMessage(
            source="/upstream/test",
            id=name,
            type=kind.type,
            time=moment,
            data=checked.model_dump(mode="json", exclude_none=True),
        )
        self.told.append(message)
        return self

    def start(self, profile: str = "", seconds: float = 20) -> tuple[str, CaseStart]:
        """The lifecycle's name and argument for the opening fact."""
        opening = next(one for one in self.told if one.type == facts.ApplicationSubmitted.type)
        wait = timedelta(seconds=seconds)
        return open_case(policy(profile or self.profile), opening, NUMBER, wait, wait)

    def read(self, as_of: datetime | None = None, profile: str = "") -> tuple[Case, Reading]:
        """Read the whole story with the lifecycle's own process; silence is judged up to `as_of`."""
        name, start = self.start(profile)
        case = Case(start, start.policy)
        process = process_of(LIFECYCLES[name])(case)
        latest = max(one.time for one in self.told)
        return case, read(process, Attending(case), self.told, as_of or latest)

    def open_file(self, now: datetime, profile: str = "") -> CaseFile:
        """A case file that knows only the opening fact."""
        name, start = self.start(profile)
        return CaseFile(start, process_of(LIFECYCLES[name]), LIFECYCLES[name].step_facts, now)

    @property
    def later(self) -> list[FactMessage]:
        """All facts but the opening one."""
        return [one for one in self.told if one.type != facts.ApplicationSubmitted.type]


def factory() -> Story:
    """A 10 kV factory, from application to energised, everything in time."""
    return (
        Story()
        .tell(0, facts.ApplicationSubmitted, **FACTORY)
        .tell(5, facts.PlanReplied, plan_no="P1", supporting_works=True, cable_duct=True)
        .tell(6, facts.PlanConfirmed, plan_no="P1")
        .tell(10, facts.SupportingWorksStarted)
        .tell(40, facts.SupportingWorksCompleted)
        .tell(45, facts.InspectionRequested, documents=HV_INSPECTION_PAPERS)
        .tell(46, facts.InspectionPassed)
        .tell(47, facts.MeterFitted, meter_no="M1")
        .tell(47.1, facts.Energised)
    )


def household() -> Story:
    """A household whose site is ready: survey and meter on one visit."""
    return (
        Story()
        .tell(0, facts.ApplicationSubmitted, **HOUSEHOLD)
        .tell(1, facts.SurveyCompleted, supporting_works=False)
        .tell(1.1, facts.MeterFitted, meter_no="M1")
        .tell(1.2, facts.Energised)
    )


def everything() -> Story:
    """An important customer's factory whose boundary a person confirms: checks beside the works, a permit, a
    second request for documents, a pause; then a rating, a correction and a dispute in two levels."""
    traits = {
        **FACTORY,
        "voltage_kv": "110",
        "capacity_kva": "63000",
        "investment_cny": "100000000",
        "important": True,
        "supply": "dual",
    }
    papers = {"documents": (*HV_APPLICATION_PAPERS, "A6", "I1", "I2")}
    return (
        Story()
        .tell(0, facts.ApplicationSubmitted, **{**traits, **papers})
        .tell(2, duty_facts.BoundaryConfirmed, boundary="factory_boundary", confirmed_by="marketing")
        .tell(5, facts.PlanReplied, plan_no="P1", supporting_works=True)
        .tell(6, facts.PlanConfirmed, plan_no="P1")
        .tell(8, duty_facts.PermitRequested, permit="road", authority="市政管理部门")
        .tell(9, facts.SupportingWorksStarted)
        .tell(10, duty_facts.DesignSubmitted)
        .tell(14, duty_facts.DesignReviewed, passed=False)
        .tell(16, duty_facts.DesignSubmitted)
        .tell(18, duty_facts.DesignReviewed, passed=True)
        .tell(19, duty_facts.PermitGranted, permit="road")
        .tell(20, duty_facts.FurtherDocumentsRequested, documents=("A8",))
        .tell(22, facts.DocumentsSupplied, documents=("A8",))
        .tell(24, facts.Paused, cause="force_majeure", actor="government")
        .tell(26, facts.Resumed, cause="force_majeure")
        .tell(30, duty_facts.MidInspectionRequested)
        .tell(32, duty_facts.MidInspected, passed=True)
        .tell(40, facts.SupportingWorksCompleted)
        .tell(45, facts.InspectionRequested, documents=HV_INSPECTION_PAPERS)
        .tell(46, facts.InspectionPassed)
        .tell(47, facts.MeterFitted, meter_no="M1")
        .tell(47.1, facts.Energised)
        .tell(49, service_facts.ServiceRated, score=4)
        .tell(50, service_facts.RecordCorrected, field="meter_no", value="M2")
        .tell(51, service_facts.DisputeRaised, dispute="D1", about="duration")
        .tell(55, service_facts.DisputeAnswered, dispute="D1", upheld=False)
        .tell(57, service_facts.DisputeSettled, dispute="D1", agreed=False)
        .tell(60, service_facts.DisputeAnswered, dispute="D1", upheld=True)
    )


def as_before() -> Story:
    """A factory before the measures, in six steps; concealed works are ready while the utility builds."""
    mid, completion = ("M1", "M2", "M3", "M4"), tuple(f"C{number}" for number in range(1, 13))
    return (
        Story(profile="before")
        .tell(0, facts.ApplicationSubmitted, **FACTORY)
        .tell(5, facts.PlanReplied, plan_no="P1", supporting_works=True)
        .tell(6, facts.PlanConfirmed, plan_no="P1")
        .tell(20, duty_facts.DesignSubmitted, documents=("D1",))
        .tell(21, facts.DocumentsSupplied, documents=("D2",))
        .tell(22, duty_facts.DesignReviewed, passed=False)
        .tell(25, duty_facts.DesignSubmitted)
        .tell(27, duty_facts.DesignReviewed, passed=True)
        .tell(28, facts.SupportingWorksStarted)
        .tell(40, duty_facts.MidInspectionRequested, documents=mid)
        .tell(60, facts.SupportingWorksCompleted)
        .tell(61, duty_facts.MidInspected, passed=False)
        .tell(63, duty_facts.MidInspectionRequested)
        .tell(64, duty_facts.MidInspected, passed=True)
        .tell(70, facts.InspectionRequested, documents=completion)
        .tell(72, facts.InspectionPassed)
        .tell(74, facts.MeterFitted, meter_no="M1")
        .tell(75, facts.Energised)
    )


def amended_shop() -> Story:
    """A shop: works after the survey, a permit, a dispute on the way that silence settles, and a calendar in
    which a week is off."""
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **SHOP)
        .tell(1, duty_facts.PermitRequested, permit="road", authority="市政")
        .tell(2, facts.SurveyCompleted, supporting_works=True)
        .tell(3, facts.CustomerVisited, office="厅")
        .tell(4, service_facts.DisputeRaised, dispute="D1", about="duration")
        .tell(5, facts.SupportingWorksStarted)
        .tell(6, service_facts.DisputeAnswered, dispute="D1", upheld=True)
        .tell(18, facts.SupportingWorksCompleted)
        .tell(19, duty_facts.PermitGranted, permit="road")
        .tell(20, facts.MeterFitted, meter_no="M1")
        .tell(21, facts.Energised)
        .tell(30, service_facts.ServiceRated, score=2)
        .tell(31, service_facts.DisputeRaised, dispute="D2", about="metering")
    )
    held = story.start()[1].policy
    off = tuple(sorted({*held.calendar.holidays, *(day(number).date() for number in range(13, 18))}))
    calendar = held.calendar.model_copy(update={"holidays": off})
    new = held.model_copy(update={"calendar": calendar, "calendar_version": "e" * 64})
    slice_ = new.model_dump(mode="json")
    return story.tell(16, duty_facts.PolicyAmended, changed="calendar", policy=slice_, note="台风")


def said(case: Case) -> list[str]:
    """The events of a case by their short names, in order."""
    return [one.draft.type.split(".")[-2] for one in case.said]


def data_of(case: Case, name: str) -> list[dict[str, Any]]:
    """The data of all events with this short name."""
    return [one.draft.data for one in case.said if one.draft.type.split(".")[-2] == name]
