"""The register of the store: which files a case holds, in the database that also keeps the keys."""

from datetime import datetime
from typing import NamedTuple

from psycopg.rows import class_row

from activities.outcomes import Connection
from events.catalogue.base import FileRef


class Standing(NamedTuple):
    """How a case stands with the store. `wrapped` is None once its key is destroyed; `known` is the file
    asked about, if the case holds it."""

    kid: str
    wrapped: bytes | None
    files: int
    known: FileRef | None


class StoredFile(NamedTuple):
    """One line of the register."""

    sha256: str
    size: int
    media_type: str
    source: str
    stored_at: datetime


class NamedFile(NamedTuple):
    """A file that an applied fact names, for a document of the catalogue."""

    document: str
    provided_by: str
    sha256: str
    size: int
    media_type: str
    at: datetime


_STANDING = """
SELECT k.kid, k.wrapped, (SELECT count(*) FROM documents.file f WHERE f.subject = k.subject),
       d.sha256, d.size, d.media_type
FROM intake.stream_key k
LEFT JOIN documents.file d ON d.subject = k.subject AND d.sha256 = %(sha256)s
WHERE k.subject = %(number)s
"""

# Files of one case wait for each other; erasing waits for the file, or the file finds no key. A statement of
# its own: one that waits for a lock counts what was there before it waited.
_LOCK = "SELECT FROM intake.stream_key WHERE subject = %s FOR UPDATE"

_NAMED = """
SELECT p.paper ->> 'document', coalesce(p.paper ->> 'provided_by', 'customer'), p.paper #>> '{file,sha256}',
       (p.paper #>> '{file,size}')::bigint, p.paper #>> '{file,media_type}', i.time
FROM intake.inbox i CROSS JOIN LATERAL jsonb_array_elements(i.fact #> '{data,papers}') AS p (paper)
WHERE i.subject = %s AND i.outcome = 'applied' AND p.paper ? 'file'
ORDER BY i.seq
"""


async def standing(conn: Connection, number: str, sha256: str, *, lock: bool = False) -> Standing | None:
    """Return how a case stands, locked until the transaction ends if asked; None for an unknown number."""
    if lock:
        await conn.execute(_LOCK, (number,))
    cursor = await conn.execute(_STANDING, {"number": number, "sha256": sha256})
    row = await cursor.fetchone()
    if row is None:
        return None
    kid, wrapped, files, known, size, media_type = row
    file = FileRef(sha256=known, size=size, media_type=media_type) if known is not None else None
    return Standing(kid, bytes(wrapped) if wrapped is not None else None, files, file)


async def enter(conn: Connection, number: str, file: FileRef, source: str) -> None:
    """Enter a file that is in the store."""
    await conn.execute(
        "INSERT INTO documents.file (subject, sha256, size, media_type, source) VALUES (%s, %s, %s, %s, %s)",
        (number, file.sha256, file.size, file.media_type, source),
    )


async def files_of(conn: Connection, number: str) -> list[StoredFile]:
    """Return the files that a case holds, oldest first."""
    async with conn.cursor(row_factory=class_row(StoredFile)) as cursor:
        await cursor.execute(
            """
            SELECT sha256, size, media_type, source, stored_at FROM documents.file
            WHERE subject = %s ORDER BY stored_at, sha256
            """,
            (number,),
        )
        return await cursor.fetchall()


async def named_by_facts(conn: Connection, number: str) -> list[NamedFile]:
    """Return the files that applied facts of a case name, whether or not they have come."""
    cursor = await conn.execute(_NAMED, (number,))
    return [NamedFile(*row) for row in await cursor.fetchall()]


async def note_access(conn: Connection, staff: str, number: str, sha256: str) -> None:
    """Note that a member of staff was given a file."""
    await conn.execute(
        "INSERT INTO documents.access (staff, subject, sha256) VALUES (%s, %s, %s)", (staff, number, sha256)
    )
