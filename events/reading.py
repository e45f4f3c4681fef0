"""Reads the bytes of an event back and proves them, fast enough for a whole log.

The proof is that of `envelope.recompute_hash`: SHA-256 over the RFC 8785 form. An event as we write it lies
there in that form, and is hashed as it lies. Of any other the form is made: for plain JSON `orjson` does with
sorted keys; where the two could differ (fractions, integers beyond 2^53, keys whose order depends on the
encoding) the slow and exact way is taken.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import orjson

from events.envelope import Event, read_time, recompute_hash

_EXACT = 2**53


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
        number, proven = event.number, _as_sealed(value, body, event.hash) or hash_of(body) == event.hash
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise UnreadableError("unreadable") from None
    if number < 1 or event.id != f"{event.subject}:{number}":
        raise UnreadableError("unreadable")
    if not proven:
        raise UnreadableError("hash_differs")
    return event


def _as_sealed(value: bytes, body: dict[str, Any], claimed: str) -> bool:
    """Whether these are the very bytes that were sealed: canonical, and the hash that of all the others."""
    rest = value.split(b'"hash":"%b",' % claimed.encode())
    if len(rest) != 2 or hashlib.sha256(b"".join(rest)).hexdigest() != claimed:
        return False
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS) == value  # nothing said twice


def hash_of(body: dict[str, Any]) -> str:
    """Return the hash that an event just read from JSON should carry. Raises ValueError for what JSON can't
    carry exactly."""
    if not _plain(body.get("data", {})):
        return recompute_hash(body)
    bare = body.copy()
    bare.pop("hash", None)
    return hashlib.sha256(orjson.dumps(bare, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _plain(value: dict[str, Any] | list[Any]) -> bool:
    """Whether RFC 8785 has nothing to say about this beyond the order of ASCII keys."""
    inside: Iterable[Any] = value
    if isinstance(value, dict):
        if not "".join(value).isascii():
            return False
        inside = value.values()
    for one in inside:
        kind = type(one)
        if kind is str or kind is bool or one is None:
            continue
        if kind is dict or kind is list:
            if not _plain(one):
                return False
        elif kind is not int or not -_EXACT < one < _EXACT:
            return False
    return True
