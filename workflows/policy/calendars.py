"""The days off of a profile, as the clock reads them."""

from collections.abc import Iterable
from datetime import date, timedelta

from events.canonical import digest
from workflows.policy.model import Policy
from workflows.policy.rows import Calendar, Holiday


def newest(policy: Policy) -> Iterable[Holiday]:
    """Return the newest version of every holiday: whatever the day, that is what is known."""
    return {row.id: row for row in sorted(policy.holidays, key=lambda row: row.valid_from)}.values()


def calendar_of(policy: Policy, first_year: int | None = None) -> Calendar:
    """Return the profile's calendar, or that from a year on. The newest version of a holiday counts."""
    known = newest(policy)
    return Calendar(
        first_year=first_year,
        holidays=_from(first_year, (day for row in known for day in days_off(row))),
        working_weekends=_from(first_year, (day for row in known for day in row.working_weekends)),
        years_published=tuple(y for y in policy.years_published if first_year is None or y >= first_year),
    )


def version_of(calendar: Calendar) -> str:
    """Return the hash of a calendar's content."""
    return digest(calendar.model_dump(mode="json"))


def days_off(holiday: Holiday) -> Iterable[date]:
    """Yield every day of a holiday, first and last included."""
    length = (holiday.last - holiday.first).days + 1
    return (holiday.first + timedelta(days=n) for n in range(length))


def _from(year: int | None, days: Iterable[date]) -> tuple[date, ...]:
    return tuple(sorted({day for day in days if year is None or day.year >= year}))
