"""What upstream systems say about a connection: one model per fact, named by what happened."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from events.catalogue.base import Code, DocumentIds, Fact, Papers, ProvidedBy, ShortText
from events.catalogue.traits import Traits
from events.personal import PersonalIdentity, PersonalTelephone, PersonalText


class ApplicationSubmitted(Fact, Traits):
    """用电申请. A customer asks for a connection; `documents` are the catalogue ids handed in with it,
    `papers` what more is known of some of them. Of a key project (重点项目) `project_no` is the number,
    `org_code` the code of the organisation whose it is."""

    type: ClassVar[str] = "mingdian.fact.connection.application_submitted.v3"
    opens: ClassVar[bool] = True

    channel: Code
    documents: DocumentIds = ()
    papers: Papers = ()
    applicant_name: PersonalText = None
    applicant_phone: PersonalTelephone = None
    applicant_id_no: PersonalIdentity = None
    site_address: PersonalText = None
    project_name: PersonalText = None
    project_no: Code | None = None
    org_code: Code | None = None


class DocumentsSupplied(Fact):
    """补交资料. Documents that were missing have come."""

    type: ClassVar[str] = "mingdian.fact.connection.documents_supplied.v2"

    documents: Annotated[DocumentIds, Field(min_length=1)]
    provided_by: ProvidedBy = "customer"
    papers: Papers = ()


class PlanReplied(Fact):
    """供电方案答复. The utility answers with a supply plan; it says whether works by the utility are
    needed."""

    type: ClassVar[str] = "mingdian.fact.connection.plan_replied.v1"

    plan_no: Code
    substation: ShortText | None = None
    feeder: ShortText | None = None
    supporting_works: bool
    cable_duct: bool = True


class PlanConfirmed(Fact):
    """客户确认方案. The customer signs the plan."""

    type: ClassVar[str] = "mingdian.fact.connection.plan_confirmed.v1"

    plan_no: Code


class PlanObjected(Fact):
    """客户提出异议. The customer wants another plan."""

    type: ClassVar[str] = "mingdian.fact.connection.plan_objected.v1"

    plan_no: Code
    reason: PersonalText = None


class SurveyCompleted(Fact):
    """现场勘查. A visit to the site; `metering_conditions` false means that a second visit is needed."""

    type: ClassVar[str] = "mingdian.fact.connection.survey_completed.v1"

    supporting_works: bool
    metering_conditions: bool = True
    remote: bool = False


class SupportingWorksStarted(Fact):
    """配套工程开工. The utility's own works begin."""

    type: ClassVar[str] = "mingdian.fact.connection.supporting_works_started.v1"


class SupportingWorksCompleted(Fact):
    """配套工程完工. The utility's own works are done up to the boundary."""

    type: ClassVar[str] = "mingdian.fact.connection.supporting_works_completed.v1"


class InspectionRequested(Fact):
    """竣工报验. The customer's installation is ready; `documents` are the catalogue ids handed in."""

    type: ClassVar[str] = "mingdian.fact.connection.inspection_requested.v2"

    documents: DocumentIds = ()
    papers: Papers = ()


class InspectionPassed(Fact):
    """竣工检验合格."""

    type: ClassVar[str] = "mingdian.fact.connection.inspection_passed.v1"


class InspectionFailed(Fact):
    """竣工检验不合格. All defects are told once, in writing."""

    type: ClassVar[str] = "mingdian.fact.connection.inspection_failed.v1"

    defect_count: Annotated[int, Field(ge=1, le=500)]
    defects: PersonalText = None


class MeterFitted(Fact):
    """装表."""

    type: ClassVar[str] = "mingdian.fact.connection.meter_fitted.v1"

    meter_no: Code


class Energised(Fact):
    """送电. The customer has electricity."""

    type: ClassVar[str] = "mingdian.fact.connection.energised.v1"


class Paused(Fact):
    """暂停计时. A pause has a cause from the policy's list, and an actor; one without is refused."""

    type: ClassVar[str] = "mingdian.fact.connection.paused.v1"

    cause: Code
    actor: Literal["customer", "utility", "government"]


class Resumed(Fact):
    """恢复计时."""

    type: ClassVar[str] = "mingdian.fact.connection.resumed.v1"

    cause: Code


class CustomerVisited(Fact):
    """客户临柜. The customer came to a counter; nothing else counts as a visit."""

    type: ClassVar[str] = "mingdian.fact.connection.customer_visited.v1"
    ordered: ClassVar[bool] = False

    office: ShortText
    wrong_notice: bool = False


class Withdrawn(Fact):
    """撤回申请. Possible at any time before energisation."""

    type: ClassVar[str] = "mingdian.fact.connection.withdrawn.v1"

    reason: PersonalText = None


FACTS: tuple[type[Fact], ...] = (
    ApplicationSubmitted,
    DocumentsSupplied,
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
    Paused,
    Resumed,
    CustomerVisited,
    Withdrawn,
)
