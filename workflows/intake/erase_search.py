"""Finds the raw dead letters that name somebody: what could not be read has no stream and no index."""

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from activities.outcomes import Connection
from events.personal import identifiers
from events.sealing import Quarantine
from workflows.intake.arrivals import unpack

Progress = Callable[[int, int], None]
"""Called with how many letters were read, and how many there are."""

_BATCH = 100
_SURE_LENGTH = 6
"""A reference shorter than this, found in a text that can't be read, may be anything."""

_SUBJECT_HEADERS = {"ce-subject", "ce_subject"}
_TOKENS = re.compile(r"[\"',:;{}\[\]<>=&\r\n\t]+")
_NUMBERS = re.compile(r"[+(]?\d[\d\s()+-]{4,}[\dxX]")


@dataclass(frozen=True)
class Sought:
    """`names`: numbers and references of streams. `person`: a telephone or identity number in every form that
    it takes, `calling_codes` those of the profiles."""

    names: frozenset[str] = frozenset()
    person: frozenset[str] = frozenset()
    calling_codes: tuple[str, ...] = ("",)


async def letters_naming(
    conn: Connection, quarantine: Quarantine, sought: Sought, progress: Progress
) -> list[int]:
    """Return the dead letters without a stream whose bytes name what is sought. Opens each of them."""
    cursor = await conn.execute(
        "SELECT count(*) FROM intake.dead_letter WHERE raw IS NOT NULL AND kid IS NULL"
    )
    row = await cursor.fetchone()
    total, read, found = int(row[0]) if row else 0, 0, []
    async for letter, raw in _sealed(conn):
        headers, body = unpack(quarantine.open(raw))
        if names(sought, headers, body):
            found.append(letter)
        read += 1
        progress(read, max(read, total))
    return found


def names(sought: Sought, headers: list[tuple[str, bytes]], body: bytes) -> bool:
    """Whether a record names what is sought: by its subject, or by a number anywhere in it."""
    subjects = {value.decode("utf-8", "replace") for name, value in headers if name in _SUBJECT_HEADERS}
    if subjects & sought.names:
        return True
    text = body.decode("utf-8", "replace")
    try:
        found = list(_values(json.loads(text), ""))
    except (ValueError, RecursionError):
        tokens = [token.strip() for token in _TOKENS.split(text)]
        sure = any(len(token) >= _SURE_LENGTH and token in sought.names for token in tokens)
        return sure or any(_numbers(token, sought) for token in tokens)
    return any(
        (place == "subject" and value in sought.names) or _numbers(value, sought) for place, value in found
    )


async def _sealed(conn: Connection) -> AsyncIterator[tuple[int, bytes]]:
    last = 0
    while True:
        cursor = await conn.execute(
            """
            SELECT letter, raw FROM intake.dead_letter
            WHERE raw IS NOT NULL AND kid IS NULL AND letter > %s ORDER BY letter LIMIT %s
            """,
            (last, _BATCH),
        )
        rows = await cursor.fetchall()
        if not rows:
            return
        for letter, raw in rows:
            yield letter, bytes(raw)
        last = rows[-1][0]


def _values(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Every value of a JSON document as text, with the name that it stands under."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _values(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner, name)
    elif name == "data_base64" and isinstance(value, str):
        try:
            inside = base64.b64decode(value, validate=True).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            inside = value
        yield from ((name, token.strip()) for token in _TOKENS.split(inside))
    elif value is not None:
        yield name, str(value)


def _numbers(text: str, sought: Sought) -> bool:
    """Whether the text is one of the numbers sought, or has one in it."""
    if not sought.person:
        return False
    folded = unicodedata.normalize("NFKC", text)
    for part in (folded, *_NUMBERS.findall(folded)):
        forms = {*identifiers("identity", part)}
        forms.update(*(identifiers("telephone", part, code) for code in sought.calling_codes))
        if forms & sought.person:
            return True
    return False
