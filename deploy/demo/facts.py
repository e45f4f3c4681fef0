"""A fact as the demo feeds it, with what should become of it: the book that the real outcomes are held
against.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from events.catalogue.base import Fact
from events.cloudevents import write_structured
from events.envelope import write_time

SOURCE = "/upstream/demo"

Expect = Literal["applied", "duplicate", "refused"]


@dataclass(frozen=True)
class FedFact:
    """One sending. `codes` are the reasons for which it may be refused; `note` says what is odd about it.

    `event` is None for what is no event at all; `body` is what goes over the wire.
    """

    body: bytes = field(repr=False)
    expect: Expect = "applied"
    codes: frozenset[str] = frozenset()
    note: str = ""
    event: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def source(self) -> str | None:
        """Who sends it; None for what is no event."""
        return None if self.event is None else str(self.event.get("source", SOURCE))

    @property
    def id(self) -> str | None:
        """The event's id; None for what is no event."""
        return None if self.event is None else str(self.event["id"])

    @property
    def subject(self) -> str:
        """Upstream's reference of the application; empty for what is no event."""
        return "" if self.event is None else str(self.event["subject"])

    @property
    def time(self) -> str:
        """When it happened, as written; empty for what is no event."""
        return "" if self.event is None else str(self.event["time"])

    def of_type(self, kind: type[Fact]) -> bool:
        """Whether it is a fact of this type."""
        return self.event is not None and self.event["type"] == kind.type


def fed(
    event: Mapping[str, Any], expect: Expect = "applied", codes: frozenset[str] = frozenset(), note: str = ""
) -> FedFact:
    """Return an event as it is fed."""
    attributes = {name: value for name, value in event.items() if name != "data"}
    return FedFact(write_structured(attributes, event.get("data")), expect, codes, note, dict(event))


def cloud_event(
    profile: str, subject: str, name: str, at: datetime, fact: Fact, *, source: str = SOURCE
) -> dict[str, Any]:
    """Write a fact down as a CloudEvent; its id is `<subject>-<name>`."""
    return {
        "specversion": "1.0",
        "id": f"{subject}-{name}",
        "source": source,
        "type": fact.type,
        "subject": subject,
        "time": write_time(at),
        "profile": profile,
        "datacontenttype": "application/json",
        "data": fact.model_dump(mode="json", exclude_none=True, exclude_defaults=True),
    }
