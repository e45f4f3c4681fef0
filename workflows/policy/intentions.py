"""What the feeds say of a project, taken together: which row counts, what each field is, where feeds differ.

Everything here depends on what was told and not on the order in which it came: of a record the newest row
counts, of a field the newest row that says it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from events.catalogue.project_facts import IntentionRow

FIELDS = tuple(name for name in IntentionRow.model_fields if name != "record")
"""What a row can say of a project."""


class Told(BaseModel):
    """What a feed told of one of its records: a row, or without a row that the record had left.

    `row_at` is when the feed changed it, `since` when it was told to this project: for a feed's own row the
    same moment. Of two rows of one moment the one told later counts, then `fact` decides. Of a row that a
    joined project shares, `origin` is that project and `path` the way it came.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    feed: str
    record: str
    origin: str | None = None
    row_at: datetime
    since: datetime
    fact: str = ""
    row: IntentionRow | None = None
    path: tuple[str, ...] = ()


class Record(NamedTuple):
    """A record of a feed as it stands: its newest row, when it was changed, and when it left the feed if it
    did since."""

    feed: str
    record: str
    origin: str | None
    row: IntentionRow
    row_at: datetime
    gone_at: datetime | None
    path: tuple[str, ...]


Parted = Mapping[str, datetime]
"""When rows of an origin were last taken back: by the origin, or by `one_row`."""


def one_row(origin: str, feed: str, record: str) -> str:
    """Return the name under which one row of an origin is taken back."""
    return f"{origin}|{feed}|{record}"


def put(told: Sequence[Told], new: Told) -> list[Told]:
    """Return what was told with `new` in its place.

    Of each record of each origin only what no other beats both in `row_at` and in `since` is kept: a parting
    takes back what was told before it, and then an older row told later may count.
    """
    others = [one for one in told if _of(one) != _of(new)]
    same = [one for one in told if _of(one) == _of(new)]
    if not any(_beats(one, new) for one in same):
        same = [*(one for one in same if not _beats(new, one)), new]
    return sorted([*others, *same], key=_place)


def counting(told: Iterable[Told], parted: Parted) -> list[Told]:
    """Return what counts: of an origin only what was told since it was last taken back."""
    return [one for one in told if one.origin is None or _stays(one, one.origin, parted)]


def records(told: Iterable[Told], parted: Parted) -> list[Record]:
    """Return each record as it stands, the newest first. Told by several origins, the newest row counts."""
    rows: dict[tuple[str, str], Told] = {}
    left: dict[tuple[str, str], datetime] = {}
    for one in counting(told, parted):
        key = one.feed, one.record
        if one.row is None:
            left[key] = max(one.row_at, left.get(key, one.row_at))
        elif key not in rows or _newer(one) > _newer(rows[key]):
            rows[key] = one
    found = [
        Record(
            one.feed,
            one.record,
            one.origin,
            one.row,
            one.row_at,
            left[key] if key in left and left[key] >= one.row_at else None,
            one.path,
        )
        for key, one in rows.items()
        if one.row is not None
    ]
    return sorted(found, key=lambda one: (one.row_at, one.feed, one.record), reverse=True)


def values(standing: Sequence[Record]) -> dict[str, Any]:
    """Return each field that anybody says: as the newest row has it that says it. A record that has left its
    feed is asked only where no other says anything."""
    found: dict[str, Any] = {}
    for record in sorted(standing, key=lambda one: one.gone_at is not None):
        for name, value in said(record.row):
            found.setdefault(name, value)
    return found


def conflicts(standing: Sequence[Record]) -> dict[str, tuple[Any, ...]]:
    """Return the fields on which the records that stand in their feeds differ, the newest value first."""
    by_field: dict[str, list[Any]] = {}
    for record in standing:
        if record.gone_at is None:
            for name, value in said(record.row):
                by_field.setdefault(name, []).append(value)
    return {
        name: tuple(every)
        for name, every in sorted(by_field.items())
        if any(one != every[0] for one in every)
    }


def newest(standing: Sequence[Record]) -> Record | None:
    """Return the record that was changed last, one that has left its feed only where there is no other."""
    present = [one for one in standing if one.gone_at is None]
    return next(iter([*present, *standing]), None)


def said(row: IntentionRow) -> Iterator[tuple[str, Any]]:
    """Yield the fields that a row says, with their values: what it leaves out, it does not say."""
    for name in FIELDS:
        value = getattr(row, name)
        if value is not None and value != ():
            yield name, value


def _stays(one: Told, origin: str, parted: Parted) -> bool:
    names = (origin, one_row(origin, one.feed, one.record))
    return all(name not in parted or one.since > parted[name] for name in names)


def _of(one: Told) -> tuple[str, str, str, bool]:
    return one.origin or "", one.feed, one.record, one.row is None


def _newer(one: Told) -> tuple[datetime, datetime, str]:
    return one.row_at, one.since, one.fact


def _place(one: Told) -> tuple[Any, ...]:
    return (*_of(one), one.row_at, one.since, one.fact)


def _beats(one: Told, other: Told) -> bool:
    """Whether `other` can never count while `one` is there."""
    return _newer(one) >= _newer(other) and one.since >= other.since
