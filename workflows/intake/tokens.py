"""Who sends a bearer token: upstream systems at the door, members of staff at the documents."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple


class Bound(NamedTuple):
    """A token, whose it is, and from when on it is nobody's: one that another has taken the place of may be
    good for a while."""

    holder: str
    token: str
    until: datetime | None = None


Known = Callable[[], tuple[Bound, ...]]
"""The tokens as they are now; the same tuple as before where nothing changed."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Tokens:
    """`tokens` by whoever holds each, or what tells them at each request: a new one needs no restart, and a
    former one is refused at once."""

    def __init__(self, tokens: Mapping[str, str] | Known, clock: Callable[[], datetime] = _utc_now) -> None:
        fixed = None if callable(tokens) else tuple(Bound(who, token) for who, token in tokens.items())
        self._known: Known = tokens if callable(tokens) else lambda: fixed or ()
        self._clock = clock
        self._read: tuple[Bound, ...] = ()
        self._digests: list[tuple[bytes, Bound]] = []

    def holder(self, headers: Mapping[str, str]) -> str | None:
        """Return whose token a request carries. Digests are compared: time tells nothing of the token."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        given, found = _digest(token.strip()), None
        for known, bound in self._current():
            if hmac.compare_digest(known, given):
                found = bound
        if found is None or (found.until is not None and found.until <= self._clock()):
            return None
        return found.holder

    def _current(self) -> list[tuple[bytes, Bound]]:
        known = self._known()
        if known is not self._read:
            self._read, self._digests = known, [(_digest(one.token), one) for one in known]
        return self._digests


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
