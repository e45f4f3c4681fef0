"""Looks for marked texts in everything that a stack leaves on the disk, however it is written there."""

import base64
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg import sql

BEGIN = 8
"""Marks that are made together begin with the same so many signs."""

_CHUNK = 1024 * 1024
_EMPTY = bytes(_CHUNK)


def forms(mark: str) -> tuple[bytes, ...]:
    """The ways in which a text may stand in a file: plain, wide, in hex, in base64 at any of three places."""
    plain = mark.encode()
    found = [plain, mark.encode("utf-16-le"), mark.encode("utf-16-be"), plain.hex().encode()]
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + plain)
        # A sign holds six bits: those that hold bits of the neighbours are left out.
        found.append(whole[-(-before * 8 // 6) : (before + len(plain)) * 8 // 6])
    return tuple(found)


class Search:
    """Looks for many marks at once: first for what they begin with, and for each only where that is found."""

    def __init__(self, marks: Iterable[str]) -> None:
        self._marks = {mark: forms(mark) for mark in marks}
        self._begins = {form for mark in self._marks for form in forms(mark[:BEGIN])}
        self.longest = max((len(form) for every in self._marks.values() for form in every), default=0)

    def __call__(self, piece: bytes) -> set[str]:
        """Return the marks in a piece of bytes."""
        if not any(form in piece for form in self._begins):
            return set()
        return {mark for mark, every in self._marks.items() if any(form in piece for form in every)}


def in_files(folder: Path, marks: Iterable[str]) -> dict[str, set[str]]:
    """Return, by file under `folder`, which marks stand in it."""
    search = Search(marks)
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        for piece in _pieces(path, search.longest):
            if here := search(piece):
                found.setdefault(path.relative_to(folder).as_posix(), set()).update(here)
    return found


def in_database(dsn: str, marks: Iterable[str]) -> dict[str, set[str]]:
    """Return, by table, which marks stand in a row: what the server compresses no file shows."""
    search = Search(marks)
    found: dict[str, set[str]] = {}
    with psycopg.connect(dsn) as conn:
        tables = conn.execute(
            """
            SELECT schemaname, tablename FROM pg_tables
            WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
            """
        ).fetchall()
        for schema, table in tables:
            query = sql.SQL("COPY (SELECT t::text FROM {} t) TO STDOUT")
            with conn.cursor().copy(query.format(sql.Identifier(schema, table))) as rows:
                for row in rows:
                    if here := search(bytes(row)):
                        found.setdefault(f"{schema}.{table}", set()).update(here)
    return found


def in_sqlite(path: Path, marks: Iterable[str]) -> dict[str, set[str]]:
    """Return, by table, which marks stand in a value: a long one is torn between the pages of the file."""
    search = Search(marks)
    found: dict[str, set[str]] = {}
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as conn:
        names = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            for row in conn.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - the file's own names
                for value in row:
                    if here := search(value if isinstance(value, bytes) else str(value).encode()):
                        found.setdefault(name, set()).update(here)
    return found


def _pieces(path: Path, overlap: int) -> Iterator[bytes]:
    """The file in pieces that overlap, so that nothing is cut in two. One that goes meanwhile is gone."""
    try:
        with path.open("rb") as file:
            tail = b""
            while chunk := file.read(_CHUNK):
                if chunk != _EMPTY[: len(chunk)]:  # much of a log's index is nothing yet
                    yield tail + chunk
                tail = chunk[-overlap:] if overlap else b""
    except FileNotFoundError:
        return
