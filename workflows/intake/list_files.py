"""A feed's list as it comes, CSV or JSON, becomes lines of cells by column. Nothing is understood yet."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from events.errors import MingdianError
from events.plainjson import BadJsonError, read_json
from workflows.intake.translate import Cell, cells_of
from workflows.policy.lists import ListTable, same


class ListError(MingdianError):
    """A list of which nothing can be read: another encoding, no such column, no JSON."""


class Line(NamedTuple):
    """A row where it begins in the file (in a JSON document: which row it is), its cells by column as `same`
    spells them. `fault` is the code of why it has none."""

    number: int
    cells: dict[str, Cell]
    fault: str | None = None


def lines_of(body: bytes, table: ListTable) -> Iterator[Line]:
    """Yield the rows of a list. Raises ListError, before the first row, when it can't be read as a whole."""
    read = {"csv": _table, "json": _document, "jsonl": _json_lines}[table.format]
    found = read(body, table)
    if table.format == "csv":
        return found
    listed = list(found)
    there = {name for line in listed for name in line.cells}
    if there:
        # What is null everywhere, or was left out, says nothing; a row without its id is none.
        _require(table.needed() - there)
    return iter(listed)


def unseen(lines: Iterable[Line], table: ListTable) -> list[str]:
    """Return the places that the table reads and no row has: perhaps nobody says anything there, perhaps a
    name is misspelt. A table of columns has them all, or is no such list."""
    there = {name for line in lines for name in line.cells}
    return sorted(table.columns() - there) if there else []


def _table(body: bytes, table: ListTable) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(_text(body, table), newline=""), delimiter=table.delimiter, strict=True)
    header: list[str] = []
    try:
        for _ in range(table.header):
            header = [same(name) for name in next(reader)]
    except (StopIteration, csv.Error):
        raise ListError("no_header", f"Line {table.header} holds no names of columns.") from None
    _require(table.columns() - set(header))
    if table.load is not None and (pattern := table.load.columns) is not None:
        _require(set() if any(map(pattern.fullmatch, header)) else {pattern.pattern})
    return _rows(reader, header)


def _rows(reader: Any, header: list[str]) -> Iterator[Line]:
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Line(number, {}, "bad_row")
            continue
        if not any(cell.strip() for cell in row):
            continue
        spare = row[len(header) :]
        if len(row) < len(header) or any(cell.strip() for cell in spare):
            yield Line(number, {}, "bad_row")
            continue
        yield Line(number, {name: cell for name, cell in zip(header, row, strict=False) if name})


def _document(body: bytes, table: ListTable) -> Iterator[Line]:
    found = _json(_text(body, table))
    for name in (table.rows or "").split(".") if table.rows else ():
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, list):
        place = f"at {table.rows} " if table.rows else ""
        raise ListError("no_rows", f"The document has no list of rows {place}to read.")
    for number, row in enumerate(found, start=1):
        yield line_of(number, row)


def _json_lines(body: bytes, table: ListTable) -> Iterator[Line]:
    for number, text in enumerate(_text(body, table).splitlines(), start=1):
        if not text.strip():
            continue
        try:
            row = read_json(text.encode())
        except BadJsonError:
            yield Line(number, {}, "bad_row")
        else:
            yield line_of(number, row)


def line_of(number: int, row: Any) -> Line:
    """Return an object of JSON as a line: the names of nested ones are joined by dots."""
    if not isinstance(row, dict):
        return Line(number, {}, "bad_row")
    return Line(number, {same(name): cell for name, cell in cells_of(row).items()})


def _require(lacking: set[str]) -> None:
    """A column that is nowhere is a misspelt one, or another office's list."""
    if lacking:
        listed = ", ".join(sorted(lacking))
        raise ListError("no_column", f"There is no column {listed}. Check the mapping's columns.")


def _text(body: bytes, table: ListTable) -> str:
    for encoding in table.encodings:
        try:
            return body.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    listed = " or ".join(table.encodings)
    raise ListError("bad_encoding", f"The list is not {listed}. State its encoding in the mapping.")


def _json(text: str) -> Any:
    try:
        return read_json(text.encode())
    except BadJsonError as error:
        raise ListError(error.code, error.sentence) from None
