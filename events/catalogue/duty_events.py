"""What the platform says about the duties beside the steps of a connection: checks, permits, confirmations,
reminders, promises, and changes of policy."""

from datetime import datetime
from typing import ClassVar, Literal

from events.catalogue.base import Boundary, Code, DocumentIds, EventData, Model, Papers, ShortText, Text
from events.catalogue.connection_events import LimitShown, Officer
from events.personal import PersonalText


class PromiseMade(EventData):
    """承诺时限. What the whole process is promised to take: a `mean` over all cases, or a `limit` of
    this one. The newest counts."""

    type: ClassVar[str] = "mingdian.connection.promise_made.v1"

    target: Code
    days: int
    unit: Literal["D"]
    statistic: Literal["limit", "mean"]
    basis: str
    source: str


class DutyOpened(EventData):
    """任务开始. Somebody has to do something beside the steps: `ref` tells two of a kind apart."""

    type: ClassVar[str] = "mingdian.connection.duty_opened.v1"

    duty: Code
    ref: Code
    name: Text
    actor: Literal["customer", "utility", "government"]
    due_at: datetime | None = None
    limit: LimitShown | None = None
    responsible: Officer | None = None
    supervisor: Officer | None = None


class DutyDone(EventData):
    """任务完成."""

    type: ClassVar[str] = "mingdian.connection.duty_done.v1"

    duty: Code
    ref: Code


class DutyOverdue(EventData):
    """任务超时. Not done by `due_at`; `responsible` is absent where the duty is not the utility's."""

    type: ClassVar[str] = "mingdian.connection.duty_overdue.v1"

    duty: Code
    ref: Code
    due_at: datetime
    responsible: Officer | None = None


class DutyOverdueRevoked(EventData):
    """任务超时撤销. By what became known or was changed later, the duty was not overdue on `due_at`."""

    type: ClassVar[str] = "mingdian.connection.duty_overdue_revoked.v1"

    duty: Code
    ref: Code
    due_at: datetime


class DutyEscalated(EventData):
    """任务督办. The supervisor was told."""

    type: ClassVar[str] = "mingdian.connection.duty_escalated.v1"

    duty: Code
    ref: Code
    due_at: datetime
    supervisor: Officer


class DueSoon(EventData):
    """即将到期提醒. The responsible person is reminded: of a step, or of a duty."""

    type: ClassVar[str] = "mingdian.connection.due_soon.v1"

    step: Code
    duty: Code | None = None
    ref: Code | None = None
    due_at: datetime
    responsible: Officer


class BoundaryConfirmed(EventData):
    """投资界面已确认. A person has confirmed the boundary or set another."""

    type: ClassVar[str] = "mingdian.connection.boundary_confirmed.v1"

    boundary: Boundary
    confirmed_by: Code
    reason: PersonalText = None


class FurtherDocumentsRequested(EventData):
    """再次要求补充资料, counted against the utility: `avoidable` are those that its first notice could have
    named, `count` the times it asked again."""

    type: ClassVar[str] = "mingdian.connection.further_documents_requested.v1"

    step: Code
    documents: DocumentIds
    avoidable: DocumentIds
    count: int
    reason: PersonalText = None


class DesignSubmitted(EventData):
    """设计送审."""

    type: ClassVar[str] = "mingdian.connection.design_submitted.v1"

    documents: DocumentIds
    papers: Papers = ()


class DesignReviewed(EventData):
    """设计审查意见."""

    type: ClassVar[str] = "mingdian.connection.design_reviewed.v1"

    passed: bool
    opinion: PersonalText = None


class MidInspectionRequested(EventData):
    """中间检查申请."""

    type: ClassVar[str] = "mingdian.connection.mid_inspection_requested.v1"

    documents: DocumentIds
    papers: Papers = ()


class MidInspected(EventData):
    """中间检查意见."""

    type: ClassVar[str] = "mingdian.connection.mid_inspected.v1"

    passed: bool
    opinion: PersonalText = None


class PermitRequested(EventData):
    """行政许可申请."""

    type: ClassVar[str] = "mingdian.connection.permit_requested.v1"

    permit: Code
    authority: ShortText


class PermitGranted(EventData):
    """行政许可办结."""

    type: ClassVar[str] = "mingdian.connection.permit_granted.v1"

    permit: Code


class DutyDates(Model):
    """An open duty beside the steps, and when it was and now is due; absent without a limit."""

    duty: Code
    ref: Code
    name: Text
    due_before: datetime | None = None
    due_after: datetime | None = None


class PolicyAmended(EventData):
    """政策变更. From here on the case lives by another policy or calendar: when the open step was and now is
    due, and so each open duty beside it. `duties` is absent where the first version is read, which did not
    know."""

    type: ClassVar[str] = "mingdian.connection.policy_amended.v2"

    changed: Literal["calendar", "policy"]
    from_version: Code
    to_version: Code
    note: ShortText
    due_before: datetime | None = None
    due_after: datetime | None = None
    duties: tuple[DutyDates, ...] | None = None


EVENTS: tuple[type[EventData], ...] = (
    PromiseMade,
    DutyOpened,
    DutyDone,
    DutyOverdue,
    DutyOverdueRevoked,
    DutyEscalated,
    DueSoon,
    BoundaryConfirmed,
    FurtherDocumentsRequested,
    DesignSubmitted,
    DesignReviewed,
    MidInspectionRequested,
    MidInspected,
    PermitRequested,
    PermitGranted,
    PolicyAmended,
)
