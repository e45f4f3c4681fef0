"""A document store on paper, for pages before a browser: the case is silent until a test decides."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from activities.documents.kinds import KINDS, media_type_of, suffix_of
from activities.documents.refusals import BusyError
from projections.site.documents import FileOut, HandedIn
from workflows.policy.model import Policy

TAKEN = ("pdf", "jpeg", "png", "tiff", "ofd")


class PaperFiles:
    """What the pages are given in place of a store. `busy` lets it refuse."""

    max_bytes = 1024 * 1024
    suffixes = tuple(suffix_of(KINDS[kind]) for kind in TAKEN)

    def __init__(self, at: datetime) -> None:
        self.files: dict[tuple[str, str], FileOut] = {}
        self.handed: dict[str, list[HandedIn]] = {}
        self.busy = False
        self.at = at

    @contextmanager
    def turn(self) -> Iterator[None]:
        """As the store gives it."""
        if self.busy:
            raise BusyError
        yield

    async def hand_in(self, policy: Policy, number: str, document: str, once: str, content: bytes) -> None:
        """Keep a file; the case is silent."""
        media_type = media_type_of(content, TAKEN)
        sha256 = hashlib.sha256(content).hexdigest()
        self.files[number, sha256] = FileOut(content, media_type, suffix_of(media_type))
        self.handed.setdefault(number, []).append(HandedIn(document, sha256, self.at, None, None))

    def decide(self, number: str, outcome: str) -> None:
        """Give the last file that was handed in its outcome."""
        self.handed[number][-1] = self.handed[number][-1]._replace(outcome=outcome)

    async def handed_in(self, number: str) -> Sequence[HandedIn]:
        """As the store gives it."""
        return self.handed.get(number, [])

    async def there(self, number: str) -> frozenset[str]:
        """As the store gives it."""
        return frozenset(sha256 for owner, sha256 in self.files if owner == number)

    async def open(self, number: str, sha256: str) -> FileOut | None:
        """As the store gives it."""
        return self.files.get((number, sha256))
