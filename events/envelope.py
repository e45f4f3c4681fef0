"""The envelope of every event the platform writes: CloudEvents 1.0 plus a place in a hash chain.

A stream has one writer. That writer knows the *head* (the last sequence and hash) and seals a batch of
drafts onto it; what comes out is final, so every attempt to publish it sends the same bytes.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from events.canonical import canonical, digest

SEQUENCE_DIGITS = 9
GENESIS = "0" * 64  # the `prevhash` of a stream's first event
CONTENT_TYPE = "application/cloudevents+json"


class Head(BaseModel):
    """Where a stream ends: the last sequence (0 = nothing yet) and the hash of the last event."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sequence: int = 0
    hash: str = GENESIS


class Draft(BaseModel):
    """An event before it has its place in the stream. `time` is when it happened, `causationid` the inbound
    fact."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    time: datetime
    data: dict[str, Any]
    causationid: str | None = None
    traceparent: str | None = None


class Event(BaseModel):
    """A sealed event. Attribute names are those of CloudEvents; extensions are lower-case without
    separators."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    specversion: str = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str = "application/json"
    sequence: str
    partitionkey: str
    correlationid: str
    causationid: str | None = None
    policyversion: str
    traceparent: str | None = None
    prevhash: str
    hash: str
    data: dict[str, Any] = Field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the event as the JSON object that is sent: absent attributes are left out."""
        return self.model_dump(mode="json", exclude_none=True)

    def as_bytes(self) -> bytes:
        """Return the bytes that are sent, the same at every call."""
        return canonical(self.as_json())

    @property
    def number(self) -> int:
        """The sequence as an integer, from 1."""
        return int(self.sequence)

    @property
    def at(self) -> datetime:
        """When it happened, aware, in UTC."""
        return read_time(self.time)


def write_time(moment: datetime) -> str:
    """Return an RFC 3339 text in UTC with microseconds. Raises ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_time(text: str) -> datetime:
    """Read an RFC 3339 text. Raises ValueError when it is malformed or has no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)


def seal(
    head: Head,
    drafts: Iterable[Draft],
    *,
    source: str,
    subject: str,
    correlationid: str,
    policyversion: str,
) -> list[Event]:
    """Chain `drafts` onto `head`, in order, and return the finished events."""
    sealed: list[Event] = []
    for draft in drafts:
        sequence = head.sequence + 1
        body: dict[str, Any] = {
            "specversion": "1.0",
            "id": f"{subject}:{sequence}",
            "source": source,
            "type": draft.type,
            "subject": subject,
            "time": write_time(draft.time),
            "datacontenttype": "application/json",
            "sequence": f"{sequence:0{SEQUENCE_DIGITS}d}",
            "partitionkey": subject,
            "correlationid": correlationid,
            "causationid": draft.causationid,
            "policyversion": policyversion,
            "traceparent": draft.traceparent,
            "prevhash": head.hash,
            "data": draft.data,
        }
        body = {name: value for name, value in body.items() if value is not None}
        event = Event(hash=digest(body), **body)
        sealed.append(event)
        head = Head(sequence=sequence, hash=event.hash)
    return sealed


def recompute_hash(event: Mapping[str, Any]) -> str:
    """Return the hash that `event` (its JSON object) should carry."""
    return digest({name: value for name, value in event.items() if name != "hash"})
