"""A pasted receipt against what the log holds: pure, and without a word of what was not pasted."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rfc8785 import CanonicalizationError

from events.canonical import canonical
from events.envelope import recompute_hash
from events.plainjson import BadJsonError, read_json

MAX_BYTES = 64 * 1024
_SLIPS = 3
_UNNAMED = "…"
_HASH = re.compile(r"[0-9a-f]{64}")
_SEQUENCE = re.compile(r"[0-9]{1,15}")


class Pasted(NamedTuple):
    """A receipt as somebody sent it: its JSON object, what it claims, and the hash that its content has."""

    body: Mapping[str, Any]
    subject: str
    sequence: int
    claimed: str
    computed: str

    @property
    def consistent(self) -> bool:
        """Whether the content has the hash that it carries."""
        return self.claimed == self.computed


class Compared(NamedTuple):
    """A field of the receipt or of its event, by its dotted name, and whether both say the same."""

    field: str
    same: bool


def read_pasted(raw: bytes) -> Pasted | None:
    """Read what was sent; None when it is no event of ours, whatever else it may be."""
    try:
        body = read_json(raw.removeprefix(b"\xef\xbb\xbf").strip())
        if not isinstance(body, dict):
            return None
        subject, sequence, claimed = (body.get(name) for name in ("subject", "sequence", "hash"))
        if not (isinstance(subject, str) and isinstance(sequence, str) and isinstance(claimed, str)):
            return None
        if not _SEQUENCE.fullmatch(sequence) or not _HASH.fullmatch(claimed):
            return None
        return Pasted(body, subject, int(sequence), claimed, recompute_hash(body))
    except (BadJsonError, CanonicalizationError, RecursionError):
        return None


def compare(pasted: Mapping[str, Any], logged: Mapping[str, Any]) -> tuple[Compared, ...]:
    """Compare field by field, those of `data` one by one; empty when more is wrong than a slip.

    Otherwise this would tell fields to whoever guesses them: the hash alone is no proof of having held the
    event, since the next event of the stream carries it. So at most three fields may differ, and `prevhash`,
    which only the event itself tells, no further than alone. A field that is left out differs, and is not
    named.
    """
    ours, theirs = dict(_fields(logged)), dict(_fields(pasted))
    shown = [Compared(name, ours.get(name) == value) for name, value in theirs.items()]
    wrong = [one.field for one in shown if not one.same] + [_UNNAMED] * len(set(ours) - set(theirs))
    if len(wrong) > _SLIPS or ("prevhash" in wrong and len(wrong) > 1):
        return ()
    return (*shown, Compared(_UNNAMED, False)) if _UNNAMED in wrong else tuple(shown)


def _fields(body: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    for name, value in body.items():
        if name == "data" and isinstance(value, dict):
            yield from ((f"data.{inner}", canonical(held)) for inner, held in value.items())
        else:
            yield name, canonical(value)
