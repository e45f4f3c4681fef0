"""The days off of a profile, as the clock reads them."""

from collections.abc import Container, Iterable
from datetime import date, timedelta

from workflows.policy.model import Policy
from workflows.policy.rows import Calendar, Holiday


def calendar_of(policy: Policy, years: Container[int] | None = None) -> Calendar:
    """Return the profile's calendar, or some years of it. The newest version of a holiday counts."""
    newest = {row.id: row for row in sorted(policy.holidays, key=lambda row: row.valid_from)}.values()
    return Calendar(
        holidays=_within((day for row in newest for day in days_off(row)), years),
        working_weekends=_within((day for row in newest for day in row.working_weekends), years),
        years_published=tuple(year for year in policy.years_published if years is None or year in years),
    )


def days_off(holiday: Holiday) -> Iterable[date]:
    """Yield every day of a holiday, first and last included."""
    length = (holiday.last - holiday.first).days + 1
    return (holiday.first + timedelta(days=n) for n in range(length))


def _within(days: Iterable[date], years: Container[int] | None) -> tuple[date, ...]:
    return tuple(sorted({day for day in days if years is None or day.year in years}))
