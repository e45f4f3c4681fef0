"""A policy as it holds on one day."""

from datetime import date
from typing import Any

from workflows.policy.model import Policy
from workflows.policy.table import Row

CALENDAR = "holidays"
"""The one table whose rows are no rules but knowledge: its newest version counts, whatever the day."""


def tables(policy: Policy) -> dict[str, tuple[Row, ...]]:
    """Return the policy's tables of rows by name; empty ones too."""
    whole = {name: getattr(policy, name) for name in Policy.model_fields}
    return {
        name: rows
        for name, rows in whole.items()
        if isinstance(rows, tuple) and all(isinstance(row, Row) for row in rows)
    }


def named_rows(policy: Policy) -> dict[str, list[tuple[str, Row]]]:
    """Return the rows of each table by name; a step is a row of its own, named after its process too."""
    named: dict[str, list[tuple[str, Row]]] = {
        table: [(row.id, row) for row in rows] for table, rows in tables(policy).items()
    }
    for process in policy.processes:
        named["processes"] += [(f"{process.id}/{step.id}", step) for step in process.steps]
    return named


def as_of(policy: Policy, day: date) -> Policy:
    """Return the policy with only the rows in force on a local day. The version and the calendar stay."""
    kept: dict[str, Any] = {
        name: tuple(row for row in rows if row.in_force(day))
        for name, rows in tables(policy).items()
        if name != CALENDAR
    }
    kept["processes"] = tuple(
        process.model_copy(update={"steps": tuple(step for step in process.steps if step.in_force(day))})
        for process in kept["processes"]
    )
    return policy.model_copy(update=kept)
