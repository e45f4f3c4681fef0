"""Small files of each kind, made here."""

import io
import zipfile
import zlib

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\x00" * 64 + b"\xff\xd9"
TIFF = b"II*\x00\x08\x00\x00\x00" + b"\x00" * 64
EXE = b"MZ\x90\x00\x03\x00\x00\x00" + b"\x00" * 200


def pdf(text: str = "") -> bytes:
    """A page without content; `text` stands in it as a comment, in clear."""
    return f"%PDF-1.4\n%{text}\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n".encode()


def png() -> bytes:
    """One black point."""

    def chunk(name: bytes, data: bytes) -> bytes:
        whole = name + data
        return len(data).to_bytes(4, "big") + whole + zlib.crc32(whole).to_bytes(4, "big")

    head = chunk(b"IHDR", b"\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00")
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\x00\x00")) + chunk(b"IEND", b"")


def archive(*members: str) -> bytes:
    """An archive with these members."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        for member in members:
            file.writestr(member, "x")
    return whole.getvalue()
