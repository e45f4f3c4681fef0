"""The cases whose runs are recorded: between them every way that a run goes in Temporal."""

from dataclasses import dataclass
from typing import Any

from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts, service_facts, staff_facts
from events.catalogue.base import Fact
from tests.unit.workflows.telling import FACTORY, HOUSEHOLD, HV_INSPECTION_PAPERS

OPEN_TEXTS = ("某某记录", "13800138000", "海口市记录路一号", "为记录而写")
"""What is said of persons in these stories; it must stand in no history."""

NAME, TELEPHONE, ADDRESS, WORDS = OPEN_TEXTS
_PERSON = {"channel": "app", "applicant_name": NAME, "applicant_phone": TELEPHONE, "site_address": ADDRESS}


@dataclass(frozen=True)
class Told:
    """A fact, so many days after the case began, and what its case makes of it."""

    at: float
    kind: type[Fact]
    data: dict[str, Any]
    outcome: str = "applied"


@dataclass(frozen=True)
class Story:
    """A case that began so many days ago. Each wave of facts is sent when the one before has its outcomes and
    the log tells of `until`. `closes`: its run ends by itself; `linked`: it is the case that the last wave
    opened about the first one's."""

    workflow: str
    name: str
    ago: float
    waves: tuple[tuple[Told, ...], ...]
    until: tuple[str, ...] = ()
    closes: bool = True
    linked: bool = False


def tell(at: float, kind: type[Fact], **data: Any) -> Told:
    """A fact that finds its place."""
    return Told(at, kind, data)


def in_vain(at: float, kind: type[Fact], **data: Any) -> Told:
    """A fact that finds none."""
    return Told(at, kind, data, "refused")


_OFFICER = {
    "staff_id": "HN-KM9",
    "name": "符某某",
    "role": {"zh": "重点客户经理", "en": "Account manager of key customers"},
    "phone": "0898-00000099",
}

_WHOLE_WAY = (
    tell(0, facts.ApplicationSubmitted, **{**FACTORY, **_PERSON, "documents": ("A1", "A2")}),
    tell(1, facts.DocumentsSupplied, documents=("A3", "A5", "A7")),
    tell(2, facts.CustomerVisited, office="Haikou"),
    tell(5, facts.PlanReplied, plan_no="P1", supporting_works=True),
    tell(6, facts.PlanObjected, plan_no="P1", reason=WORDS),
    tell(8, facts.PlanReplied, plan_no="P2", supporting_works=True),
    tell(9, facts.PlanConfirmed, plan_no="P2"),
    tell(10, duty_facts.PermitRequested, permit="road_opening", authority="city"),
    tell(12, facts.SupportingWorksStarted),
    tell(14, duty_facts.PermitGranted, permit="road_opening"),
    tell(15, facts.Paused, cause="customer_hold", actor="customer"),
    tell(20, facts.Resumed, cause="customer_hold"),
    tell(40, facts.SupportingWorksCompleted),
    tell(45, facts.InspectionRequested, documents=HV_INSPECTION_PAPERS),
    tell(46, facts.InspectionFailed, defect_count=2, defects=WORDS),
    tell(50, facts.InspectionRequested, documents=HV_INSPECTION_PAPERS),
    tell(51, facts.InspectionPassed),
    tell(52, facts.MeterFitted, meter_no="M1"),
    tell(52.1, facts.Energised),
    tell(60, service_facts.ServiceRated, score=4, comment=WORDS),
)

STORIES = (
    # Everything happens, in order; its service window is over, so quiet closes it.
    Story("HighVoltageConnection", "whole_way", 120, (_WHOLE_WAY,)),
    # Silence is judged, late facts revoke and correct what was said, then it is withdrawn.
    Story(
        "HighVoltageConnection",
        "silence_and_late_facts",
        60,
        (
            (tell(0, facts.ApplicationSubmitted, **{**FACTORY, **_PERSON}),),
            (
                tell(3, facts.PlanReplied, plan_no="P1", supporting_works=False),
                tell(2, facts.CustomerVisited, office="Haikou"),
                tell(4, facts.Withdrawn, reason=WORDS),
            ),
        ),
        until=("step_overdue", "overdue_revoked"),
    ),
    # A key customer asks and waits too long for the first reply; then the manager changes, and with that who
    # is on the receipts. Withdrawn, quiet closes it.
    Story(
        "HighVoltageConnection",
        "key_customer_handed_over",
        60,
        (
            (
                tell(0, facts.ApplicationSubmitted, **{**FACTORY, **_PERSON, "customer_type": "park"}),
                tell(0.5, staff_facts.KeyCustomerAsked, question="Q1"),
                tell(0.6, staff_facts.KeyCustomerAnswered, question="Q1"),
            ),
            (tell(1, staff_facts.CaseHandedOver, role="account_manager", officer=_OFFICER, why="left"),),
            (tell(2, facts.Withdrawn, reason=WORDS),),
        ),
        until=("key_customer_answered", "case_handed_over"),
    ),
    # What came early is held and then applied, and the inbox is told.
    Story(
        "LowVoltageConnection",
        "out_of_order",
        50,
        (
            (
                tell(0, facts.ApplicationSubmitted, **{**HOUSEHOLD, **_PERSON}),
                tell(1.2, facts.Energised),
                tell(1.1, facts.MeterFitted, meter_no="M1"),
                tell(1, facts.SurveyCompleted, supporting_works=False),
            ),
        ),
    ),
    # Begun just now: its timers lie ahead. What never finds its place is given back. It stays open.
    Story(
        "LowVoltageConnection",
        "open_with_timers",
        0,
        (
            (
                tell(-0.01, facts.ApplicationSubmitted, **{**HOUSEHOLD, **_PERSON}),
                in_vain(-0.005, facts.Energised),
            ),
            (tell(-0.004, facts.Paused, cause="customer_hold", actor="customer"),),
        ),
        closes=False,
    ),
    # At the service of an energised customer: a dispute with clocks of its own.
    Story(
        "LowVoltageConnection",
        "disputed",
        3,
        (
            (
                tell(0, facts.ApplicationSubmitted, **{**HOUSEHOLD, **_PERSON}),
                tell(1, facts.SurveyCompleted, supporting_works=False),
                tell(1.1, facts.MeterFitted, meter_no="M1"),
                tell(1.2, facts.Energised),
            ),
            (tell(2, service_facts.DisputeRaised, dispute="D1", about="duration", details=WORDS),),
        ),
        closes=False,
    ),
    # Disputed when its case was closed long ago: settled at the second level, in a case of its own.
    Story(
        "LateDispute",
        "reviewed",
        60,
        (
            (
                tell(0, facts.ApplicationSubmitted, **{**HOUSEHOLD, **_PERSON}),
                tell(1, facts.SurveyCompleted, supporting_works=False),
                tell(1.1, facts.MeterFitted, meter_no="M1"),
                tell(1.2, facts.Energised),
            ),
            (
                tell(50, service_facts.DisputeRaised, dispute="D1", about="metering", details=WORDS),
                tell(52, service_facts.DisputeAnswered, dispute="D1", upheld=False, answer=WORDS),
                tell(53, service_facts.DisputeSettled, dispute="D1", agreed=False),
                tell(55, service_facts.DisputeAnswered, dispute="D1", upheld=True, answer=WORDS),
            ),
        ),
        until=("case_closed",),
        linked=True,
    ),
)
