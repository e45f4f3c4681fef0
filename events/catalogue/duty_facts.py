"""What upstream systems say about the duties beside the steps of a connection, and what the platform
tells its own cases."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from events.catalogue.base import Boundary, Code, DocumentIds, Fact, Papers, ShortText
from events.personal import PersonalText


class BoundaryConfirmed(Fact):
    """投资界面人工确认. A person confirms the boundary, or sets another one, where a rule can't be sure."""

    type: ClassVar[str] = "mingdian.fact.connection.boundary_confirmed.v1"

    boundary: Boundary
    confirmed_by: Code
    reason: PersonalText = None


class FurtherDocumentsRequested(Fact):
    """再次要求补充资料. The utility asks for documents after its one notice."""

    type: ClassVar[str] = "mingdian.fact.connection.further_documents_requested.v1"

    documents: Annotated[DocumentIds, Field(min_length=1)]
    reason: PersonalText = None


class DesignSubmitted(Fact):
    """设计送审. The customer hands in the design of its installation."""

    type: ClassVar[str] = "mingdian.fact.connection.design_submitted.v1"

    documents: DocumentIds = ()
    papers: Papers = ()


class DesignReviewed(Fact):
    """设计审查意见. The utility's opinion on the design; with defects, another design follows."""

    type: ClassVar[str] = "mingdian.fact.connection.design_reviewed.v1"

    passed: bool
    opinion: PersonalText = None


class MidInspectionRequested(Fact):
    """中间检查申请. Concealed works are ready to be seen."""

    type: ClassVar[str] = "mingdian.fact.connection.mid_inspection_requested.v1"

    documents: DocumentIds = ()
    papers: Papers = ()


class MidInspected(Fact):
    """中间检查意见. The utility's opinion on concealed works."""

    type: ClassVar[str] = "mingdian.fact.connection.mid_inspected.v1"

    passed: bool
    opinion: PersonalText = None


class PermitRequested(Fact):
    """行政许可申请. An authority is asked for a permit; its clock runs beside that of the step."""

    type: ClassVar[str] = "mingdian.fact.connection.permit_requested.v1"

    permit: Code
    authority: ShortText


class PermitGranted(Fact):
    """行政许可办结."""

    type: ClassVar[str] = "mingdian.fact.connection.permit_granted.v1"

    permit: Code


class PolicyAmended(Fact):
    """政策变更. The platform tells an open case that its policy or calendar has changed: `policy` is the new
    slice."""

    type: ClassVar[str] = "mingdian.fact.connection.policy_amended.v1"
    internal: ClassVar[bool] = True

    changed: Literal["calendar", "policy"]
    policy: dict[str, Any]
    note: ShortText


FACTS: tuple[type[Fact], ...] = (
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
