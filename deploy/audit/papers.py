"""The files that events name, against the register and the store.

A fact may name a file that never came: that is no fault, and neither is a document without a file, nor what
was erased since. But what our own pages tell of was kept before, and what lies in the store was listed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import psycopg
from pydantic import ValidationError

from activities.documents.store import FileStore
from deploy.audit.findings import Finding
from deploy.audit.scratch import Scratch
from events.catalogue.base import FileRef
from events.envelope import Event
from projections.projection import Logged
from workflows.intake.handing import WEB

_CHUNK = 500

_REGISTER = """
SELECT s.number IS NOT NULL, f.size, f.media_type
FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS p (subject, sha256, place)
LEFT JOIN intake.subject s ON s.number = p.subject AND s.erased_at IS NULL
LEFT JOIN documents.file f ON f.subject = p.subject AND f.sha256 = p.sha256
ORDER BY p.place
"""
_PAPERS = "SELECT subject, sha256, size, media_type, ours FROM paper ORDER BY subject, sha256"

Connection = psycopg.Connection[tuple[Any, ...]]


class Named(NamedTuple):
    """A file as an event names it. `ours`: 1 for a fact that our own pages told, else 0."""

    subject: str
    sha256: str
    size: int
    media_type: str
    ours: int


@dataclass
class Papers:
    """The files named in what was read of the log; in the scratch, however many."""

    scratch: Scratch
    store: FileStore
    _suspects: Sequence[Named] | None = None

    def add(self, events: Iterable[Logged]) -> None:
        """Note what these events name."""
        rows = [named for one in events for named in _named(one.event)]
        self.scratch.db.executemany("INSERT OR IGNORE INTO paper VALUES (?, ?, ?, ?, ?)", rows)

    def compare(self, db: Connection) -> set[Finding]:
        """Return what is wrong with them; after the first time, only with those that were wrong before.

        Raises `StoreAwayError`, or psycopg.Error.
        """
        found: dict[Named, Finding] = {}
        papers = iter(self._suspects) if self._suspects is not None else self._all()
        while chunk := list(islice(papers, _CHUNK)):
            subjects, hashes = [one.subject for one in chunk], [one.sha256 for one in chunk]
            rows = db.execute(_REGISTER, (subjects, hashes)).fetchall()
            for paper, (stands, size, media_type) in zip(chunk, rows, strict=True):
                known = None if size is None else (size, media_type)
                if stands and (code := self._wrong(paper, known)):
                    found[paper] = Finding(code, paper.subject, paper.sha256)
        self._suspects = list(found)
        return set(found.values())

    def _all(self) -> Iterator[Named]:
        return (Named(*row) for row in self.scratch.db.execute(_PAPERS))

    def _wrong(self, paper: Named, known: tuple[int, str] | None) -> str | None:
        """What upstream claims of a file is its own word, as long as it names one."""
        if known is None:
            came = bool(paper.ours) or self.store.holds(paper.subject, paper.sha256)
            return "paper_unknown" if came else None
        differs = bool(paper.ours) and known != (paper.size, paper.media_type)
        return "paper_differs" if differs else None


def _named(event: Event) -> Iterator[Named]:
    papers = event.data.get("papers")
    ours = (event.causationid or "").startswith(f"{event.source}{WEB}|")
    for paper in papers if isinstance(papers, list) else ():
        try:
            file = FileRef.model_validate(paper["file"])
        except (KeyError, TypeError, ValidationError):
            continue  # no file, or without its form, which the read models tell
        yield Named(event.subject, file.sha256, file.size, file.media_type, int(ours))
