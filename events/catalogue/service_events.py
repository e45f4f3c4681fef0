"""What the platform says about a connection after it was energised, and about a dispute that came later."""

from datetime import datetime
from typing import ClassVar, Literal

from events.catalogue.base import Code, EventData
from events.catalogue.service_facts import DisputeTopic, RecordField
from events.catalogue.traits import Kind
from events.personal import PersonalText


class ServiceWindowOpened(EventData):
    """售后服务期. Until `until` the case takes ratings, disputes and corrections."""

    type: ClassVar[str] = "mingdian.connection.service_window_opened.v1"

    until: datetime


class ServiceRated(EventData):
    """客户评价."""

    type: ClassVar[str] = "mingdian.connection.service_rated.v1"

    score: int
    comment: PersonalText = None


class LinkedCaseOpened(EventData):
    """关联工单. A dispute that came after its case was closed is a case of its own; `linked_to` is the number
    of the old one."""

    type: ClassVar[str] = "mingdian.connection.linked_case_opened.v1"

    linked_to: Code
    region: Code
    kind: Kind
    process: Code


class DisputeRaised(EventData):
    """客户异议."""

    type: ClassVar[str] = "mingdian.connection.dispute_raised.v1"

    dispute: Code
    about: DisputeTopic
    details: PersonalText = None


class DisputeAnswered(EventData):
    """异议答复. `level`: 1 the manager's answer, 2 the supervisor's, which is the last."""

    type: ClassVar[str] = "mingdian.connection.dispute_answered.v1"

    dispute: Code
    level: int
    upheld: bool
    answer: PersonalText = None


class DisputeTakenFurther(EventData):
    """异议升级. The customer does not agree: the supervisor answers next."""

    type: ClassVar[str] = "mingdian.connection.dispute_taken_further.v1"

    dispute: Code


class DisputeSettled(EventData):
    """异议了结, `by` the customer's agreement, by silence after an answer, or by the second answer, which is
    the last."""

    type: ClassVar[str] = "mingdian.connection.dispute_settled.v1"

    dispute: Code
    by: Literal["agreement", "silence", "second_answer"]


class RecordCorrected(EventData):
    """档案更正."""

    type: ClassVar[str] = "mingdian.connection.record_corrected.v1"

    field: RecordField
    before: Code | None = None
    value: Code
    reason: PersonalText = None


EVENTS: tuple[type[EventData], ...] = (
    ServiceWindowOpened,
    ServiceRated,
    LinkedCaseOpened,
    DisputeRaised,
    DisputeAnswered,
    DisputeTakenFurther,
    DisputeSettled,
    RecordCorrected,
)
