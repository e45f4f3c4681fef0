"""Dead letters: kept, listed, and opened for a person who may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from activities.outcomes import Connection
from events.cloudevents import InboundEvent
from events.errors import Problem
from events.sealing import Quarantine, SealingError, StreamKeys, unseal_bytes
from workflows.intake.arrivals import pack, reasons, unpack
from workflows.intake.inbox import raw_context

DOOR = "door"
"""The origin of what the door itself refused."""


class Letter(NamedTuple):
    """A dead letter without its content. `has_raw` is False once the bytes are past their time or erased.

    `n` is the version of the fact that died; `version_of` the letter of its first. `behind`: how many facts
    wait for it to be cleared.
    """

    letter: int
    at: datetime
    origin: str
    partition: int | None
    offset: int | None
    source: str | None
    id: str | None
    number: str | None
    alias: str | None
    profile: str | None
    type: str | None
    outcome: str
    code: str
    sentence: str
    reasons: list[dict[str, str]]
    has_raw: bool
    truncated: bool
    n: int | None
    version_of: int | None
    blocks: bool
    behind: int
    raw_until: datetime
    replayed_at: datetime | None
    cleared_at: datetime | None
    dismissed: str | None


@dataclass(frozen=True)
class Filter:
    """Which letters. What is None or False asks for nothing."""

    source: str | None = None
    code: str | None = None
    number: str | None = None
    type: str | None = None
    """A whole type, or the past-tense word in it."""
    since: datetime | None = None
    open: bool = False
    """Those not cleared, the newest version of each fact."""
    blocking: bool = False
    """Those behind which other facts wait, or would."""


@dataclass(frozen=True)
class Opened:
    """The content in clear: for the eyes of the person who asked, never for a log."""

    headers: Sequence[tuple[str, bytes]]
    body: bytes


_COLUMNS = """letter, at, origin, partition, "offset", source, id, subject AS number, alias, profile, type,
    outcome, code, sentence, reasons, raw IS NOT NULL AS has_raw, truncated, n, version_of,
    blocks AND cleared_at IS NULL AS blocks,
    (SELECT count(*) FROM intake.inbox i WHERE i.waits_behind = d.letter AND i.state = 'waiting') AS behind,
    raw_until, replayed_at, cleared_at, dismissed"""

_FILTER = """
    (%(source)s::text IS NULL OR source = %(source)s)
    AND (%(code)s::text IS NULL OR code = %(code)s)
    AND (%(number)s::text IS NULL OR subject = %(number)s)
    AND (%(type)s::text IS NULL OR type = %(type)s OR type LIKE '%%.' || %(type)s || '.v%%')
    AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
    AND (NOT %(blocking)s OR (blocks AND cleared_at IS NULL))
    AND (NOT %(open)s OR (cleared_at IS NULL AND NOT EXISTS (
        SELECT FROM intake.dead_letter e WHERE e.source = d.source AND e.id = d.id AND e.n > d.n)))
"""


async def keep(
    conn: Connection,
    quarantine: Quarantine,
    *,
    source: str,
    problems: Sequence[Problem],
    headers: Sequence[tuple[str, bytes]],
    body: bytes,
    event: InboundEvent | None = None,
    truncated: bool = False,
) -> None:
    """Keep what the door refused, sealed. `source` is the one that the token is bound to."""
    named = event is not None and event.identified
    key, raw = quarantine.seal(pack(headers, body))
    await conn.execute(
        """
        INSERT INTO intake.dead_letter (origin, source, id, outcome, code, sentence, reasons, raw, truncated,
                                        quarantine)
        VALUES (%s, %s, %s, 'refused', %s, %s, %s, %s, %s, %s)
        """,
        (
            DOOR,
            source,
            event.text("id") if event is not None and named else None,
            problems[0].code,
            problems[0].sentence,
            Jsonb(reasons(problems)),
            raw,
            truncated,
            key,
        ),
    )


async def listed(conn: Connection, which: Filter, limit: int = 100) -> list[Letter]:
    """Return the newest dead letters of those asked for."""
    async with conn.cursor(row_factory=class_row(Letter)) as cursor:
        await cursor.execute(
            f"""
            SELECT {_COLUMNS} FROM intake.dead_letter d WHERE {_FILTER} ORDER BY letter DESC LIMIT %(limit)s
            """.encode(),  # noqa: S608 - constant texts
            {**asdict(which), "limit": limit},
        )
        return await cursor.fetchall()


async def show(
    conn: Connection, keys: StreamKeys, quarantine: Quarantine, letter: int, *, lock: bool = False
) -> tuple[Letter, Opened | None] | None:
    """Return a dead letter and its content; None for an unknown one, content None where it is gone.

    `lock` keeps it from being replayed twice at once. Raises `SealingError` when the keys are not those that
    sealed it.
    """
    async with conn.cursor(row_factory=class_row(Letter)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM intake.dead_letter d WHERE letter = %s"  # noqa: S608 - constant texts
            f"{' FOR UPDATE' if lock else ''}".encode(),
            (letter,),
        )
        found = await cursor.fetchone()
    if found is None:
        return None
    cursor_ = await conn.execute(
        """
        SELECT d.raw, d.kid, k.wrapped FROM intake.dead_letter d LEFT JOIN intake.stream_key k USING (kid)
        WHERE d.letter = %s AND d.raw IS NOT NULL
        """,
        (letter,),
    )
    row = await cursor_.fetchone()
    if row is None:
        return found, None
    raw, kid, wrapped = row
    if kid is None:
        return found, Opened(*unpack(quarantine.open(raw)))
    if wrapped is None:
        return found, None  # erased with its stream
    if found.number is None:
        raise SealingError
    key = keys.open(kid, wrapped)
    return found, Opened(*unpack(unseal_bytes(key.key, raw, raw_context(found.number))))


async def forget_expired(conn: Connection) -> int:
    """Drop the bytes that are past their retention; what is known of the letter stays. Returns how many."""
    cursor = await conn.execute(
        "UPDATE intake.dead_letter SET raw = NULL, kid = NULL WHERE raw IS NOT NULL AND raw_until < now()"
    )
    return cursor.rowcount


def as_headers(headers: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """HTTP headers for keeping, without those that let somebody in."""
    secret = {"authorization", "cookie", "proxy-authorization"}
    return [(name.lower(), value.encode()) for name, value in headers.items() if name.lower() not in secret]
