"""What differs between two policies, or between two days of one: rows added, ended, gone or changed."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Literal, NamedTuple

from workflows.policy.force import CALENDAR, as_of, named_rows
from workflows.policy.model import Policy
from workflows.policy.table import Row

What = Literal["added", "ended", "gone", "changed"]

_HEAD = ("name", "source", "prefix", "timezone", "calling_code", "languages", "years_published", "personnel")
_DAYS = ("valid_from", "valid_to")


class Field(NamedTuple):
    """A field of a row, before and after; None where it is not given."""

    name: str
    before: Any
    after: Any


class Change(NamedTuple):
    """What happened to a row. `ended`: it only gained a last day; `gone`: in force no more, or taken out."""

    table: str
    row: str
    what: What
    valid_from: date | None = None
    fields: tuple[Field, ...] = ()


def between(before: Policy, after: Policy) -> list[Change]:
    """Return what differs between two policies: every version of a row is compared with itself."""
    rows = (
        change
        for table, old, new in _tables(before, after)
        for change in _rows(table, _by_version(old), _by_version(new), leave=())
    )
    return [*_heads(before, after), *rows]


def over_time(policy: Policy, day: date, later: date) -> list[Change]:
    """Return what differs between what holds on two local days. Holidays are no rules and left out."""
    return [
        change
        for table, old, new in _tables(as_of(policy, day), as_of(policy, later))
        if table != CALENDAR
        for change in _rows(table, _by_name(old), _by_name(new), leave=_DAYS)
    ]


def _tables(
    before: Policy, after: Policy
) -> Iterator[tuple[str, list[tuple[str, Row]], list[tuple[str, Row]]]]:
    old, new = named_rows(before), named_rows(after)
    for table in new:
        yield table, old[table], new[table]


def _by_version(rows: list[tuple[str, Row]]) -> dict[Any, tuple[str, Row]]:
    return {(name, row.valid_from): (name, row) for name, row in rows}


def _by_name(rows: list[tuple[str, Row]]) -> dict[Any, tuple[str, Row]]:
    return {name: (name, row) for name, row in rows}


def _rows(
    table: str, old: Mapping[Any, tuple[str, Row]], new: Mapping[Any, tuple[str, Row]], leave: tuple[str, ...]
) -> Iterator[Change]:
    for key, (name, row) in old.items():
        if key not in new:
            yield Change(table, name, "gone", row.valid_from)
            continue
        later = new[key][1]
        fields = tuple(f for f in _fields(_said(row), _said(later)) if f.name not in leave)
        if fields:
            only_ended = [f.name for f in fields] == ["valid_to"] and row.valid_to is None
            yield Change(table, name, "ended" if only_ended else "changed", later.valid_from, fields)
    for key, (name, row) in new.items():
        if key not in old:
            yield Change(table, name, "added", row.valid_from, tuple(_fields({}, _said(row))))


def _heads(before: Policy, after: Policy) -> Iterator[Change]:
    old, new = (policy.model_dump(mode="json", include=set(_HEAD)) for policy in (before, after))
    if fields := tuple(_fields(_flat(old), _flat(new))):
        yield Change("profile", after.profile, "changed", fields=fields)


def _said(row: Row) -> dict[str, Any]:
    return _flat(row.model_dump(mode="json", exclude_defaults=True, exclude={"id", "steps"}))


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Field]:
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield Field(name, before.get(name), after.get(name))


def _flat(value: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Nested fields by dotted names; a list of plain values is one value."""
    found: dict[str, Any] = {}
    for name, one in value.items():
        if isinstance(one, Mapping):
            found |= _flat(one, f"{path}{name}.") or {f"{path}{name}": {}}
        elif isinstance(one, list) and any(isinstance(part, Mapping) for part in one):
            found |= _flat({str(place + 1): part for place, part in enumerate(one)}, f"{path}{name}.")
        else:
            found[f"{path}{name}"] = one
    return found
