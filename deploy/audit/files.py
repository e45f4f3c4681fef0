"""The register of documents against the store: every file that it lists lies there, opens, and is what its
name says.

The register is read page by page, never in one long transaction, and a few files are in memory at a time. A
row is written after its file and deleted before it: what is wrong and has its row still is wrong for good.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psycopg

from activities.documents.sealed import fault_of
from activities.documents.store import FileStore, is_sha256
from deploy.audit.findings import Findings
from events.catalogue.base import FileRef
from events.sealing import SealingError, StreamKeys

AT_ONCE = 4
"""Files in memory at a time."""
_PAGE = 500

_ROWS = """
SELECT f.subject, f.sha256, f.size, f.media_type, k.kid, k.wrapped,
       s.number IS NOT NULL AND s.erased_at IS NULL
FROM documents.file f
LEFT JOIN intake.subject s ON s.number = f.subject
LEFT JOIN intake.stream_key k ON k.subject = f.subject
"""
_NEXT = f"""{_ROWS}
WHERE (f.subject, f.sha256) > (%(after)s, %(sha256)s)
  AND (%(subject)s::text IS NULL OR f.subject = %(subject)s)
ORDER BY f.subject, f.sha256 LIMIT %(page)s
"""
_ONE = f"{_ROWS} WHERE f.subject = %(subject)s AND f.sha256 = %(sha256)s"
_COUNT = "SELECT count(*) FROM documents.file WHERE %(subject)s::text IS NULL OR subject = %(subject)s"

Connection = psycopg.Connection[tuple[Any, ...]]


class Listed(NamedTuple):
    """A row of the register, with the key of its case. `stands` is False where there is no case, or none any
    more."""

    subject: str
    sha256: str
    size: int
    media_type: str
    kid: str | None
    wrapped: bytes | None
    stands: bool


@dataclass(frozen=True)
class Files:
    """What the files are held against, and the keys that open them."""

    store: FileStore
    keys: StreamKeys = field(repr=False)

    def check(self, db: Connection, findings: Findings, subject: str | None) -> Iterator[tuple[int, int]]:
        """Note every fault; yield how many files have been looked at, of how many. `db` is in no transaction.

        Raises `StoreAwayError`, or psycopg.Error.
        """
        (whole,) = db.execute(_COUNT, {"subject": subject}).fetchone() or (0,)
        done = 0
        yield done, whole
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for page in _pages(db, subject):
                for row, fault in zip(page, pool.map(self._fault, page), strict=True):
                    code = fault and self._still(db, row)
                    if code:
                        findings.add(code, row.subject, row.sha256)
                done += len(page)
                yield done, max(done, whole)

    def _still(self, db: Connection, row: Listed) -> str | None:
        """What is wrong by a second look: meanwhile it may have been erased, or its key wrapped anew."""
        again = db.execute(_ONE.encode(), {"subject": row.subject, "sha256": row.sha256}).fetchone()
        if again is None:
            return None
        fault = self._fault(Listed(*again))
        gone = db.execute(_ONE.encode(), {"subject": row.subject, "sha256": row.sha256}).fetchone() is None
        return None if gone else fault

    def _fault(self, row: Listed) -> str | None:
        if not row.stands:
            return "file_of_no_case"
        if not is_sha256(row.sha256):
            return "file_missing"
        sealed = self.store.read(row.subject, row.sha256)
        if sealed is None:
            return "file_missing"
        # Not validated: a register that was tampered with may hold anything.
        file = FileRef.model_construct(sha256=row.sha256, size=row.size, media_type=row.media_type)
        try:
            key = self.keys.open(row.kid or "", row.wrapped or b"")
        except SealingError:
            return "file_spoilt"
        return fault_of(key, row.subject, file, sealed)


def _pages(db: Connection, subject: str | None) -> Iterator[list[Listed]]:
    after = sha256 = ""
    while True:
        values = {"after": after, "sha256": sha256, "subject": subject, "page": _PAGE}
        page = [Listed(*row) for row in db.execute(_NEXT.encode(), values)]
        if page:
            yield page
        if len(page) < _PAGE:
            return
        after, sha256 = page[-1].subject, page[-1].sha256
