"""A row of a feed's list becomes what it says of a record, or is refused with every reason by its column.
Pure; no value of a row is repeated.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.cloudevents import InboundEvent
from events.errors import Problem
from workflows.intake.checks import check
from workflows.intake.list_files import Line
from workflows.intake.translate import Cell
from workflows.policy import measures
from workflows.policy.lists import ListField, ListTable, same
from workflows.policy.model import Policy

_CODE = re.compile(r"[A-Za-z0-9_.:/-]{1,80}")

SENTENCES: Mapping[str, str] = {
    "bad_row": "The row can't be read: its cells are more or fewer than the columns, or its quotes are open.",
    "no_record": "The row has no id. Every record needs one of its own.",
    "bad_record": "The id may have Latin letters, digits and _ . : / - only, at most 80.",
    "id_twice": "An earlier row of this list has the same id.",
    "no_date": "There is no date of change.",
    "bad_date": "This is no date, year first, or not in the form that the mapping states.",
    "day_missing": "A month without a day. Say in the mapping whether its first or its last day is meant.",
    "bad_number": "This is no number.",
    "no_unit": "No unit stands beside the number, and the mapping states none for the column.",
    "unknown_unit": "The unit beside the number is none that is understood.",
    "wrong_unit": "The unit beside the number measures something else.",
    "not_yes_or_no": "Neither yes nor no.",
    "unknown_word": "The mapping does not say what this word means.",
    "no_find": "The pattern of the mapping finds nothing here.",
    "one_value": "One value is wanted here, not a list.",
    "uneven_load": "Each year of the load needs its power, and each power its year.",
}


@dataclass(frozen=True)
class ListRow:
    """A row: its `record`, when the feed changed it (None: on the day of its list), the fact's data. A row
    with problems has none; `ignored` are cells that were left out."""

    line: int
    record: str | None = None
    at: datetime | None = None
    data: dict[str, Any] | None = None
    problems: tuple[Problem, ...] = ()
    ignored: tuple[Problem, ...] = ()


def rows_of(lines: Iterable[Line], table: ListTable, policy: Policy) -> Iterator[ListRow]:
    """Yield the rows of a list. One whose record stands in an earlier row is refused."""
    seen: set[str] = set()
    for line in lines:
        if line.fault is None and _is_none(line.cells, table):
            continue
        row = row_of(line, table, policy)
        if row.record in seen:
            row = ListRow(row.line, row.record, problems=(problem("id_twice", table.record),))
        elif row.record is not None:
            seen.add(row.record)
        yield row


def row_of(line: Line, table: ListTable, policy: Policy) -> ListRow:
    """Read one row."""
    if line.fault is not None:
        return ListRow(line.number, problems=(problem(line.fault, ""),))
    return _Reading(line, table, policy).row()


def objections(
    event: InboundEvent, table: ListTable, policies: Mapping[str, Policy], now: datetime, max_bytes: int
) -> list[Problem]:
    """What intake would say against it, by the list's own columns."""
    told: dict[tuple[str, str], Problem] = {}
    for one in check(event, policies, now, max_bytes).problems:
        column = table.column_of(one.field)
        told.setdefault((one.code, column), one.model_copy(update={"field": column}))
    return list(told.values())


def problem(code: str, column: str) -> Problem:
    """A reason against a row."""
    return Problem(code=code, field=column, sentence=SENTENCES[code])


