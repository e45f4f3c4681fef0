"""What is said about the people behind a connection: who takes it over, and what a key customer asked and was
told."""

from typing import ClassVar, Literal

from events.catalogue.base import Code, Fact
from events.catalogue.connection_events import Officer

Why = Literal["absent", "left", "assigned"]
"""Why a case changes hands: who had it is away, has left, or another was named for it."""


class CaseHandedOver(Fact):
    """案件移交. The platform tells a case that `officer` takes over a role in it."""

    type: ClassVar[str] = "mingdian.fact.connection.case_handed_over.v1"
    ordered: ClassVar[bool] = False
    internal: ClassVar[bool] = True

    role: Code
    officer: Officer
    why: Why


class KeyCustomerAsked(Fact):
    """重点客户来询. A key customer asks for its manager, at any hour; `question` is upstream's reference.

    Intake writes down who is on duty then; what upstream says of that counts for nothing.
    """

    type: ClassVar[str] = "mingdian.fact.connection.key_customer_asked.v1"
    ordered: ClassVar[bool] = False

    question: Code
    on_duty: Officer | None = None


class KeyCustomerAnswered(Fact):
    """首次答复. Somebody gave the first reply to a question."""

    type: ClassVar[str] = "mingdian.fact.connection.key_customer_answered.v1"
    ordered: ClassVar[bool] = False

    question: Code
    answered_by: Code | None = None


FACTS: tuple[type[Fact], ...] = (CaseHandedOver, KeyCustomerAsked, KeyCustomerAnswered)
