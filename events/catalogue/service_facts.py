"""What is said about a connection after it was energised: ratings, disputes, corrections."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from events.catalogue.base import Code, Fact
from events.personal import PersonalText

DisputeTopic = Literal["duration", "documents", "boundary", "metering", "conduct", "other"]
RecordField = Literal["meter_no", "substation", "feeder", "channel"]


class ServiceRated(Fact):
    """客户评价. The customer rates the service after energisation, from 1 to 5; the last word counts."""

    type: ClassVar[str] = "mingdian.fact.connection.service_rated.v1"
    ordered: ClassVar[bool] = False

    score: Annotated[int, Field(ge=1, le=5)]
    comment: PersonalText = None


class DisputeRaised(Fact):
    """客户异议. The customer disputes something; once the case is closed this opens a linked one."""

    type: ClassVar[str] = "mingdian.fact.connection.dispute_raised.v1"

    dispute: Code
    about: DisputeTopic
    details: PersonalText = None


class DisputeAnswered(Fact):
    """异议答复. The utility's answer: first that of the manager, then, if need be, that of the supervisor."""

    type: ClassVar[str] = "mingdian.fact.connection.dispute_answered.v1"

    dispute: Code
    upheld: bool
    answer: PersonalText = None


class DisputeSettled(Fact):
    """异议了结. The customer's reply: agreed, or taken to the second level, whose answer is the last."""

    type: ClassVar[str] = "mingdian.fact.connection.dispute_settled.v1"

    dispute: Code
    agreed: bool


class RecordCorrected(Fact):
    """档案更正. A detail of the record was wrong and is put right."""

    type: ClassVar[str] = "mingdian.fact.connection.record_corrected.v1"

    field: RecordField
    value: Code
    reason: PersonalText = None


FACTS: tuple[type[Fact], ...] = (
    ServiceRated,
    DisputeRaised,
    DisputeAnswered,
    DisputeSettled,
    RecordCorrected,
)
