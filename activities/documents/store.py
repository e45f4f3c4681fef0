"""Files at rest: one folder a case, each file under the SHA-256 of its clear content, only ever sealed bytes.

Behind `fsspec`, so a local folder and an object store are the same to all others. Blocking: call it from a
thread.
"""

import contextlib
import io
import logging
import os
import re
import secrets
from collections.abc import Iterator

from fsspec import url_to_fs

from activities.documents.refusals import StoreAwayError
from events.errors import MingdianError

_NUMBER = re.compile(r"[A-Z]{2,7}-\d{4}-\d{6,}")
_SHA256 = re.compile(r"[0-9a-f]{64}")

_OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs"})
"""They have buckets and no folders, and take a file whole or not at all."""

# Left alone, a server that takes the connection and says nothing would hold a file for seven minutes: the
# client and the library around it each try five times.
_S3 = {"config_kwargs": {"connect_timeout": 5, "read_timeout": 15, "retries": {"total_max_attempts": 1}}}
_S3_TRIES = 2

_log = logging.getLogger(__name__)


class NoSuchStoreError(MingdianError):
    """The settings name a store that can't be opened at all."""

    def __init__(self) -> None:
        super().__init__(
            "no_store",
            "The document store can't be opened. Check MINGDIAN_DOCUMENTS; what is no folder may need a "
            "package of its own, as s3:// needs s3fs.",
        )


class FileStore:
    """`url` is any address that fsspec knows: a folder, `file://…`, `s3://…`, `memory://…`.

    What a store says of itself when it fails differs by store: all of it becomes `StoreAwayError`.
    """

    def __init__(self, url: str) -> None:
        try:
            # No lists kept from before: another process may have written since.
            scheme = url.partition("://")[0]
            options = _S3 if scheme in {"s3", "s3a"} else {}
            self._fs, self._root = url_to_fs(url, use_listings_cache=False, **options)
            if options:
                self._fs.retries = _S3_TRIES
        except (ImportError, ValueError):
            raise NoSuchStoreError from None
        self._objects = scheme in _OBJECT_STORES

    def write(self, number: str, sha256: str, sealed: bytes) -> None:
        """Write a file, whole or not at all; one that is there already is replaced.

        It is written beside its place and moved there, so two writers of the same file never mix their bytes.
        An object store does that itself; and a bucket that is not there is not ours to make.
        """
        path = self._path(number, sha256)
        if self._objects:
            with self._told():
                self._fs.pipe_file(path, sealed)
            return
        draft = f"{path}.{secrets.token_hex(8)}"
        with self._told():
            self._fs.makedirs(self._folder(number), exist_ok=True)
            try:
                with self._fs.open(draft, "wb") as file:
                    file.write(sealed)
                    file.flush()
                    with contextlib.suppress(
                        io.UnsupportedOperation, AttributeError
                    ):  # no file of this machine
                        os.fsync(file.fileno())
                self._fs.mv(draft, path)
            except BaseException:
                with contextlib.suppress(Exception):
                    self._fs.rm(draft)
                raise

    def read(self, number: str, sha256: str) -> bytes | None:
        """Return the sealed bytes; None when the store has no such file."""
        path = self._path(number, sha256)
        with self._told():
            try:
                found: bytes = self._fs.cat_file(path)
            except FileNotFoundError:
                return None
            return found

    def holds(self, number: str, sha256: str) -> bool:
        """Whether the store has a file."""
        path = self._path(number, sha256)
        with self._told():
            try:
                self._fs.info(path)
            except FileNotFoundError:
                return False
            return True

    def remove(self, number: str, sha256: str) -> None:
        """Remove one file. Again is harmless."""
        path = self._path(number, sha256)
        with self._told(), contextlib.suppress(FileNotFoundError):
            self._fs.rm(path)

    def remove_all(self, number: str) -> None:
        """Remove all that a case has here, drafts too. Again is harmless."""
        folder = self._folder(number)
        with self._told(), contextlib.suppress(FileNotFoundError):
            self._fs.rm(folder, recursive=True)

    def _folder(self, number: str) -> str:
        """Where a case's files lie. Only what has the form of our numbers is ever part of a path."""
        if not _NUMBER.fullmatch(number):
            raise ValueError("not an application number")
        return f"{self._root}/{number}"

    def _path(self, number: str, sha256: str) -> str:
        if not _SHA256.fullmatch(sha256):
            raise ValueError("not a SHA-256")
        return f"{self._folder(number)}/{sha256}"

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            _log.warning("the document store failed", extra={"code": type(error).__name__})
            raise StoreAwayError from None


def is_sha256(text: str) -> bool:
    """Whether a text has the form of a file's address."""
    return _SHA256.fullmatch(text) is not None
