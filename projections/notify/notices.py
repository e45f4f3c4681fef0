"""Which events of a connection its channel is told, and what of them: pure, and nothing of a person."""

from dataclasses import dataclass
from datetime import datetime

from events.catalogue import connection_events as says
from events.catalogue.base import EventData, Text
from events.catalogue.registry import EVENT_MODELS, PAST_EVENT_MODELS, family_of
from events.envelope import Event
from events.upcasting import read_data
from workflows.policy.interface_words import Occasion, Status


@dataclass(frozen=True)
class Notice:
    """What is told: since when, by which event, how the application stands. What an event does not say (None)
    stands as the notice before it said."""

    number: str
    sequence: int
    at: datetime
    occasion: Occasion
    status: Status | None = None
    step: str | None = None
    step_name: Text | None = None
    due_at: datetime | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Begun:
    """An application that has come: from which profile and source."""

    number: str
    profile: str
    upstream: str


_MODELS = (
    says.ApplicationReceived,
    says.ReceiptIssued,
    says.DocumentsReceived,
    says.Energised,
    says.ApplicationWithdrawn,
)
_FAMILIES = {family_of(model.type) for model in _MODELS}
TYPES = frozenset(name for name in (*EVENT_MODELS, *PAST_EVENT_MODELS) if family_of(name) in _FAMILIES)
"""The type names, in every version there was, of what leads to anything here."""


def read(event: Event) -> Begun | Notice | None:
    """Return what an event means to a channel; None where it means nothing."""
    data = read_data(event.type, event.data)
    if isinstance(data, says.ApplicationReceived):
        return Begun(event.subject, event.source.rsplit("/", 1)[-1], data.upstream)
    return None if data is None else _notice(event, data)


def _notice(event: Event, data: EventData) -> Notice | None:
    match data:
        case says.ReceiptIssued():
            return Notice(
                event.subject,
                event.number,
                event.at,
                data.cause,
                status=_status(data),
                step=data.step,
                step_name=data.step_name,
                due_at=data.due_at,
                missing=data.documents_missing,
            )
        case says.DocumentsReceived():
            return Notice(
                event.subject, event.number, event.at, "documents", step=data.step, missing=data.missing
            )
        case says.Energised():
            return Notice(event.subject, event.number, event.at, "energised", status="energised")
        case says.ApplicationWithdrawn():
            return Notice(
                event.subject, event.number, event.at, "withdrawn", status="withdrawn", step=data.step
            )
    return None


def _status(receipt: says.ReceiptIssued) -> Status:
    """A receipt counts days only from acceptance on: before it, the documents are being checked."""
    if receipt.elapsed_gross_days is None:
        return "checking"
    return "paused" if receipt.paused_cause is not None else "open"
