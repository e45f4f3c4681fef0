"""Who sends a bearer token: upstream systems at the door, members of staff at the documents."""

import hashlib
import hmac
from collections.abc import Mapping


class Tokens:
    """`tokens` by whoever holds each."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self._holders = {_digest(token): holder for holder, token in tokens.items()}

    def holder(self, headers: Mapping[str, str]) -> str | None:
        """Return whose token a request carries. Digests are compared: time tells nothing of the token."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        given, found = _digest(token.strip()), None
        for known, holder in self._holders.items():
            if hmac.compare_digest(known, given):
                found = holder
        return found


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
