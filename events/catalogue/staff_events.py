"""What the platform says about the people behind a connection."""

from datetime import datetime
from typing import ClassVar

from events.catalogue.base import Code, EventData
from events.catalogue.connection_events import Officer
from events.catalogue.staff_facts import Why


class CaseHandedOver(EventData):
    """案件移交. From here on `after` holds the role that `before` held; a receipt follows."""

    type: ClassVar[str] = "mingdian.connection.case_handed_over.v1"

    role: Code
    before: Officer
    after: Officer
    why: Why


class KeyTeamAssigned(EventData):
    """重点客户服务团队. The manager and the engineers who serve this customer round the clock."""

    type: ClassVar[str] = "mingdian.connection.key_team_assigned.v1"

    manager: Officer
    engineers: tuple[Officer, ...]


class KeyCustomerAsked(EventData):
    """重点客户来询. `minutes` is the limit of the first reply, which `on_duty` owes by `due_at`."""

    type: ClassVar[str] = "mingdian.connection.key_customer_asked.v1"

    question: Code
    on_duty: Officer
    minutes: int
    due_at: datetime


class KeyCustomerAnswered(EventData):
    """首次答复. `seconds` is how long the customer waited for it."""

    type: ClassVar[str] = "mingdian.connection.key_customer_answered.v1"

    question: Code
    answered_by: Code | None = None
    seconds: int
    in_time: bool


EVENTS: tuple[type[EventData], ...] = (CaseHandedOver, KeyTeamAssigned, KeyCustomerAsked, KeyCustomerAnswered)
