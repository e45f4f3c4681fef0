"""The daily root: which leaves it is made of, how it is signed, and how both are checked."""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from events.canonical import canonical
from events.catalogue.roots_events import RootSealed, Span
from events.envelope import GENESIS, recompute_hash
from events.reading import hash_of
from events.topics import TOPICS

if TYPE_CHECKING:
    from events.consumer import Record  # brings Kafka's client with it, which a workflow has no use for

SOURCE = "/mingdian"
SUBJECT = "roots"
"""The one stream of roots: it speaks for the log of all profiles."""

POLICY_VERSION = "none"
"""A root follows no policy table."""

LOG_TOPICS = tuple(sorted(topic.name for topic in TOPICS if topic.name.startswith("mingdian.events.")))
"""The topics that are kept for ever: what a root stands for."""

FIRST = GENESIS
"""What stands in for the root before the first one."""

SEAL_HOUR = 0
"""The hour, UTC, at which the day's root is sealed."""


def leaf_data(value: bytes) -> bytes:
    """Return the 32 bytes that a record's leaf holds, from the record's value."""
    if (quick := _quick_hash(value)) is not None:
        return bytes.fromhex(quick)
    try:
        body = json.loads(value)
        if isinstance(body, dict) and recompute_hash(body) == body.get("hash"):
            return bytes.fromhex(body["hash"])
    except (ValueError, RecursionError):
        pass  # no event: its bytes are attested as they lie
    return hashlib.sha256(value).digest()


def _quick_hash(value: bytes) -> str | None:
    """The hash of a record that has the plain form of our events; None when only the exact way can tell."""
    try:
        body = orjson.loads(value)
        data = body["data"]
        plain = isinstance(data, dict) and all(
            type(held) is str for held in body.values() if held is not data
        )
        if plain and "".join(body).isascii() and hash_of(body) == body["hash"]:
            return str(body["hash"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return None


def leaves(span: Span, batches: Iterable[list["Record"]]) -> Iterator[list[bytes]]:
    """Yield the leaf data of a span, batch by batch: one per offset, so that an index follows from a place.

    An offset without a record (Kafka leaves some out around transactions) counts as empty bytes.
    """
    following = span.start
    for batch in batches:
        found: list[bytes] = []
        for record in batch:
            found += [leaf_data(b"")] * (record.offset - following)
            found.append(leaf_data(record.value))
            following = record.offset + 1
        yield found
    if following < span.end:
        yield [leaf_data(b"")] * (span.end - following)


def index_of(spans: Iterable[Span], topic: str, partition: int, offset: int) -> int | None:
    """Return the index of the leaf of a place; None when the spans do not cover it."""
    before = 1  # leaf 0 holds the previous root
    for span in spans:
        if (span.topic, span.partition) == (topic, partition):
            return before + offset - span.start if span.start <= offset < span.end else None
        before += span.size
    return None


def next_seal(now: datetime) -> datetime:
    """Return when the next root is due after `now`."""
    today = now.astimezone(UTC).replace(hour=SEAL_HOUR, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def public_key(key: bytes) -> str:
    """Return the public key, base64, of a private key of 32 bytes."""
    raw = Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()
    return base64.b64encode(raw).decode()


def sign(key: bytes, statement: Mapping[str, Any]) -> str:
    """Return the signature, base64, over a root's data without `signature`. The same at every call."""
    signed = Ed25519PrivateKey.from_private_bytes(key).sign(_signed_bytes(statement))
    return base64.b64encode(signed).decode()


def is_signed(data: Mapping[str, Any]) -> bool:
    """Return whether a root's data carry a right signature by the key that they name."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(data["public_key"], validate=True))
        key.verify(base64.b64decode(data["signature"], validate=True), _signed_bytes(data))
    except (KeyError, TypeError, ValueError, InvalidSignature):
        return False
    return True


class RootKeys(NamedTuple):
    """Whose roots are ours: the public key that signs today (None: none does), and former ones, each with the
    number of the last root that it may have signed."""

    current: str | None
    former: Mapping[str, int] = MappingProxyType({})

    def trust(self, root: RootSealed) -> bool:
        """Return whether a root is by one of them. That its signature is right is another matter."""
        return root.public_key == self.current or root.number <= self.former.get(root.public_key, 0)


def follows(before: RootSealed | None, root: RootSealed) -> bool:
    """Return whether a root continues the one before: its hash, its number, and no offset left out."""
    if before is None:
        return root.number == 1 and root.previous == FIRST
    begun = {(span.topic, span.partition): span.start for span in root.spans}
    whole = all(begun.get((span.topic, span.partition)) == span.end for span in before.spans)
    return whole and root.previous == before.root and root.number == before.number + 1


def _signed_bytes(data: Mapping[str, Any]) -> bytes:
    return canonical({name: value for name, value in data.items() if name != "signature"})
