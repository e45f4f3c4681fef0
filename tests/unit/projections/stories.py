"""Stories in which much stands beside the steps, and the logs that they leave."""

from datetime import date

from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts, service_facts
from events.catalogue.base import EventData
from events.catalogue.connection_events import CaseClosed, StaffAssigned
from events.catalogue.service_events import (
    DisputeAnswered,
    DisputeRaised,
    DisputeSettled,
    LinkedCaseOpened,
)
from events.catalogue.traits import Kind
from events.envelope import Draft, Event, Head, seal
from tests.unit.workflows.telling import FACTORY, HV_INSPECTION_PAPERS, Story, day, policy
from workflows.policy import staffing
from workflows.policy.model import CaseSlice

IMPORTANT = {
    **FACTORY,
    "important": True,
    "investment_cny": "120000000",
}


def needed() -> tuple[str, ...]:
    """All that an important customer hands in with the application."""
    _, start = Story().tell(0, facts.ApplicationSubmitted, **IMPORTANT).start()
    return tuple(one.id for one in start.policy.documents if one.step == "application" and not one.waived)


def important() -> Story:
    """An important customer: a boundary that waits for a person, documents asked for again, a check that
    fails once, a permit, and the inspection."""
    papers = needed()
    return (
        Story()
        .tell(0, facts.ApplicationSubmitted, **{**IMPORTANT, "documents": papers[1:]})
        .tell(1, facts.DocumentsSupplied, documents=papers[:1], provided_by="gov_share")
        .tell(3, duty_facts.BoundaryConfirmed, boundary="red_line", confirmed_by="marketing")
        .tell(4, facts.PlanReplied, plan_no="P1", substation="S1", feeder="F1", supporting_works=True)
        .tell(5, facts.PlanConfirmed, plan_no="P1")
        .tell(6, facts.SupportingWorksStarted)
        .tell(7, duty_facts.FurtherDocumentsRequested, documents=("A4",))
        .tell(8, duty_facts.DesignSubmitted)
        .tell(9, duty_facts.DesignReviewed, passed=False)
        .tell(10, duty_facts.PermitRequested, permit="road-1", authority="市政管理部门")
        .tell(11, facts.DocumentsSupplied, documents=("A4",))
        .tell(12, duty_facts.DesignSubmitted)
        .tell(13, duty_facts.DesignReviewed, passed=True)
        .tell(14, duty_facts.MidInspectionRequested)
    )


def served() -> Story:
    """The same customer, energised, then rated, disputed twice and corrected."""
    return (
        important()
        .tell(15, duty_facts.MidInspected, passed=True)
        .tell(16, duty_facts.PermitGranted, permit="road-1")
        .tell(40, facts.SupportingWorksCompleted)
        .tell(43, duty_facts.FurtherDocumentsRequested, documents=("C11",))
        .tell(45, facts.InspectionRequested, documents=(*HV_INSPECTION_PAPERS, "C9"))
        .tell(46, facts.InspectionPassed)
        .tell(47, facts.MeterFitted, meter_no="M1")
        .tell(47.1, facts.Energised)
        .tell(48, service_facts.ServiceRated, score=4)
        .tell(49, service_facts.RecordCorrected, field="meter_no", value="M2")
        .tell(50, service_facts.DisputeRaised, dispute="Y1", about="duration")
        .tell(52, service_facts.DisputeAnswered, dispute="Y1", upheld=False)
        .tell(53, service_facts.DisputeSettled, dispute="Y1", agreed=False)
        .tell(55, service_facts.DisputeAnswered, dispute="Y1", upheld=True)
        .tell(56, service_facts.DisputeRaised, dispute="Y2", about="metering")
        .tell(57, service_facts.DisputeAnswered, dispute="Y2", upheld=True)
    )


def amended(story: Story, at: float, holiday: date) -> Story:
    """The story with another calendar from a day on: one more day off."""
    _, start = story.start()
    calendar = start.policy.calendar
    days = tuple(sorted({*calendar.holidays, holiday}))
    changed: CaseSlice = start.policy.model_copy(
        update={"calendar": calendar.model_copy(update={"holidays": days}), "calendar_version": "b" * 64}
    )
    return story.tell(
        at,
        duty_facts.PolicyAmended,
        changed="calendar",
        policy=changed.model_dump(mode="json"),
        note="State Council's notice",
    )


def late_dispute(number: str, linked_to: str, *, settled: bool = True) -> list[Event]:
    """The log of a dispute that came after its case was closed."""
    held = policy()
    _, start = Story().tell(0, facts.ApplicationSubmitted, **FACTORY).start()
    manager, supervisor = staffing.assign(start.policy, number)
    said: list[tuple[float, EventData]] = [
        (
            90,
            LinkedCaseOpened(linked_to=linked_to, region="460100", kind=Kind.HIGH_VOLTAGE, process="dispute"),
        ),
        (90, StaffAssigned(manager=manager, supervisor=supervisor)),
        (90, DisputeRaised(dispute="Y9", about="metering")),
        (92, DisputeAnswered(dispute="Y9", level=1, upheld=True)),
        (93, DisputeSettled(dispute="Y9", by="agreement")),
        (93, CaseClosed(ending="settled")),
    ]
    drafts = [
        Draft(type=data.type, time=day(at), data=data.as_data())
        for at, data in (said if settled else said[:3])
    ]
    return seal(
        Head(), drafts, source=held.source, subject=number, correlationid=number, policyversion=held.version
    )
