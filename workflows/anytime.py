"""What a case hears whatever step is open: pauses, visits, withdrawal, permits, checks, disputes, changes of
policy. A step's own facts are awaited by the script; all others find their place here, or none."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from events.catalogue import (
    connection_events,
    duty_events,
    duty_facts,
    service_events,
    service_facts,
    staff_facts,
)
from events.catalogue import connection_facts as facts
from events.catalogue.base import Fact
from events.catalogue.project_link_facts import ProjectLinked, ProjectUnlinked
from workflows import amendment, case_projects, checks, disputes, officers, silence
from workflows.case import Case
from workflows.duties import close_duty, is_open, open_duty
from workflows.papers import askable
from workflows.policy.model import CaseSlice
from workflows.script import Received


class Attending:
    """The case as the reader of its facts tells it things. Implements `script.Listener`."""

    def __init__(self, case: Case) -> None:
        self.case = case

    @property
    def ended_at(self) -> datetime | None:
        """When the process was over; some facts still find a place after it."""
        return self.case.ended_at

    def judge(self, until: datetime) -> None:
        """Say what silence up to `until` means."""
        silence.judge(self.case, until)

    def begin(self, received: Received) -> None:
        """A fact is read."""
        self.case.begin(received)

    def takes(self, data: Fact, at: datetime) -> bool:
        """True when a fact that the script does not await has its place now."""
        case, (possible, _) = self.case, _RULES.get(type(data), _NOTHING)
        if case.manager is None:
            return False
        if case.ended_at is None:
            return not isinstance(data, AFTERWARDS) and possible(case, data)
        return serves(case, data, at) and possible(case, data)

    def take(self, received: Received) -> None:
        """Do what the fact means."""
        _RULES[type(received.data)][1](self.case, received.data)


AFTERWARDS = (service_facts.ServiceRated, service_facts.RecordCorrected)
"""What belongs to the time after energisation alone."""

SERVICE = (
    *AFTERWARDS,
    service_facts.DisputeRaised,
    service_facts.DisputeAnswered,
    service_facts.DisputeSettled,
)
"""What an energised case still hears."""


def serves(case: Case, data: Fact, at: datetime) -> bool:
    """True when a fact belongs to the service of an energised case: a dispute begun within the window goes on
    after it.

    A change of policy, of hands, or of the project has its place after every end. That a case was open when
    it was told is sure; an end that comes late, dated before it, must not fail because of it.
    """
    if isinstance(
        data, duty_facts.PolicyAmended | staff_facts.CaseHandedOver | ProjectLinked | ProjectUnlinked
    ):
        return True
    if case.service_until is None or not isinstance(data, SERVICE):
        return False
    begun = isinstance(data, service_facts.DisputeAnswered | service_facts.DisputeSettled)
    return begun or at <= case.service_until


def _pausable(case: Case, pause: facts.Paused) -> bool:
    rule = case.policy.pause(pause.cause)
    return rule is not None and not rule.automatic and not case.is_paused(pause.cause)


def _pause(case: Case, pause: facts.Paused) -> None:
    case.pause(pause.cause, pause.actor)


def _is_paused(case: Case, resumption: facts.Resumed) -> bool:
    return case.is_paused(resumption.cause)


def _resume(case: Case, resumption: facts.Resumed) -> None:
    case.resume(resumption.cause)


def _count_visit(case: Case, visit: facts.CustomerVisited) -> None:
    case.visits += 1
    case.emit(
        connection_events.VisitCounted(
            office=visit.office,
            count=case.visits,
            allowed=case.policy.visits_allowed,
            wrong_notice=visit.wrong_notice,
        )
    )


def _withdraw(case: Case, withdrawal: facts.Withdrawn) -> None:
    case.emit(connection_events.ApplicationWithdrawn(step=case.step.rule.code, reason=withdrawal.reason))
    case.end("withdrawn")


def _ask_again(case: Case, asked: duty_facts.FurtherDocumentsRequested) -> None:
    """What the first notice could have named does not stop the clock: the utility has itself to blame."""
    new = case.folder.ask_again(asked.documents)
    known = askable(case.policy, case.step.rule.code)
    avoidable = tuple(one for one in new if one in known)
    case.emit(
        duty_events.FurtherDocumentsRequested(
            step=case.step.rule.code,
            documents=new,
            avoidable=avoidable,
            count=case.folder.times_asked_again,
            reason=asked.reason,
        )
    )
    if set(new) - set(avoidable) and not case.is_paused("docs_missing"):
        case.pause("docs_missing", "customer")


def _owes_more(case: Case, _: facts.DocumentsSupplied) -> bool:
    return case.folder.owes_more


def _take_more(case: Case, supplied: facts.DocumentsSupplied) -> None:
    case.folder.take(supplied.documents, supplied.papers)
    step = case.step.rule.code
    case.emit(
        connection_events.DocumentsReceived(step=step, missing=case.missing(step), **supplied.model_dump())
    )
    if not case.folder.owes_more:
        case.resume("docs_missing")


def _new_permit(case: Case, request: duty_facts.PermitRequested) -> bool:
    return case.accepted_at is not None and not is_open(case, "permit", request.permit)


def _ask_permit(case: Case, request: duty_facts.PermitRequested) -> None:
    case.emit(duty_events.PermitRequested(**request.model_dump()))
    open_duty(case, "permit", request.permit)


def _has_permit(case: Case, granted: duty_facts.PermitGranted) -> bool:
    return is_open(case, "permit", granted.permit)


def _grant_permit(case: Case, granted: duty_facts.PermitGranted) -> None:
    case.emit(duty_events.PermitGranted(**granted.model_dump()))
    close_duty(case, "permit", granted.permit)


def _rate(case: Case, rating: service_facts.ServiceRated) -> None:
    case.emit(service_events.ServiceRated(**rating.model_dump()))


def _correct(case: Case, correction: service_facts.RecordCorrected) -> None:
    before = {
        "meter_no": case.meter_no,
        "substation": case.plan and case.plan.substation,
        "feeder": case.plan and case.plan.feeder,
        "channel": case.channel,
    }[correction.field]
    case.emit(service_events.RecordCorrected(before=before, **correction.model_dump()))


def _is_accepted(case: Case, _: Fact) -> bool:
    return case.accepted_at is not None


def _fits(case: Case, amended: duty_facts.PolicyAmended) -> bool:
    try:
        return amendment.fits(case, CaseSlice.model_validate(amended.policy))
    except ValidationError:
        return False


def _always(_case: Case, _data: Any) -> bool:
    return True


def _never(_case: Case, _data: Any) -> bool:
    return False


Rule = tuple[Callable[[Case, Any], bool], Callable[[Case, Any], None]]
"""What a fact needs to have its place, and what it does."""

_NOTHING: Rule = (_never, lambda _case, _data: None)

_RULES: dict[type[Fact], Rule] = {
    facts.Paused: (_pausable, _pause),
    facts.Resumed: (_is_paused, _resume),
    facts.CustomerVisited: (_always, _count_visit),
    facts.Withdrawn: (_always, _withdraw),
    facts.DocumentsSupplied: (_owes_more, _take_more),
    duty_facts.FurtherDocumentsRequested: (_is_accepted, _ask_again),
    duty_facts.PermitRequested: (_new_permit, _ask_permit),
    duty_facts.PermitGranted: (_has_permit, _grant_permit),
    duty_facts.DesignSubmitted: (checks.may_submit, checks.submit),
    duty_facts.DesignReviewed: (checks.is_submitted, checks.give_opinion),
    duty_facts.MidInspectionRequested: (checks.may_submit, checks.submit),
    duty_facts.MidInspected: (checks.is_submitted, checks.give_opinion),
    duty_facts.PolicyAmended: (_fits, amendment.amend),
    ProjectLinked: (_always, case_projects.link),
    ProjectUnlinked: (_always, case_projects.unlink),
    staff_facts.CaseHandedOver: (officers.may_take_over, officers.hand_over),
    staff_facts.KeyCustomerAsked: (officers.may_ask, officers.ask),
    staff_facts.KeyCustomerAnswered: (officers.is_asked, officers.answer),
    service_facts.ServiceRated: (_always, _rate),
    service_facts.RecordCorrected: (_always, _correct),
    service_facts.DisputeRaised: (disputes.takes, disputes.raise_dispute),
    service_facts.DisputeAnswered: (disputes.takes, disputes.answer),
    service_facts.DisputeSettled: (disputes.takes, disputes.reply),
}

AT_ANY_TIME: tuple[type[Fact], ...] = tuple(_RULES)
