"""What is known of a project, each thing with its source.

The rules of the feeds' rows (which row counts, what each field is, where feeds differ) are the policy's, so
that page and project never disagree.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from projections.prestart.state import ProjectState
from workflows.policy import intentions
from workflows.policy.intentions import FIELDS, Record, Told

AGREED = ("load", "expected_energise_on")
"""What a load plan agreed with the customer says, too, and then goes before every feed."""

__all__ = ["AGREED", "FIELDS", "Said", "conflicts", "counting", "newest", "newest_at", "records", "values"]


class Said(NamedTuple):
    """A value of a field with its source: changed there at `row_at`, told to us at `told_at`. `feed` and
    `record` are None for what was agreed with the customer; `gone`: the record has left its feed."""

    value: Any
    feed: str | None
    record: str | None
    row_at: datetime
    told_at: datetime
    gone: bool = False


def counting(state: ProjectState) -> list[Told]:
    """Return what counts of all that was told: without what joined projects took back."""
    return intentions.counting(state.told, state.parted_rows)


def records(state: ProjectState) -> list[Record]:
    """Return each record as it stands, the newest first."""
    return intentions.records(state.told, state.parted_rows)


def values(state: ProjectState) -> dict[str, Said]:
    """Return the value of each field that anybody says: of the newest row that says it. A record that has
    left its feed is asked only where no other says anything."""
    found: dict[str, Said] = {}
    for record, told_at in sorted(_known(state), key=lambda one: one[0].gone_at is not None):
        for name, value in intentions.said(record.row):
            found.setdefault(name, _said(record, told_at, value))
    if state.planned is not None:
        for name in AGREED:
            if value := getattr(state.planned, name):
                found[name] = Said(value, None, None, state.planned.at, state.planned.at)
    return found


def conflicts(state: ProjectState) -> dict[str, tuple[Said, ...]]:
    """Return the fields on which the records that stand in their feeds differ, with what each says, the
    newest first."""
    known = _known(state)
    return {
        name: tuple(
            _said(record, told_at, value)
            for record, told_at in known
            for field, value in intentions.said(record.row)
            if field == name and record.gone_at is None
        )
        for name in intentions.conflicts([record for record, _ in known])
    }


def newest(state: ProjectState) -> Record | None:
    """Return the record that was changed last."""
    return intentions.newest(records(state))


def newest_at(told: Iterable[Told]) -> datetime | None:
    """When a feed last changed any of this."""
    return max((one.row_at for one in told), default=None)


def _known(state: ProjectState) -> list[tuple[Record, datetime]]:
    """Each record, with when its row was first told to us."""
    told: dict[tuple[str, str, datetime], datetime] = {}
    for one in counting(state):
        if one.row is not None:
            key = one.feed, one.record, one.row_at
            told[key] = min(one.since, told.get(key, one.since))
    return [(record, told[record.feed, record.record, record.row_at]) for record in records(state)]


def _said(record: Record, told_at: datetime, value: Any) -> Said:
    gone = record.gone_at is not None
    return Said(value, record.feed, record.record, record.row_at, told_at, gone)
