"""A file is what its bytes say, whatever it is called."""

import pytest

from activities.documents.kinds import KINDS, media_type_of, suffix_of
from activities.documents.refusals import EmptyFileError, FileRefusedError, TwoKindsError, UnknownKindError
from tests.unit.documents.samples import EXE, JPEG, TIFF, archive, pdf, png

ALL = tuple(KINDS)
DOCX = archive("[Content_Types].xml", "_rels/.rels", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")
OFD = archive("OFD.xml", "Doc_0/Document.xml")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (pdf(), "pdf"),
        (png(), "png"),
        (JPEG, "jpeg"),
        (b"\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00" + b"\x00" * 60, "jpeg"),
        (TIFF, "tiff"),
        (b"MM\x00*\x00\x00\x00\x08" + b"\x00" * 60, "tiff"),
        (DOCX, "docx"),
        (XLSX, "xlsx"),
        (OFD, "ofd"),
    ],
)
def test_each_kind_is_told_by_its_content(content: bytes, kind: str) -> None:
    assert media_type_of(content, ALL) == KINDS[kind]
    with pytest.raises(UnknownKindError):
        media_type_of(content, [one for one in ALL if one != kind])


@pytest.mark.parametrize(
    "content",
    [
        EXE,
        b"\x7fELF" + b"\x00" * 60,
        b"#!/bin/sh\nexit\n",
        "你好".encode(),
        b"<!doctype html><script>1</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a" + b"\x00" * 60,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
        archive("readme.txt"),
        archive("word/document.xml", "word/vbaProject.bin"),
        archive("word/document.xml", "OFD.xml"),
        b"PK\x03\x04" + b"\x00" * 60,
        DOCX[:-30],
        b"x",
    ],
)
def test_what_is_none_of_them_is_refused(content: bytes) -> None:
    with pytest.raises(UnknownKindError):
        media_type_of(content, ALL)


def test_an_empty_file_is_told_apart() -> None:
    with pytest.raises(EmptyFileError):
        media_type_of(b"", ALL)


@pytest.mark.parametrize("first", [pdf(), png(), JPEG, TIFF])
def test_a_file_of_two_kinds_is_refused(first: bytes) -> None:
    with pytest.raises(TwoKindsError):
        media_type_of(first + archive("evil.class"), ALL)
    with pytest.raises(FileRefusedError):
        media_type_of(EXE + first, ALL)


def test_a_forged_table_of_contents_is_not_read() -> None:
    end = DOCX.rindex(b"PK\x05\x06")
    forged = DOCX[: end + 12] + b"\xff\xff\xff\x7f" + DOCX[end + 16 :]
    with pytest.raises(UnknownKindError):
        media_type_of(forged, ALL)


def test_a_saved_file_ends_as_its_kind_does() -> None:
    assert [suffix_of(KINDS[kind]) for kind in ("pdf", "jpeg", "ofd")] == ["pdf", "jpg", "ofd"]
    assert suffix_of("text/html") == "bin"