class _Reading:
    """One row under the eyes of its table; `problems` and `ignored` grow as it is read."""

    def __init__(self, line: Line, table: ListTable, policy: Policy) -> None:
        self._line, self._table, self._policy = line, table, policy
        self._problems: list[Problem] = []
        self._ignored: list[Problem] = []

    def row(self) -> ListRow:
        record, at = self._record(), self._at()
        data: dict[str, Any] = {"record": record}
        for rule in self._table.fields:
            if (value := self._value(rule)) is not None:
                data[rule.name] = value
        data |= {name: value for name, value in (("load", self._load()), ("place", self._place())) if value}
        told, left = tuple(self._problems), tuple(self._ignored)
        return ListRow(self._line.number, record, at, None if told else data, told, left)

    def _text(self, column: str) -> str:
        """What a cell says; empty where it says nothing."""
        cell = self._line.cells.get(same(column), "")
        if not isinstance(cell, str):
            self._against("one_value", column)
            return ""
        return "" if self._table.says_nothing(cell) else cell.strip()

    def _record(self) -> str | None:
        record = measures.plain(self._text(self._table.record))
        if not record:
            self._against("no_record", self._table.record)
        elif not is_code(record):
            self._against("bad_record", self._table.record)
        else:
            return record
        return None

    def _at(self) -> datetime | None:
        changed = self._table.changed
        if changed is None:
            return None
        text = self._text(changed.column)
        if not text:
            self._against("no_date", changed.column)
            return None
        zone = self._table.timezone or self._policy.timezone
        try:
            return measures.moment(text, zone, changed.form, changed.month_means)
        except ValueError as error:
            self._against(str(error), changed.column)
            return None

    def _value(self, rule: ListField) -> Any:
        if rule.column is None:
            return rule.constant
        text = self._text(rule.column)
        if not text:
            return None
        try:
            return rule.value(text, self._policy)
        except ValueError as error:
            self._against(str(error), rule.column, refuse=rule.otherwise == "refuse")
            return None

    def _load(self) -> list[dict[str, Any]]:
        rule = self._table.load
        if rule is None:
            return []
        planned: dict[int, str] = {}
        for column, year, text in self._years():
            try:
                capacity = rule.capacity_kva(text)
                if capacity is not None:
                    planned[int(measures.number(year))] = capacity
            except ValueError as error:
                self._against(str(error), column)
        return [{"year": year, "capacity_kva": kva} for year, kva in sorted(planned.items())]

    def _years(self) -> Iterator[tuple[str, str, str]]:
        """Each year of the load that says something: column, year, power."""
        rule, cells = self._table.load, self._line.cells
        assert rule is not None
        if rule.columns is not None:
            for column in cells:
                found = rule.columns.fullmatch(column)
                if found is not None and (text := self._text(column)):
                    yield column, found["year"], text
            return
        years = _listed(cells.get(same(f"{rule.entries}.{rule.year}"), ()))
        powers = _listed(cells.get(same(f"{rule.entries}.{rule.capacity}"), ()))
        if len(years) != len(powers):
            self._against("uneven_load", rule.entries or "")
            return
        for year, power in zip(years, powers, strict=True):
            if not self._table.says_nothing(power):
                yield rule.entries or "", year, power

    def _place(self) -> dict[str, str] | None:
        rule = self._table.place
        if rule is None:
            return None
        found: dict[str, str] = {}
        for name, column in (("longitude", rule.longitude), ("latitude", rule.latitude)):
            if text := self._text(column):
                try:
                    found[name] = f"{measures.number(text):f}"
                except ValueError as error:
                    self._against(str(error), column)
        return found

    def _against(self, code: str, column: str, *, refuse: bool = True) -> None:
        (self._problems if refuse else self._ignored).append(problem(code, column))


def _is_none(cells: Mapping[str, Cell], table: ListTable) -> bool:
    """Whether a line is no row: a total, a heading between rows."""
    return any(
        isinstance(cell := cells.get(same(column), ""), str) and pattern.search(measures.plain(cell))
        for column, pattern in table.ignore.items()
    )


def is_code(text: str) -> bool:
    """Whether a text may name a record."""
    return 0 < len(text) <= 80 and all(
        sign.isascii() and (sign.isalnum() or sign in "_.:/-") for sign in text
    )


def _listed(cell: Cell) -> tuple[str, ...]:
    return (cell,) if isinstance(cell, str) else cell
