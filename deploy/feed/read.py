"""Reads a file to the end: CSV through a mapping, or CloudEvents as JSON Lines. Nothing is sent from here."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from deploy.errors import UserError
from deploy.feed.mapping import Mapping as Rules
from deploy.feed.rows import Fact, Item, RowReader
from events.cloudevents import read_structured
from events.errors import Problem
from workflows.intake.checks import check
from workflows.policy.model import Policy


def read_table(
    path: Path, rules: Rules, policies: Mapping[str, Policy], now: datetime, max_bytes: int
) -> Iterator[Item]:
    """Read a CSV, one item a row; `line` is where the row begins in the file, the header being line 1.

    Raises UserError when the file can't be read, lacks a column, or names a profile that is not served.
    """
    if rules.profile not in policies:
        served = ", ".join(policies)
        raise UserError("unknown_profile", f"Profile {rules.profile} is not served. Listed are: {served}.")
    lines = csv.reader(io.StringIO(_text(path, rules.encoding), newline=""), delimiter=rules.delimiter)
    header = next(lines, [])
    if lacking := sorted(rules.columns() - set(header)):
        raise UserError(
            "no_column", f"{path} has no column {', '.join(lacking)}. Check the mapping's columns."
        )
    reader = RowReader(rules, policies, now, max_bytes)
    seen: set[str] = set()
    while True:
        line = lines.line_num + 1
        try:
            row = next(lines)
        except StopIteration:
            return
        except csv.Error:
            yield _refused(line, "bad_row", "The row is no CSV. Check its quotes.")
            continue
        if not row:
            continue
        if len(row) != len(header):
            yield _refused(line, "bad_row", "The row has more or fewer cells than the header.")
            continue
        item = reader.read(line, dict(zip(header, row, strict=True)))
        yield (
            _refused(line, "id_twice", "An earlier row has the same reference.")
            if _again(item, seen)
            else item
        )


def read_events(path: Path, source: str | None = None) -> Iterator[Item]:
    """Read JSON Lines, one item a line; the door judges them. Raises UserError when the file can't be
    read.
    """
    for line, text in enumerate(_bytes(path).removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if text.strip():
            event = read_structured(text)
            yield Item(line, (Fact(event.text("source") or source, event.text("id"), text.strip()),))


def _again(item: Item, seen: set[str]) -> bool:
    """Whether one of the item's ids came before; two rows of one reference would overwrite each other
    upstream.
    """
    ids = {fact.id for fact in item.facts if fact.id is not None}
    if ids & seen:
        return True
    seen |= ids
    return False


def _refused(line: int, code: str, sentence: str) -> Item:
    return Item(line, problems=(Problem(code=code, field="", sentence=sentence),))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError("no_file", f"{path} can't be read: {error.strerror}. Check the path.") from None


def _text(path: Path, encoding: str) -> str:
    try:
        return _bytes(path).decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise UserError(
            "bad_encoding", f"{path} is not {encoding}. State its encoding in the mapping."
        ) from None


def check_events(
    items: Sequence[Item], policies: Mapping[str, Policy], now: datetime, max_bytes: int
) -> list[Item]:
    """Judge the lines of a file of events as intake would, without a case to look at."""
    return [
        replace(
            item, problems=tuple(p for fact in item.facts for p in _against(fact, policies, now, max_bytes))
        )
        for item in items
    ]


def _against(
    fact: Fact, policies: Mapping[str, Policy], now: datetime, max_bytes: int
) -> tuple[Problem, ...]:
    return check(read_structured(fact.body), policies, now, max_bytes).problems
