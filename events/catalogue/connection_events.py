"""What the platform says about a connection: every decision and every public step is one of these events."""

from datetime import date, datetime
from typing import ClassVar, Literal

from events.catalogue.base import (
    Boundary,
    Code,
    DocumentIds,
    EventData,
    Model,
    Papers,
    ProvidedBy,
    ShortText,
    Text,
)
from events.catalogue.traits import Kind, Traits
from events.personal import PersonalText

ReceiptCause = Literal["step_entered", "paused", "resumed", "changed"]


class Officer(Model):
    """A member of staff who answers for a case: official data, in plain."""

    staff_id: Code
    name: ShortText
    role: Text
    phone: ShortText


class LimitShown(Model):
    """A time limit as a receipt shows it. `unit`: WD working day, D calendar day, h hour. `statistic`:
    limit, mean, ceiling."""

    value: int
    unit: Literal["WD", "D", "h"]
    statistic: Literal["limit", "mean", "ceiling"]
    basis: str
    source: str


class ApplicationReceived(EventData, Traits):
    """受理登记. The case exists; personal fields are sealed."""

    type: ClassVar[str] = "mingdian.connection.application_received.v2"

    kind: Kind
    process: Code
    channel: Code
    upstream: Code
    documents: DocumentIds
    papers: Papers = ()
    applicant_name: PersonalText = None
    applicant_phone: PersonalText = None
    applicant_id_no: PersonalText = None
    site_address: PersonalText = None
    project_name: PersonalText = None


class StaffAssigned(EventData):
    """客户经理与监督人. Never the same person."""

    type: ClassVar[str] = "mingdian.connection.staff_assigned.v1"

    manager: Officer
    supervisor: Officer


class DocumentsRequested(EventData):
    """一次性补正通知. Everything that is missing at this step, named at once."""

    type: ClassVar[str] = "mingdian.connection.documents_requested.v1"

    step: Code
    missing: DocumentIds


class DocumentsReceived(EventData):
    """收到补交资料."""

    type: ClassVar[str] = "mingdian.connection.documents_received.v2"

    step: Code
    documents: DocumentIds
    provided_by: ProvidedBy
    papers: Papers = ()
    missing: DocumentIds


class ApplicationAccepted(EventData):
    """正式受理. The end-to-end clock starts; `accepted_on` is the local day."""

    type: ClassVar[str] = "mingdian.connection.application_accepted.v1"

    accepted_on: date


class ReceiptIssued(EventData):
    """电子回执. One at every step entry, pause, resumption and change of person, limit or date; the newest
    counts. Days so far are absent before acceptance; `boundary` before it is decided. What the first version
    did not know is absent where a receipt of that version is read."""

    type: ClassVar[str] = "mingdian.connection.receipt_issued.v2"

    receipt_no: Code
    cause: ReceiptCause
    channel: Code | None = None
    step: Code
    step_name: Text
    entered_at: datetime
    due_at: datetime | None = None
    limit: LimitShown | None = None
    elapsed_gross_days: int | None = None
    elapsed_net_days: int | None = None
    paused_cause: Code | None = None
    responsible: Officer
    supervisor: Officer
    next_step: Code | None = None
    documents_have: DocumentIds | None = None
    documents_missing: DocumentIds = ()
    boundary: Boundary | None = None


class BoundaryDecided(EventData):
    """投资界面. Who builds to where, by which rules."""

    type: ClassVar[str] = "mingdian.connection.boundary_decided.v1"

    boundary: Boundary
    decided_by: Code
    rules_matched: tuple[Code, ...]
    needs_manual_review: bool
    basis: str


class PlanReplied(EventData):
    """供电方案答复."""

    type: ClassVar[str] = "mingdian.connection.plan_replied.v1"

    plan_no: Code
    substation: ShortText | None = None
    feeder: ShortText | None = None
    supporting_works: bool
    cable_duct: bool


class PlanConfirmed(EventData):
    """方案已确认."""

    type: ClassVar[str] = "mingdian.connection.plan_confirmed.v1"

    plan_no: Code


class PlanObjected(EventData):
    """客户对方案有异议."""

    type: ClassVar[str] = "mingdian.connection.plan_objected.v1"

    plan_no: Code
    reason: PersonalText = None


class SurveyCompleted(EventData):
    """现场勘查完成. `visit` counts the utility's trips to the site, from 1."""

    type: ClassVar[str] = "mingdian.connection.survey_completed.v1"

    visit: int
    supporting_works: bool
    metering_conditions: bool
    remote: bool


