"""What was released stays as it was: cases live by it, and their replay must find it again.

A release keeps, for every row of a policy, the hash of its content. From then on a row may only gain an end
(`valid_to`) that lies after the release; another content is a new version of the row, from its own day on.
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

from pydantic import Field

from events.canonical import digest
from workflows.policy.faults import Fault
from workflows.policy.force import CALENDAR, named_rows
from workflows.policy.model import Policy
from workflows.policy.table import Row, Table

KNOWLEDGE = frozenset({CALENDAR, "regions", "teams", "rota", "roles", "channels", "feeds"})
"""Tables of knowledge, not of rules: a row may say what was so all along."""

_HEAD = ("profile", "source", "prefix", "timezone")


class ReleasedRow(Table):
    """A row as it was released: `sha256` of its content without its end, and the end that it had."""

    id: str
    valid_from: date
    valid_to: date | None = None
    sha256: str


class Release(Table):
    """Everything released of a profile up to a local day; rows in the order of their tables."""

    released_on: date
    head: dict[str, str]
    rows: dict[str, tuple[ReleasedRow, ...]] = Field(default_factory=dict)


def release_of(policy: Policy, today: date) -> Release:
    """Return what a release of this policy on a local day keeps."""
    return Release(
        released_on=today,
        head=_head(policy),
        rows={
            table: tuple(_kept(*one) for one in rows) for table, rows in named_rows(policy).items() if rows
        },
    )


def broken(policy: Policy, release: Release) -> list[Fault]:
    """Return every released row that is not what it was; an empty list when the release is kept."""
    found = [
        Fault("profile", name, f"was released as {was}. Put it back: numbers and logs carry it.")
        for name, was in release.head.items()
        if _head(policy)[name] != was
    ]
    present = named_rows(policy)
    for table, rows in release.rows.items():
        found += _changed(table, present.get(table, []), rows, release.released_on)
    return found


def backdated(policy: Policy, release: Release, today: date) -> list[Fault]:
    """Return what, unreleased, would change days that are past: rules that are new yet in force since before
    today, or that end before it."""
    return list(_backdated(policy, release, today))


def content(row: Row) -> dict[str, Any]:
    """Return what a row says, without its end. A field that the platform gains later, and that the row does
    not use, is no part of it."""
    return row.model_dump(mode="json", exclude_defaults=True, exclude={"valid_to", "steps"})


def _backdated(policy: Policy, release: Release, today: date) -> Iterator[Fault]:
    for table, rows in named_rows(policy).items():
        known = {(one.id, one.valid_from): one for one in release.rows.get(table, ())}
        for name, row in () if table in KNOWLEDGE else rows:
            old = known.get((name, row.valid_from))
            if old is None and row.valid_from < today:
                yield Fault(table, name, f"is new, yet in force since {row.valid_from}: a day that is past.")
            elif old is not None and row.valid_to != old.valid_to and row.valid_to and row.valid_to < today:
                yield Fault(table, name, f"is ended on {row.valid_to}: a day that is past.")


def _changed(
    table: str, present: list[tuple[str, Row]], released: tuple[ReleasedRow, ...], on: date
) -> Iterator[Fault]:
    now = {(name, row.valid_from): row for name, row in present}
    for old in released:
        row = now.get((old.id, old.valid_from))
        if row is None:
            sentence = (
                f"was released, in force from {old.valid_from}, and is gone. Put it back; end it instead."
            )
            yield Fault(table, old.id, sentence)
        elif _kept(old.id, row).sha256 != old.sha256:
            sentence = (
                f"was released with another content, in force from {old.valid_from}. Put it back, end it, "
            )
            yield Fault(table, old.id, sentence + "and write a new version from its own day on.")
        elif row.valid_to != old.valid_to and not _ends_later(row, old, on):
            sentence = f"has another end than was released. An end may only be added, after {on}."
            yield Fault(table, old.id, sentence)
    place = {key: n for n, key in enumerate(now)}
    kept = [key for old in released if (key := (old.id, old.valid_from)) in now]
    for before, after in pairwise(kept):
        if place[before] > place[after]:
            yield Fault(
                table, after[0], f"stood after {before[0]} when released. Keep that order: it decides."
            )


def _ends_later(row: Row, old: ReleasedRow, on: date) -> bool:
    return old.valid_to is None and row.valid_to is not None and row.valid_to > on


def _head(policy: Policy) -> dict[str, str]:
    return {name: str(getattr(policy, name)) for name in _HEAD}


def _kept(name: str, row: Row) -> ReleasedRow:
    return ReleasedRow(id=name, valid_from=row.valid_from, valid_to=row.valid_to, sha256=digest(content(row)))
