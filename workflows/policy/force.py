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
