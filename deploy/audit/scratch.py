"""What an audit must remember of every event: a database of its own, in memory while small, then on disk.

It has no name in the file system: it is gone with the process, however that ends.
"""

import sqlite3
from types import TracebackType
from typing import Self

_TABLES = """
-- Every place of every stream that was seen.
CREATE TABLE event (
    stream INTEGER NOT NULL, sequence INTEGER NOT NULL, hash BLOB NOT NULL,
    PRIMARY KEY (stream, sequence)
) WITHOUT ROWID;
-- Records behind a hole, whole, until the hole fills.
CREATE TABLE ahead (
    stream INTEGER NOT NULL, sequence INTEGER NOT NULL, place TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (stream, sequence)
) WITHOUT ROWID;
-- The facts that events name as their cause, and the first stream that did.
CREATE TABLE cause (cause TEXT PRIMARY KEY, stream INTEGER NOT NULL, subject TEXT NOT NULL) WITHOUT ROWID;
-- What each fact led to and was not taken back.
CREATE TABLE said (
    stream INTEGER NOT NULL, what BLOB NOT NULL, sequence INTEGER NOT NULL,
    PRIMARY KEY (stream, what)
) WITHOUT ROWID;
-- The files that events name. `ours`: handed in on our own pages, which keep a file before they tell of it.
CREATE TABLE paper (
    subject TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, media_type TEXT NOT NULL,
    ours INTEGER NOT NULL,
    PRIMARY KEY (subject, sha256, size, media_type, ours)
) WITHOUT ROWID;
-- The read models as the log makes them.
CREATE TABLE folded (
    model TEXT NOT NULL, key TEXT NOT NULL, row TEXT NOT NULL, PRIMARY KEY (model, key)
) WITHOUT ROWID;
"""
_CACHE_KIB = 64 * 1024


class Scratch:
    """The database; `db` is for the parts of the audit. One thread at a time."""

    def __init__(self) -> None:
        self.db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self.db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self.db.execute("PRAGMA journal_mode = OFF")
        self.db.execute("PRAGMA synchronous = OFF")
        self.db.executescript(_TABLES)
        self.db.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.db.close()
