"""Files that nobody has to hide: a page of text as PDF, a drawing of a site as PNG.

The same arguments give the same bytes on every machine: nothing is compressed, and nothing carries a date.
Whoever changes what is drawn makes other facts of the runs that were begun.
"""

import zlib
from collections.abc import Sequence

_WIDTH, _HEIGHT = 416, 300
_WHITE, _BLACK = b"\xff", 0

# 宋体 in the encoding that every reader of Chinese PDF brings along: nothing is embedded.
_FONTS = """\
3 0 obj
<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>
endobj
4 0 obj
<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UCS2-H /Encoding /UniGB-UCS2-H
   /DescendantFonts [5 0 R] >>
endobj
5 0 obj
<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 95 500] /FontDescriptor 6 0 R
   /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>
endobj
6 0 obj
<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0
   /Ascent 880 /Descent -120 /CapHeight 737 /StemV 93 >>
endobj
"""


def page(lines: Sequence[str]) -> bytes:
    """Return a PDF of one A4 page; the first line is its title. Lines of ASCII alone are set in Helvetica."""
    size, shown = 20, []
    for place, line in enumerate(lines):
        text = _text(line)
        shown.append(f"BT /{'H' if line.isascii() else 'S'} {size} Tf 72 {740 - 34 * place} Td {text} Tj ET")
        size = 12
    stream = "\n".join(["0.8 w 72 725 m 523 725 l S", *shown])
    objects = f"""\
1 0 obj
<< /Type /Catalog /Pages 2 0 R >>
endobj
2 0 obj
<< /Type /Pages /Kids [7 0 R] /Count 1 >>
endobj
{_FONTS}7 0 obj
<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 8 0 R
   /Resources << /Font << /H 3 0 R /S 4 0 R >> >> >>
endobj
8 0 obj
<< /Length {len(stream)} >>
stream
{stream}
endstream
endobj
"""
    body = f"%PDF-1.4\n{objects}"
    places = [body.index(f"\n{number} 0 obj") + 1 for number in range(1, 9)]
    table = "".join(f"{at:010d} 00000 n \n" for at in places)
    trailer = f"trailer\n<< /Size 9 /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 9\n0000000000 65535 f \n{table}{trailer}".encode("ascii")


def _text(line: str) -> str:
    if line.isascii():
        escaped = "".join(f"\\{sign}" if sign in "()\\" else sign for sign in line)
        return f"({escaped})"
    return f"<{line.encode('utf-16-be').hex()}>"


def site(mark: int) -> bytes:
    """Return a PNG: a site with its road, buildings and the line to them, placed by `mark`."""
    canvas = [bytearray(_WHITE * _WIDTH) for _ in range(_HEIGHT)]
    _frame(canvas, 8, 8, _WIDTH - 16, _HEIGHT - 16)
    _frame(canvas, 8, 230, _WIDTH - 16, 30)  # the road
    for place in range(3):
        width, height = 50 + (mark >> (4 * place)) % 40, 40 + (mark >> (4 * place + 2)) % 60
        left = 40 + 120 * place
        _frame(canvas, left, 60, width, height)
        _frame(canvas, left + width // 2, 60 + height, 1, 170 - height)  # its line to the road
    rows = b"".join(b"\0" + bytes(row) for row in canvas)
    head = _WIDTH.to_bytes(4, "big") + _HEIGHT.to_bytes(4, "big") + b"\x08\0\0\0\0"
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", _stored(rows)) + _chunk(b"IEND", b"")
    )


def _frame(canvas: list[bytearray], left: int, top: int, width: int, height: int) -> None:
    for row in (top, top + height - 1):
        canvas[row][left : left + width] = bytes(width)
    for row in range(top, top + height):
        canvas[row][left] = canvas[row][left + width - 1] = _BLACK


def _chunk(name: bytes, data: bytes) -> bytes:
    whole = name + data
    return len(data).to_bytes(4, "big") + whole + zlib.crc32(whole).to_bytes(4, "big")


def _stored(data: bytes) -> bytes:
    """A zlib stream without compression: compressors differ in their bytes, this does not."""
    most, out = 0xFFFF, [b"\x78\x01"]
    for at in range(0, len(data), most):
        block = data[at : at + most]
        last = at + most >= len(data)
        size = len(block)
        out.append(bytes([last]) + size.to_bytes(2, "little") + (size ^ most).to_bytes(2, "little") + block)
    return b"".join([*out, zlib.adler32(data).to_bytes(4, "big")])
