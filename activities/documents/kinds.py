"""What a file is, by its bytes alone: never by its name, nor by what its sender says it is."""

import io
import struct
import zipfile
from collections.abc import Collection

import puremagic

from activities.documents.refusals import EmptyFileError, TwoKindsError, UnknownKindError

KINDS = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "tiff": "image/tiff",
    "ofd": "application/ofd",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The kinds that can be told, by the names that the settings use. OFD is the format of Chinese official
documents, GB/T 33190."""

_SUFFIXES = {media_type: "jpg" if kind == "jpeg" else kind for kind, media_type in KINDS.items()}

# The kinds that are archives, and the member by which each is known.
_MEMBERS = {"OFD.xml": "ofd", "word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_MACROS = "vbaProject.bin"
_ARCHIVE = b"PK\x03\x04"
_ARCHIVE_END = b"PK\x05\x06"
_ARCHIVE_TAIL = 22 + 65_535
"""An archive's last record, with the longest comment that may follow it."""
_MOST_LISTED = 1024 * 1024
"""Bytes of an archive's table of contents: a forged one must not fill the memory."""


def media_type_of(content: bytes, kinds: Collection[str]) -> str:
    """Return the media type of a file that is one of `kinds`.

    Raises `EmptyFileError`, `UnknownKindError`, and `TwoKindsError` for what is an archive as well.
    """
    if not content:
        raise EmptyFileError
    kind = _archived(content) if content.startswith(_ARCHIVE) else _by_signature(content)
    if kind is None or kind not in kinds:
        raise UnknownKindError(", ".join(sorted(kinds)))
    if not content.startswith(_ARCHIVE) and zipfile.is_zipfile(io.BytesIO(content)):
        raise TwoKindsError
    return KINDS[kind]


def suffix_of(media_type: str) -> str:
    """Return how the name of a file of this type ends, without a dot."""
    return _SUFFIXES.get(media_type, "bin")


def _by_signature(content: bytes) -> str | None:
    """The kind that the likeliest of the known signatures stand for, if they agree on one."""
    try:
        found = puremagic.magic_string(content)
    except puremagic.PureError:
        return None
    likeliest = max(one.confidence for one in found)
    named = {one.mime_type for one in found if one.confidence == likeliest}
    kinds = [kind for kind, media_type in KINDS.items() if media_type in named]
    return kinds[0] if len(kinds) == 1 else None


def _archived(content: bytes) -> str | None:
    """The kind of an archive, by what it holds; nothing is unpacked. One with macros is none."""
    end = content.rfind(_ARCHIVE_END, -_ARCHIVE_TAIL)
    if end < 0 or len(content) < end + 22 or struct.unpack_from("<L", content, end + 12)[0] > _MOST_LISTED:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeError):
        return None
    if any(name.rpartition("/")[2] == _MACROS for name in names):
        return None
    kinds = [kind for member, kind in _MEMBERS.items() if member in names]
    return kinds[0] if len(kinds) == 1 else None
