"""Reads the bytes of an event back and proves them, fast enough for a whole log.

The proof is that of `envelope.recompute_hash`: SHA-256 over the RFC 8785 form. For plain JSON that form is
what `orjson` writes with sorted keys; where the two could differ (fractions, integers of sixteen digits and
more, characters beyond the basic plane, whose order differs) the slow and exact way is taken.
"""

import hashlib
import re
from typing import Any

import orjson

from events.envelope import Event, read_time, recompute_hash

_UNLIKE_RFC8785 = re.compile(rb'(?:":|[\[,])-?\d(?:\d{15}|\d*[.eE])|[\xf0-\xf7]')


class UnreadableError(ValueError):
    """These bytes are no event of ours. `code`: `unreadable`, or `hash_differs` for a changed one."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_event(value: bytes) -> Event:
    """Return the event that lies in `value`, checked: form, place in its stream, time, hash.

    Raises `UnreadableError`, and nothing else whatever the bytes are.
    """
    try:
        body = orjson.loads(value)
        event = Event.model_validate(body)
        read_time(event.time)
        if event.number < 1 or event.id != f"{event.subject}:{event.number}":
            raise UnreadableError("unreadable")
        proven = hash_of(body) == event.hash
    except UnreadableError:
        raise
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise UnreadableError("unreadable") from None
    if not proven:
        raise UnreadableError("hash_differs")
    return event


def hash_of(body: dict[str, Any]) -> str:
    """Return the hash that an event just read from JSON should carry. Raises ValueError for what JSON can't
    carry exactly."""
    bare = body.copy()
    bare.pop("hash", None)
    written = orjson.dumps(bare, option=orjson.OPT_SORT_KEYS)
    if _UNLIKE_RFC8785.search(written):
        return recompute_hash(body)
    return hashlib.sha256(written).hexdigest()
