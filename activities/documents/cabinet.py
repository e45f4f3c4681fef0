"""The document store as the platform uses it: a file comes in, is told by its bytes, sealed, kept and
registered; and goes out again to whoever was found to be allowed.

The bytes at rest are never clear, and whoever destroys the key of a case has destroyed its files.
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from activities.documents import register
from activities.documents.kinds import media_type_of
from activities.documents.refusals import (
    BusyError,
    SubjectErasedError,
    TooLargeError,
    TooManyFilesError,
    UnknownSubjectError,
)
from activities.documents.sealed import open_file, seal_file
from activities.documents.store import FileStore, is_sha256
from activities.outcomes import Pool
from events.catalogue.base import FileRef
from events.sealing import SealingError, StreamKeys

AT_ONCE = 8
"""Files that one process holds in memory at a time."""

_log = logging.getLogger(__name__)


class Limits(NamedTuple):
    """Bytes of one file, files of one case, and the kinds taken, by their names in `kinds.KINDS`."""

    file_bytes: int
    files: int
    kinds: Collection[str]


class OpenedFile(NamedTuple):
    """A file as it was handed in."""

    ref: FileRef
    content: bytes


@dataclass
class Cabinet:
    """Made once per process."""

    pool: Pool
    store: FileStore
    keys: StreamKeys = field(repr=False)
    limits: Limits
    _free: int = AT_ONCE

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a place for a file while it is received and kept. Raises `BusyError` when none is free."""
        if not self._free:
            raise BusyError
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1

    async def received(self, chunks: AsyncIterable[bytes]) -> bytes:
        """Return a body. Raises `TooLargeError` with the first byte beyond the limit, and reads no more."""
        body = bytearray()
        async for chunk in chunks:
            if len(body) + len(chunk) > self.limits.file_bytes:
                raise TooLargeError(self.limits.file_bytes)
            body += chunk
        return bytes(body)

    def described(self, content: bytes) -> FileRef:
        """Return what is known of a file. Raises `FileRefusedError` where it is not one that is taken."""
        if len(content) > self.limits.file_bytes:
            raise TooLargeError(self.limits.file_bytes)
        media_type = media_type_of(content, self.limits.kinds)
        return FileRef(sha256=hashlib.sha256(content).hexdigest(), size=len(content), media_type=media_type)

    async def keep(self, number: str, file: FileRef, content: bytes, source: str) -> bool:
        """Keep a described file for a case; False when the case holds it already.

        Raises `FileRefusedError` for a case that can't take it, `StoreAwayError`, or psycopg.Error. Broken
        off, it leaves at most sealed bytes without a line in the register, which the next attempt replaces.
        """
        async with self.pool.connection() as conn:
            found = self._fit(await register.standing(conn, number, file.sha256))
        if found.known is not None:
            return False
        sealed = self._sealed(found, number, file.sha256, content)
        await asyncio.to_thread(self.store.write, number, file.sha256, sealed)
        try:
            async with self.pool.connection() as conn, conn.transaction():
                found = self._fit(await register.standing(conn, number, file.sha256, lock=True))
                if found.known is not None:
                    return False
                await register.enter(conn, number, file, source)
        except (TooManyFilesError, SubjectErasedError):
            await asyncio.to_thread(self.store.remove, number, file.sha256)
            raise
        return True

    async def open(self, number: str, sha256: str) -> OpenedFile | None:
        """Return a file of a case; None when it holds none such, or its key was destroyed.

        Raises `StoreAwayError`, or psycopg.Error.
        """
        if not is_sha256(sha256):
            return None
        async with self.pool.connection() as conn:
            found = await register.standing(conn, number, sha256)
        if found is None or found.known is None or found.wrapped is None:
            return None
        sealed = await asyncio.to_thread(self.store.read, number, sha256)
        if sealed is None:
            _log.error("a file of the register is not in the store", extra={"number": number})
            return None
        try:
            key = self.keys.open(found.kid, found.wrapped)
            content = open_file(key, number, sha256, sealed)
        except SealingError:
            _log.error("a file does not open, though its key is there", extra={"number": number})
            return None
        return OpenedFile(found.known, content)

    async def open_for_staff(self, number: str, sha256: str, staff: str) -> OpenedFile | None:
        """The same for a member of staff, whose access is noted before anything is given."""
        opened = await self.open(number, sha256)
        if opened is not None:
            async with self.pool.connection() as conn:
                await register.note_access(conn, staff, number, sha256)
            _log.info("file given to staff", extra={"staff": staff, "number": number, "sha256": sha256})
        return opened

    def _fit(self, found: register.Standing | None) -> register.Standing:
        """The same case, if it can take one more file or holds this one already."""
        if found is None:
            raise UnknownSubjectError
        if found.wrapped is None:
            raise SubjectErasedError
        if found.known is None and found.files >= self.limits.files:
            raise TooManyFilesError(self.limits.files)
        return found

    def _sealed(self, found: register.Standing, number: str, sha256: str, content: bytes) -> bytes:
        assert found.wrapped is not None
        key = self.keys.open(found.kid, found.wrapped)
        return seal_file(key, number, sha256, content)
