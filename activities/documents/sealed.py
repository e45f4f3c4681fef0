"""A file as it lies in the store, and what may be wrong with it there."""

import hashlib
from typing import Literal

from activities.documents.kinds import KINDS, media_type_of
from activities.documents.refusals import FileRefusedError
from events.catalogue.base import FileRef
from events.sealing import SealingError, StreamKey, seal_bytes, unseal_bytes

Fault = Literal["file_spoilt", "file_differs"]


def seal_file(key: StreamKey, number: str, sha256: str, content: bytes) -> bytes:
    """Return what is written to the store: it opens only as itself, in its own case."""
    return seal_bytes(key.key, content, _context(number, sha256))


def open_file(key: StreamKey, number: str, sha256: str, sealed: bytes) -> bytes:
    """Undo `seal_file`. Raises `SealingError`."""
    return unseal_bytes(key.key, sealed, _context(number, sha256))


def fault_of(key: StreamKey, number: str, file: FileRef, sealed: bytes) -> Fault | None:
    """Return what is wrong with a file: it does not open as what its name says (`file_spoilt`), or it is not
    what is written of it (`file_differs`). None for one that is whole."""
    try:
        content = open_file(key, number, file.sha256, sealed)
    except SealingError:
        return "file_spoilt"
    if hashlib.sha256(content).hexdigest() != file.sha256:
        return "file_spoilt"
    return None if len(content) == file.size and _may_be(content, file.media_type) else "file_differs"


def _may_be(content: bytes, media_type: str) -> bool:
    """False for what is surely of another kind: whether a file is taken at all is asked only at the door."""
    try:
        return media_type_of(content, KINDS) == media_type
    except FileRefusedError:
        return media_type in KINDS.values()


def _context(number: str, sha256: str) -> str:
    return f"file\0{number}\0{sha256}"
