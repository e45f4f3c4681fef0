"""Earlier versions of a connection's events: still in the log for ever, no longer written.

A version stands here as it was released; `events/upcasting.py` says what became of it.
"""

from datetime import datetime
from typing import ClassVar

from events.catalogue.base import Code, DocumentIds, EventData, Text
from events.catalogue.connection_events import LimitShown, Officer, ReceiptCause


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


EVENTS: tuple[type[EventData], ...] = (ReceiptIssuedV1,)
