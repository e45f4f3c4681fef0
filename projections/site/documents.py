"""What the pages need of the document store. Who keeps it is decided elsewhere."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

from workflows.policy.model import Policy


class HandedIn(NamedTuple):
    """A file that was handed in here, and what became of it: `outcome` and `code` are None until that is
    final."""

    document: str
    sha256: str
    at: datetime
    outcome: str | None
    code: str | None


class FileOut(NamedTuple):
    """A file to be saved: its type by its content, and how the name of such a file ends."""

    content: bytes
    media_type: str
    suffix: str


class Documents(Protocol):
    """Keeps files and tells cases of them. What it refuses it raises as `MingdianError` with a code."""

    @property
    def max_bytes(self) -> int:
        """The most bytes that a file may have."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """How the names of files that are taken end, for people and for the browser's choice of files."""

    def turn(self) -> AbstractContextManager[None]:
        """Hold a place while a file is received; raises when too many are."""

    async def hand_in(self, policy: Policy, number: str, document: str, once: str, content: bytes) -> None:
        """Keep a file and tell the case; returns soon, whether or not the case has answered. The same file
        sent twice with the same `once` is one."""

    async def handed_in(self, number: str) -> Sequence[HandedIn]:
        """Return what was handed in for an application, oldest first."""

    async def there(self, number: str) -> frozenset[str]:
        """Return the files that can be given out, by the SHA-256 of their content."""

    async def open(self, number: str, sha256: str) -> FileOut | None:
        """Return a file; None when there is none such, or it was erased."""
