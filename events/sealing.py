"""Sealing: personal values under a key of their stream, receipt codes, the index that finds a person.

Whoever destroys a stream's key has erased every personal value of that stream, wherever a copy lies.
"""

import base64
import contextlib
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.errors import MingdianError
from events.personal import SealedValue

KEY_BYTES = 32
NONCE_BYTES = 12
CODE_LENGTH = 10

_QUARANTINE = "quarantine"
"""The context of bytes without a stream."""

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# What people write instead: Crockford's own table of look-alikes, and the signs they group characters with.
_AS_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None, "‐": None, "–": None})


class SealingError(MingdianError):
    """A sealed value that this key does not open: wrong key, wrong place, or changed bytes."""

    def __init__(self) -> None:
        super().__init__("unsealable", "The sealed value does not open. Check the key and its place.")


class StreamKey(NamedTuple):
    """The key of one stream: its public id, and 32 secret bytes."""

    kid: str
    key: bytes

    def __repr__(self) -> str:
        return f"StreamKey({self.kid})"  # the key itself must not reach a log


class Masters(NamedTuple):
    """The master keys by id, 32 secret bytes each; `current` names the one that wraps new stream keys.

    There is one but while a rotation is under way.
    """

    current: str
    keys: Mapping[str, bytes]

    def __repr__(self) -> str:
        return f"Masters({self.current}, {sorted(self.keys)})"  # as above


class MadeKey(NamedTuple):
    """A stream key for storing: with the id of the master key that wraps it, and the wrapped form."""

    key: StreamKey
    master: str
    wrapped: bytes


class StreamKeys:
    """Makes stream keys and wraps them under a master key; a wrapped key is bound to its id.

    `masters` is asked at every use, so that a process notices a rotation while it runs.
    """

    def __init__(self, masters: Callable[[], Masters]) -> None:
        self._masters = masters

    def make(self) -> MadeKey:
        """Return a new key, wrapped by the current master key."""
        key = StreamKey(secrets.token_hex(12), secrets.token_bytes(KEY_BYTES))
        return self._wrap(key)

    def open(self, kid: str, wrapped: bytes) -> StreamKey:
        """Unwrap a stored key. Raises `SealingError` when no master key is the one that wrapped it."""
        current, keys = self._masters()
        for master in (keys[current], *(key for name, key in keys.items() if name != current)):
            with contextlib.suppress(SealingError):
                return StreamKey(kid, unseal_bytes(master, wrapped, kid))
        raise SealingError

    def rewrap(self, kid: str, wrapped: bytes) -> MadeKey:
        """Return a stored key wrapped by the current master key. Raises `SealingError` as `open` does."""
        return self._wrap(self.open(kid, wrapped))

    def _wrap(self, key: StreamKey) -> MadeKey:
        current, keys = self._masters()
        return MadeKey(key, current, seal_bytes(keys[current], key.key, key.kid))


class SealedBytes(NamedTuple):
    """Sealed bytes, and the id of the key that opens them."""

    key: str
    sealed: bytes


class Quarantine:
    """Seals bytes that belong to no stream; `keys` is asked at every use, as above."""

    def __init__(self, keys: Callable[[], Masters]) -> None:
        self._keys = keys

    def seal(self, clear: bytes) -> SealedBytes:
        """Seal by the key in use."""
        current, keys = self._keys()
        return SealedBytes(current, seal_bytes(keys[current], clear, _QUARANTINE))

    def open(self, sealed: bytes) -> bytes:
        """Open by whichever key does. Raises `SealingError` when none does."""
        current, keys = self._keys()
        for key in (keys[current], *(key for name, key in keys.items() if name != current)):
            with contextlib.suppress(SealingError):
                return unseal_bytes(key, sealed, _QUARANTINE)
        raise SealingError


def one_master(key: bytes) -> Masters:
    """Return the masters of a platform whose master key was never rotated."""
    name = master_id(key)
    return Masters(name, {name: key})


def master_id(key: bytes) -> str:
    """Return the id of a master key: 16 hex characters that tell nothing of it."""
    return hashlib.sha256(b"mingdian master key id" + key).hexdigest()[:16]


def seal(key: StreamKey, subject: str, field: str, clear: str) -> SealedValue:
    """Seal one value; it opens only as `field` of `subject`. Random nonce: seal once, keep the result."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(key.key).encrypt(nonce, clear.encode(), _place(subject, field))
    return SealedValue(kid=key.kid, nonce=_text(nonce), ct=_text(sealed))


def unseal(key: StreamKey, subject: str, field: str, sealed: SealedValue) -> str:
    """Return the clear value. Raises `SealingError`."""
    try:
        nonce, body = base64.b64decode(sealed.nonce), base64.b64decode(sealed.ct)
        return AESGCM(key.key).decrypt(nonce, body, _place(subject, field)).decode()
    except (InvalidTag, ValueError):
        raise SealingError from None


def seal_bytes(key: bytes, clear: bytes, context: str) -> bytes:
    """AES-256-GCM over bytes: nonce, then ciphertext. It opens only with the same `context`."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, clear, context.encode())


def unseal_bytes(key: bytes, sealed: bytes, context: str) -> bytes:
    """Undo `seal_bytes`. Raises `SealingError`."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError):
        raise SealingError from None


def blind_index(secret: bytes, identifier: str) -> str:
    """Return 64 hex characters: the same for the same identifier, nothing without the secret.

    What a person writes is first brought into one form: `events.personal.identifiers`.
    """
    return hmac.new(secret, identifier.encode(), hashlib.sha256).hexdigest()


def receipt_code(secret: bytes, number: str, reissue: int = 0) -> str:
    """Return the code that a customer holds beside the number: 10 Crockford base32 characters (50 bits)."""
    digest = hmac.new(secret, f"{number}|{reissue}".encode(), hashlib.sha256).digest()
    bits = int.from_bytes(digest[:8]) >> (64 - 5 * CODE_LENGTH)
    return "".join(_CROCKFORD[(bits >> (5 * place)) & 31] for place in reversed(range(CODE_LENGTH)))


def same_code(given: str, expected: str) -> bool:
    """Compare in constant time what a person typed: lower case, hyphens, O for 0, I or L for 1 are fine."""
    meant = unicodedata.normalize("NFKC", given).strip().upper().translate(_AS_MEANT)
    return hmac.compare_digest(meant.encode(), expected.encode())


def _place(subject: str, field: str) -> bytes:
    return f"{subject}\0{field}".encode()


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
