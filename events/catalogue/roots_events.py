"""What the platform says about its own log: once a day, one signed hash that stands for all of it."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from events.catalogue.base import EventData, Model, ShortText

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$", max_length=100)]
Offset = Annotated[int, Field(ge=0)]


class Span(Model):
    """A part of the log: the records of one partition from `start` up to, not including, `end`."""

    topic: ShortText
    partition: Annotated[int, Field(ge=0)]
    start: Offset
    end: Offset

    @property
    def size(self) -> int:
        """Number of offsets."""
        return self.end - self.start


class RootSealed(EventData):
    """每日封印. The Merkle root (RFC 6962, SHA-256) over the previous root and every offset of `spans`.

    Leaf 0 holds the 32 bytes of `previous` (zeros for the first root); then comes one leaf per offset, by
    topic, partition and offset: the 32 bytes of the event's hash; for a record that is no event with a right
    hash, the SHA-256 of its bytes. So a leaf's index follows from its place, and a record that was sent twice
    is two leaves. `spans` begin where those of the root before end. `signature` is Ed25519 over the RFC 8785
    form of these data without it.
    """

    type: ClassVar[str] = "mingdian.roots.root_sealed.v1"

    number: Annotated[int, Field(ge=1)]
    sealed_at: datetime
    previous: Sha256
    leaves: Annotated[int, Field(ge=1)]
    spans: tuple[Span, ...]
    root: Sha256
    public_key: Base64
    signature: Base64


EVENTS: tuple[type[EventData], ...] = (RootSealed,)