class SupportingWorksStarted(EventData):
    """配套工程开工."""

    type: ClassVar[str] = "mingdian.connection.supporting_works_started.v1"


class SupportingWorksCompleted(EventData):
    """配套工程完工."""

    type: ClassVar[str] = "mingdian.connection.supporting_works_completed.v1"


class InspectionRequested(EventData):
    """竣工报验."""

    type: ClassVar[str] = "mingdian.connection.inspection_requested.v2"

    documents: DocumentIds
    papers: Papers = ()


class InspectionPassed(EventData):
    """竣工检验合格."""

    type: ClassVar[str] = "mingdian.connection.inspection_passed.v1"


class InspectionFailed(EventData):
    """竣工检验不合格, all defects told once in writing."""

    type: ClassVar[str] = "mingdian.connection.inspection_failed.v1"

    defect_count: int
    defects: PersonalText = None


class MeterFitted(EventData):
    """装表完成."""

    type: ClassVar[str] = "mingdian.connection.meter_fitted.v1"

    meter_no: Code


class Energised(EventData):
    """送电."""

    type: ClassVar[str] = "mingdian.connection.energised.v1"


class ClockPaused(EventData):
    """计时暂停."""

    type: ClassVar[str] = "mingdian.connection.clock_paused.v1"

    step: Code
    cause: Code
    actor: Literal["customer", "utility", "government"]


class ClockResumed(EventData):
    """计时恢复."""

    type: ClassVar[str] = "mingdian.connection.clock_resumed.v1"

    step: Code
    cause: Code


class StepOverdue(EventData):
    """超时. The step was not done by `due_at`."""

    type: ClassVar[str] = "mingdian.connection.step_overdue.v1"

    step: Code
    due_at: datetime
    responsible: Officer


class OverdueEscalated(EventData):
    """超时督办. The supervisor was told."""

    type: ClassVar[str] = "mingdian.connection.overdue_escalated.v1"

    step: Code
    due_at: datetime
    supervisor: Officer


class OverdueRevoked(EventData):
    """超时撤销. A fact that came late shows that the step was done in time."""

    type: ClassVar[str] = "mingdian.connection.overdue_revoked.v1"

    step: Code
    due_at: datetime


class VisitCounted(EventData):
    """客户临柜次数. `count` so far, `allowed` by policy (absent: no rule)."""

    type: ClassVar[str] = "mingdian.connection.visit_counted.v1"

    office: ShortText
    count: int
    allowed: int | None = None
    wrong_notice: bool = False


class ElapsedMeasured(EventData):
    """办电时长. Calendar days from acceptance to energisation, gross and without pauses."""

    type: ClassVar[str] = "mingdian.connection.elapsed_measured.v1"

    accepted_at: datetime
    energised_at: datetime
    gross_days: int
    net_days: int
    target: Code | None = None
    target_days: int | None = None
    target_statistic: Literal["limit", "mean"] | None = None
    energised_month: str
    steps_late: int
    on_time: bool


class ApplicationWithdrawn(EventData):
    """已撤回."""

    type: ClassVar[str] = "mingdian.connection.application_withdrawn.v1"

    step: Code
    reason: PersonalText = None


class Corrected(EventData):
    """更正. The events named here no longer hold, because an earlier-dated fact came after them."""

    type: ClassVar[str] = "mingdian.connection.corrected.v1"

    sequences: tuple[int, ...]


class CaseClosed(EventData):
    """办结归档. The run ends; nothing more is added to this stream."""

    type: ClassVar[str] = "mingdian.connection.case_closed.v2"

    ending: Literal["energised", "withdrawn", "settled"]


EVENTS: tuple[type[EventData], ...] = (
    ApplicationReceived,
    StaffAssigned,
    DocumentsRequested,
    DocumentsReceived,
    ApplicationAccepted,
    ReceiptIssued,
    BoundaryDecided,
    PlanReplied,
    PlanConfirmed,
    PlanObjected,
    SurveyCompleted,
    SupportingWorksStarted,
    SupportingWorksCompleted,
    InspectionRequested,
    InspectionPassed,
    InspectionFailed,
    MeterFitted,
    Energised,
    ClockPaused,
    ClockResumed,
    StepOverdue,
    OverdueEscalated,
    OverdueRevoked,
    VisitCounted,
    ElapsedMeasured,
    ApplicationWithdrawn,
    Corrected,
    CaseClosed,
)
