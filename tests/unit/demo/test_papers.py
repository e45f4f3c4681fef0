"""Some of the demo's applications come with files: the same at every time, of kinds that are taken, and named
by facts that are right with them."""

import hashlib
import io
import struct
import zlib
from datetime import UTC, datetime
from functools import cache
from itertools import zip_longest

import pytest

from activities.documents.kinds import KINDS, media_type_of
from deploy.demo import drawn
from deploy.demo.day import working_day
from deploy.demo.facts import FedFact
from deploy.demo.papers import DemoFile, chosen, files_of
from tests.unit.demo.world import World, policy

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@cache
def day(applications: int = 200) -> list[FedFact]:
    return working_day(policy(), 1, 1, NOW, applications, files=True)


def files(applications: int = 200) -> list[DemoFile]:
    return files_of(policy(), day(applications), KINDS)


@pytest.mark.parametrize("applications", [1, 20, 200])
def test_the_book_is_true_with_files_too(applications: int) -> None:
    fed = day(applications)
    assert [told.outcome for told in World(NOW).live(fed)] == [fact.expect for fact in fed]


def test_without_its_files_a_day_is_the_same() -> None:
    plain = working_day(policy(), 1, 1, NOW)
    differing = 0
    for with_files, without in zip_longest(day(), plain):
        one, other = (dict(fact.event or {}) for fact in (with_files, without))
        one["data"] = {name: value for name, value in one.get("data", {}).items() if name != "papers"}
        assert one == {**other, "data": dict(other.get("data", {}))}
        differing += with_files.body != without.body
    assert differing > 10


def test_every_named_file_is_made_once_and_is_what_is_said_of_it() -> None:
    named = {
        (fact.subject, paper["file"]["sha256"])
        for fact in day()
        if fact.event is not None
        for paper in fact.event["data"].get("papers", ())
    }
    made = files()
    assert {(one.subject, one.ref.sha256) for one in made} == named
    assert len(made) == len(named)
    for one in made:
        assert hashlib.sha256(one.content).hexdigest() == one.ref.sha256
        assert len(one.content) == one.ref.size
        assert media_type_of(one.content, KINDS) == one.ref.media_type
    assert {one.ref.media_type for one in made} == {"application/pdf", "image/png"}


def test_a_share_has_files_and_never_hundreds() -> None:
    assert len(chosen(1, 1, 1)) == 1
    assert len(chosen(1, 1, 200)) == 20
    assert len(chosen(1, 1, 5000)) == 24
    assert 20 <= len(files()) <= 80
    assert files(1)


def test_a_kind_that_is_not_taken_is_not_handed_in() -> None:
    assert {one.ref.media_type for one in files_of(policy(), day(), ("pdf",))} == {"application/pdf"}


def test_a_page_names_each_of_its_objects_where_it_lies() -> None:
    made = drawn.page(["A1 用电申请书", "Form (signed) \\ kept", "示例"])
    table = made[made.rindex(b"xref\n", 0, made.index(b"trailer")) :].splitlines()
    for number, line in enumerate(table[3:11], start=1):
        assert made[int(line[:10]) :].startswith(f"{number} 0 obj".encode())
    assert int(made.split(b"startxref\n")[1].split()[0]) == made.index(b"xref\n0 9")
    stream = made.split(b"stream\n")[1].removesuffix(b"\nend")
    assert f"/Length {len(stream)} ".encode() in made
    assert rb"(Form \(signed\) \\ kept)" in stream
    assert "示例".encode("utf-16-be").hex().encode() in stream


def test_a_drawing_can_be_read_to_its_last_row() -> None:
    made = drawn.site(0x123456)
    source, rows = io.BytesIO(made[8:]), b""
    while head := source.read(8):
        size, name = struct.unpack(">I4s", head)
        data = source.read(size)
        assert zlib.crc32(name + data) == int.from_bytes(source.read(4))
        if name == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", data[:10])
        elif name == b"IDAT":
            rows += data
    assert (depth, colour) == (8, 0)
    pixels = zlib.decompress(rows)
    assert len(pixels) == (width + 1) * height
    assert set(pixels) == {0, 255}
    assert drawn.site(0x123456) == made != drawn.site(0x654321)
