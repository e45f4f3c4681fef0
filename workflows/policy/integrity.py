"""Does a policy hold together? Everything wrong with its tables, each fault named by table and row.

A policy is looked at as it holds on each day on which something in it changes: a table may be whole today and
have a hole from next January on.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise

from workflows.policy import coherence, coverage, project_checks
from workflows.policy.faults import Fault
from workflows.policy.force import CALENDAR, as_of, named_rows
from workflows.policy.model import Policy
from workflows.policy.table import Row


def faults(policy: Policy) -> list[Fault]:
    """Return everything wrong with a policy; an empty list when it may be used."""
    found = [*_versions(policy), *coherence.calendar_faults(policy)]
    if found:
        return found  # what is in force twice would only repeat itself below
    told: set[Fault] = set()
    for day, held in eras(policy):
        for fault in coherence.faults(held) or coverage.faults(held) or project_checks.faults(held):
            if fault not in told:
                told.add(fault)
                found.append(fault if day is None else fault.from_day(day))
    return found


def eras(policy: Policy) -> Iterator[tuple[date | None, Policy]]:
    """Yield the policy as it holds from each day on which it changes; the first, without a day, is its
    beginning: the first day on which it connects anybody."""
    days = sorted(set(_changes(policy)))
    begin = min((row.valid_from for row in policy.processes), default=min(days, default=date.min))
    yield None, as_of(policy, begin)
    for day in days:
        if day > begin:
            yield day, as_of(policy, day)


def _changes(policy: Policy) -> Iterator[date]:
    for table, rows in named_rows(policy).items():
        if table != CALENDAR:
            yield from _days_of(row for _, row in rows)


def _days_of(rows: Iterable[Row]) -> Iterator[date]:
    for row in rows:
        yield row.valid_from
        if row.valid_to is not None:
            yield row.valid_to + timedelta(days=1)


def _versions(policy: Policy) -> Iterator[Fault]:
    """Versions of a row follow each other: no hole between them, no day on which two are in force."""
    for table, rows in named_rows(policy).items():
        yield from _follow(table, rows)


def _follow(table: str, rows: Iterable[tuple[str, Row]]) -> Iterator[Fault]:
    versions: dict[str, list[Row]] = defaultdict(list)
    for name, row in sorted(rows, key=lambda one: one[1].valid_from):
        versions[name].append(row)
    for name, listed in versions.items():
        for older, newer in pairwise(listed):
            if older.valid_to is None or older.valid_to >= newer.valid_from:
                yield Fault(table, name, "is in force twice on one day. Rename it, or end the older one.")
            elif older.valid_to + timedelta(days=1) != newer.valid_from:
                yield Fault(table, name, "has a hole between two versions. Let one follow the other.")
