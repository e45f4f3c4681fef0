"""Reads the roots from their own topic: one record a day, so that all of them are soon read. Blocking."""

import json
from typing import NamedTuple

from events.catalogue.roots_events import RootSealed, Span
from events.consumer import Consumer
from events.envelope import Event, recompute_hash
from events.roots import RootKeys, is_signed
from events.spans import records
from events.topics import ROOTS

_PLACE = (ROOTS, 0)
_RECENT = 50
"""How far back the newest root can be: a root may be sent twice, and a stranger's bytes are passed over."""


class LoggedRoot(NamedTuple):
    """A root and the event that carries it, with its place in the topic of roots."""

    event: Event
    root: RootSealed
    offset: int


class RootsRead(NamedTuple):
    """The roots from an offset on, each once; what somebody else has signed; the offset to go on from."""

    roots: list[LoggedRoot]
    strangers: list[LoggedRoot]
    following: int


def read_roots(consumer: Consumer, keys: RootKeys, start: int = 0) -> RootsRead:
    """Return the roots from an offset on. What is no root with a right signature is passed over. Raises
    `BusAwayError`, `PositionLostError`."""
    if not consumer.partitions(ROOTS):
        return RootsRead([], [], start)
    end = consumer.ends([_PLACE])[_PLACE]
    begin = max(start, consumer.beginnings([_PLACE])[_PLACE])
    found: dict[int, LoggedRoot] = {}
    strangers: list[LoggedRoot] = []
    for batch in records(consumer, Span(topic=ROOTS, partition=0, start=begin, end=max(begin, end))):
        for record in batch:
            root = read_root(record.value, record.offset)
            if root is not None and keys.trust(root.root):
                found.setdefault(root.event.number, root)
            elif root is not None:
                strangers.append(root)
    return RootsRead([found[number] for number in sorted(found)], strangers, max(begin, end))


def last_root(consumer: Consumer, keys: RootKeys) -> LoggedRoot | None:
    """Return the newest root; None before the first. Raises as `read_roots` does."""
    if not consumer.partitions(ROOTS):
        return None
    found = read_roots(consumer, keys, max(0, consumer.ends([_PLACE])[_PLACE] - _RECENT)).roots
    return found[-1] if found else None


def read_root(value: bytes, offset: int) -> LoggedRoot | None:
    """Return the root in a record's value, or None when it is none: wrong hash, no root, not signed by the
    key that it names. Whether that is one of ours is for `RootKeys` to say."""
    try:
        body = json.loads(value)
        event = Event.model_validate(body)
        root = RootSealed.model_validate(event.data)
    except ValueError:
        return None
    right = event.type == RootSealed.type and recompute_hash(body) == event.hash and is_signed(event.data)
    return LoggedRoot(event, root, offset) if right else None
