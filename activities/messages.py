"""What a workflow asks of an activity and is answered: names and models, without the means to do it."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

PUBLISH_EVENTS = "publish_events"
RECORD_OUTCOME = "record_outcome"
WAIT_FOR_QUIET = "wait_for_quiet"
FORWARD_FACTS = "forward_facts"


class Message(BaseModel):
    """Base of requests and answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PublishRequest(Message):
    """A batch of finished events of one stream, in order."""

    topic: str
    events: tuple[dict[str, Any], ...]


class Published(Message):
    """Where the stream ends now: the last event's sequence and hash, and its place in the log."""

    sequence: int
    hash: str
    partition: int
    offset: int


class OutcomeRecord(Message):
    """What became of a fact that a case had held. `code` and `sentence` say why it is impossible."""

    source: str
    id: str
    n: int
    number: str
    fate: Literal["applied", "impossible"]
    code: str | None = None
    sentence: str | None = None


class QuietRequest(Message):
    """Wait until nothing that was sent up to `until` is still on its way to this case."""

    number: str
    until: datetime


class InternalFact(Message):
    """A fact that the platform sends to a case or project of its own; `subject` is that one's number."""

    subject: str
    id: str
    type: str
    time: datetime
    data: dict[str, Any]


class ForwardRequest(Message):
    """Facts to be sent in this order, under the platform's own source of a profile."""

    profile: str
    source: str
    facts: tuple[InternalFact, ...]
