"""CloudEvents attributes as headers: percent-encoded over HTTP (its binding, 3.1.3.2), UTF-8 in Kafka."""

import re
from urllib.parse import quote, unquote

# Space, double quote, percent sign and all beyond printable ASCII are encoded; `quote` leaves letters,
# digits and `_.-~` alone by itself.
_PLAIN = "!#$&'()*+,/:;=?@[]<>\\^`{|}"
_ESCAPED = re.compile(r"\\(.)")


def to_http(text: str) -> str:
    """Return the header's value for an attribute."""
    return quote(text, safe=_PLAIN)


def from_http(value: str) -> str | None:
    """Return the attribute that a header's value stands for, or None where the binding refuses it.

    A double-quoted value is unquoted first, for older senders; then one round of percent-decoding. Refused
    are characters beyond ASCII and percent-encoded bytes that are not UTF-8.
    """
    if not value.isascii():
        return None
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = _ESCAPED.sub(r"\1", value[1:-1])
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        return None


def from_kafka(value: bytes) -> str | None:
    """Return the attribute that a Kafka header stands for, or None when it is not UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None
