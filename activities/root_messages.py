"""What the sealing of a root asks of an activity and is answered: names and models."""

from datetime import datetime
from typing import Any

from activities.messages import Message
from events.catalogue.roots_events import Span
from events.envelope import Head

FIND_SPANS = "find_spans"
COMPUTE_ROOT = "compute_root"
KEEP_ROOT = "keep_root"


class NextRoot(Message):
    """What the next root is to stand for: the head of its stream, the root before, and the log since."""

    head: Head
    previous: str
    spans: tuple[Span, ...]


class RootOrder(Message):
    """Compute and sign a root. `sealed_at` comes from the workflow, so every attempt signs the same."""

    next: NextRoot
    sealed_at: datetime


class RootData(Message):
    """The data of a `RootSealed` event, signature included."""

    data: dict[str, Any]


class RootEvent(Message):
    """A sealed and published root, as it lies in the log."""

    event: dict[str, Any]
