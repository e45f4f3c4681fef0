"""What both ways in, the door and the command line, do with a list once it is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from events.errors import Problem
from workflows.intake.list_files import ListError
from workflows.intake.list_plan import Listed, Plan, Telling
from workflows.intake.list_rows import ListRow
from workflows.policy import measures
from workflows.policy.lists import ListTable
from workflows.policy.model import Policy


def listed_of(
    table: ListTable, policy: Policy, source: str, as_of: str, *, complete: bool, now: datetime
) -> Listed:
    """Return whose list it is and of which moment. Raises ListError: `no_as_of`, `bad_as_of`."""
    zone = table.timezone or policy.timezone
    if not as_of and (complete or table.changed is None):
        raise ListError("no_as_of", "Say with as_of of which day the list is, like 2026-03-31.")
    try:
        at = measures.moment(as_of, zone) if as_of else None
    except ValueError:
        raise ListError("bad_as_of", "as_of is a day, like 2026-03-31, or a moment.") from None
    if at is not None and at > now:
        raise ListError("bad_as_of", "as_of lies in the future.")
    return Listed(table.profile, source, zone, at, complete)


def sift(
    made: Plan, rows: Sequence[ListRow], against: Callable[[Telling], list[Problem]]
) -> tuple[Plan, list[ListRow]]:
    """Leave out of a plan what intake would refuse, and say so of the row."""
    refused: dict[int, list[Problem]] = {}
    for telling in made.tellings:
        if telling.row is not None and (problems := against(telling)):
            refused[telling.row.line] = problems
    if not refused:
        return made, list(rows)
    records = {row.record for row in rows if row.line in refused}
    left = tuple(one for one in made.tellings if one.record not in records)
    mended = [
        replace(row, data=None, problems=tuple(refused[row.line])) if row.line in refused else row
        for row in rows
    ]
    return replace(made, tellings=left), mended


@dataclass(frozen=True)
class ReadList:
    """A list that was read: whose it is, its rows, the places that no row has."""

    listed: Listed
    rows: list[ListRow]
    unseen: list[str]


def by_line(rows: Sequence[ListRow]) -> list[Problem]:
    """Return all that was refused, each with its line and column."""
    return [
        one.model_copy(update={"field": f"line {row.line}" + (f", {one.field}" if one.field else "")})
        for row in rows
        for one in row.problems
    ]
