"""Earlier versions of a connection's facts and events: still in the log, in the inbox or sent by upstream for
ever, no longer written.

A version stands here as it was released; `events/upcasting.py` says what became of it.
"""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from events.catalogue.base import (
    Code,
    DocumentIds,
    EventData,
    Fact,
    Model,
    Papers,
    ProvidedBy,
    ShortText,
    Text,
)
from events.catalogue.connection_events import LimitShown, Officer, ReceiptCause
from events.catalogue.traits import CustomerType, KeyArea, Kind, Money, Positive, Supply, Traits, Usage
from events.personal import PersonalIdentity, PersonalTelephone, PersonalText


class TraitsV1(Model):
    """An application's characteristics, before the land was one of them."""

    region: Code
    customer_type: CustomerType
    usage: Usage
    voltage_kv: Positive
    capacity_kva: Positive
    supply: Supply = Supply.SINGLE
    permanent: bool = True
    key_area: KeyArea = KeyArea.NONE
    investment_cny: Money | None = None
    cable_duct: bool = True
    by_handler: bool = False
    tenant: bool = False
    new_build: bool = False
    government_regulated: bool = False
    important: bool = False


class ApplicationSubmittedV1(Fact, TraitsV1):
    """用电申请, before papers and land."""

    type: ClassVar[str] = "mingdian.fact.connection.application_submitted.v1"
    opens: ClassVar[bool] = True

    channel: Code
    documents: DocumentIds = ()
    applicant_name: PersonalText = None
    applicant_phone: PersonalTelephone = None
    applicant_id_no: PersonalIdentity = None
    site_address: PersonalText = None
    project_name: PersonalText = None


class ApplicationSubmittedV2(Fact, Traits):
    """用电申请, before key projects."""

    type: ClassVar[str] = "mingdian.fact.connection.application_submitted.v2"
    opens: ClassVar[bool] = True

    channel: Code
    documents: DocumentIds = ()
    papers: Papers = ()
    applicant_name: PersonalText = None
    applicant_phone: PersonalTelephone = None
    applicant_id_no: PersonalIdentity = None
    site_address: PersonalText = None
    project_name: PersonalText = None


class DocumentsSuppliedV1(Fact):
    """补交资料, before papers."""

    type: ClassVar[str] = "mingdian.fact.connection.documents_supplied.v1"

    documents: Annotated[DocumentIds, Field(min_length=1)]
    provided_by: ProvidedBy = "customer"


class InspectionRequestedFactV1(Fact):
    """竣工报验, before papers."""

    type: ClassVar[str] = "mingdian.fact.connection.inspection_requested.v1"

    documents: DocumentIds = ()


class ApplicationReceivedV1(EventData, TraitsV1):
    """受理登记, before papers and land."""

    type: ClassVar[str] = "mingdian.connection.application_received.v1"

    kind: Kind
    process: Code
    channel: Code
    upstream: Code
    documents: DocumentIds
    applicant_name: PersonalText = None
    applicant_phone: PersonalText = None
    applicant_id_no: PersonalText = None
    site_address: PersonalText = None
    project_name: PersonalText = None


class DocumentsReceivedV1(EventData):
    """收到补交资料, before papers."""

    type: ClassVar[str] = "mingdian.connection.documents_received.v1"

    step: Code
    documents: DocumentIds
    provided_by: ProvidedBy
    missing: DocumentIds


class InspectionRequestedV1(EventData):
    """竣工报验, before papers."""

    type: ClassVar[str] = "mingdian.connection.inspection_requested.v1"

    documents: DocumentIds


class CaseClosedV1(EventData):
    """办结归档, before disputes were cases of their own."""

    type: ClassVar[str] = "mingdian.connection.case_closed.v1"

    ending: Literal["energised", "withdrawn"]


class ReceiptIssuedV1(EventData):
    """电子回执, before it told the channel, the days so far, the boundary and the documents in hand."""

    type: ClassVar[str] = "mingdian.connection.receipt_issued.v1"

    receipt_no: Code
    cause: ReceiptCause
    step: Code
    step_name: Text
    entered_at: datetime
    due_at: datetime | None = None
    limit: LimitShown | None = None
    paused_cause: Code | None = None
    responsible: Officer
    supervisor: Officer
    next_step: Code | None = None
    documents_missing: DocumentIds = ()


class PolicyAmendedV1(EventData):
    """政策变更, before it told of the duties beside the steps."""

    type: ClassVar[str] = "mingdian.connection.policy_amended.v1"

    changed: Literal["calendar", "policy"]
    from_version: Code
    to_version: Code
    note: ShortText
    due_before: datetime | None = None
    due_after: datetime | None = None


FACTS: tuple[type[Fact], ...] = (
    ApplicationSubmittedV1,
    ApplicationSubmittedV2,
    DocumentsSuppliedV1,
    InspectionRequestedFactV1,
)
EVENTS: tuple[type[EventData], ...] = (
    ApplicationReceivedV1,
    DocumentsReceivedV1,
    InspectionRequestedV1,
    CaseClosedV1,
    ReceiptIssuedV1,
    PolicyAmendedV1,
)
