"""What the feeds say of a project, taken together: which row counts, what each field is, where feeds differ.

Everything here depends on the rows alone and not on the order in which they came: of a record the newest row
counts, of a field the newest row that says it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from events.catalogue.project_facts import IntentionRow
from projections.prestart.state import ProjectState, Told

FIELDS = tuple(name for name in IntentionRow.model_fields if name != "record")
"""What a row can say of a project."""

AGREED = ("load", "expected_energise_on")
"""What a load plan agreed with the customer says, too, and then goes before every feed."""


class Said(NamedTuple):
    """A value of a field with its source: changed there at `row_at`, told to us at `told_at`. `feed` and
    `record` are None for what was agreed with the customer; `gone`: the record has left its feed."""

    value: Any
    feed: str | None
    record: str | None
    row_at: datetime
    told_at: datetime
    gone: bool = False


class Record(NamedTuple):
    """A record of a feed as it stands now: its newest row, and whether it has left the feed."""

    feed: str
    record: str
    origin: str | None
    row: IntentionRow
    row_at: datetime
    told_at: datetime
    gone: bool

    def says(self, value: Any) -> Said:
        """Return a value of a field with this record as its source."""
        return Said(value, self.feed, self.record, self.row_at, self.told_at, self.gone)


def put(told: Sequence[Told], new: Told) -> list[Told]:
    """Return what was told with `new` in its place.

    Of each record of each origin only rows are kept that no other beats both in `row_at` and in `since`: a
    parting takes back what was told before it, and then an older row told later may count.
    """
    same = [one for one in told if _of(one) == _of(new)]
    if any(_beats(one, new) for one in same):
        return list(told)
    others = [one for one in told if _of(one) != _of(new)]
    kept = [one for one in same if not _beats(new, one)]
    return sorted([*others, *kept, new], key=_place)


def counting(state: ProjectState) -> list[Told]:
    """Return what counts: rows of an origin only if they were told since it was last parted."""
    return [
        one
        for one in state.told
        if one.origin is None
        or one.origin not in state.parted_rows
        or one.since > state.parted_rows[one.origin]
    ]


def records(state: ProjectState) -> list[Record]:
    """Return each record as it stands, the newest first. Told by several origins, the newest row counts."""
    rows: dict[tuple[str, str], Told] = {}
    left: dict[tuple[str, str], datetime] = {}
    for one in counting(state):
        key = one.feed, one.record
        if one.row is None:
            left[key] = max(one.row_at, left.get(key, one.row_at))
        elif key not in rows or (one.row_at, one.fact) > (rows[key].row_at, rows[key].fact):
            rows[key] = one
    found = [
        Record(
            one.feed,
            one.record,
            one.origin,
            one.row,
            one.row_at,
            one.since,
            gone=key in left and left[key] >= one.row_at,
        )
        for key, one in rows.items()
        if one.row is not None
    ]
    return sorted(found, key=lambda one: (one.row_at, one.feed, one.record), reverse=True)


def values(state: ProjectState) -> dict[str, Said]:
    """Return the value of each field that anybody says: of the newest row that says it. A record that has
    left its feed is asked only where no other says anything."""
    found: dict[str, Said] = {}
    for record in sorted(records(state), key=lambda one: one.gone):
        for name, value in said(record.row):
            found.setdefault(name, record.says(value))
    if state.planned is not None:
        for name in AGREED:
            if value := getattr(state.planned, name):
                found[name] = Said(value, None, None, state.planned.at, state.planned.at)
    return found


def conflicts(state: ProjectState) -> dict[str, tuple[Said, ...]]:
    """Return the fields on which the records that stand in their feeds differ, with what each says, the
    newest first."""
    by_field: dict[str, list[Said]] = {}
    for record in records(state):
        if not record.gone:
            for name, value in said(record.row):
                by_field.setdefault(name, []).append(record.says(value))
    return {
        name: tuple(every)
        for name, every in sorted(by_field.items())
        if any(one.value != every[0].value for one in every)
    }


def newest(state: ProjectState) -> IntentionRow | None:
    """Return the newest row of all, of a record that has left its feed only where there is no other."""
    every = records(state)
    return next((one.row for one in every if not one.gone), every[0].row if every else None)


def said(row: IntentionRow) -> Iterator[tuple[str, Any]]:
    """Yield the fields that a row says, with their values: what it leaves out, it does not say."""
    for name in FIELDS:
        value = getattr(row, name)
        if value is not None and value != ():
            yield name, value


def newest_at(told: Iterable[Told]) -> datetime | None:
    """When a feed last changed any of this."""
    return max((one.row_at for one in told), default=None)


def _of(one: Told) -> tuple[str, str, str, bool]:
    return one.origin or "", one.feed, one.record, one.row is None


def _place(one: Told) -> tuple[Any, ...]:
    return (*_of(one), one.row_at, one.since, one.fact)


def _beats(one: Told, other: Told) -> bool:
    """Whether `other` can never count while `one` is there."""
    return (one.row_at, one.fact) >= (other.row_at, other.fact) and one.since >= other.since
