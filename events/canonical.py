"""Canonical JSON (RFC 8785) and the SHA-256 over it: the form in which facts and events are compared and
chained."""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a JSON value. Raises `rfc8785.CanonicalizationError` for what JSON can't
    carry exactly (integers beyond 2^53, NaN)."""
    return rfc8785.dumps(value)


def digest(value: Mapping[str, Any]) -> str:
    """Return the lower-case hex SHA-256 of the canonical form of `value`."""
    return hashlib.sha256(canonical(dict(value))).hexdigest()
