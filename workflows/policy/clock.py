"""The clock of the policy: when something is due, and how long it took.

The rules, in one place for every limit:

- A *day* is a local day of the profile; that of entry is day zero; due is the END of the n-th day after it.
- `D` counts every day; `WD` working days only: weekends and holidays are skipped, make-up weekends count.
- A pause takes out the local days after the day on which it starts, up to and including the day on which it
  ends, whatever the hour; the day on which it starts still counts. So a pause within one day takes nothing,
  and the day of resumption is a new day zero. Days that two pauses share are taken out once.
- `h` counts exact hours and stands still exactly as long as the pauses last.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from events.catalogue.connection_events import LimitShown
from events.catalogue.traits import Traits
from workflows.policy.conditions import holds
from workflows.policy.model import CaseSlice, StepRule
from workflows.policy.rows import Calendar, Target

_DAY = timedelta(days=1)
_END_OF_DAY = time(23, 59, 59, 999_999)


class Span(NamedTuple):
    """A pause, from `start` to `end`; `end` is None while it lasts."""

    start: datetime
    end: datetime | None


def local_day(moment: datetime, timezone: str) -> date:
    """Return the profile's day in which an aware moment lies. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone belongs to no day")
    return moment.astimezone(ZoneInfo(timezone)).date()


def end_of_day(day: date, timezone: str) -> datetime:
    """Return the last microsecond of a local day, in UTC."""
    return datetime.combine(day, _END_OF_DAY, ZoneInfo(timezone)).astimezone(UTC)


def working_day(calendar: Calendar, day: date) -> bool:
    """Return whether people work on this day: a make-up weekend counts, a holiday does not."""
    if day in calendar.working_weekends:
        return True
    return day.weekday() < 5 and day not in calendar.holidays


def due(entered: datetime, limit: LimitShown, calendar: Calendar, timezone: str) -> datetime:
    """Return when a limit that runs without a pause is due, in UTC."""
    if limit.unit == "h":
        return entered.astimezone(UTC) + timedelta(hours=limit.value)
    return end_of_day(_nth_day(local_day(entered, timezone), limit, calendar, ()), timezone)


def reminder(due_at: datetime, before: LimitShown, calendar: Calendar, timezone: str) -> datetime:
    """Return the moment that lies so long before a due date: the end of a working day, for working days."""
    if before.unit == "h":
        return due_at - timedelta(hours=before.value)
    day, left = local_day(due_at, timezone), before.value
    while left > 0:
        day -= _DAY
        if before.unit == "D" or working_day(calendar, day):
            left -= 1
    return end_of_day(day, timezone)


def due_with_pauses(
    entered: datetime, limit: LimitShown, pauses: Sequence[Span], calendar: Calendar, timezone: str
) -> datetime | None:
    """Return when a limit is due in UTC, or None while a pause that has no end yet keeps it from being known.

    More or longer pauses never make it earlier. Pauses may overlap and come in any order.
    """
    if limit.unit == "h":
        return _due_in_hours(entered.astimezone(UTC), timedelta(hours=limit.value), pauses)
    closed = [_Days(local_day(p.start, timezone), local_day(p.end, timezone)) for p in pauses if p.end]
    halts = [local_day(p.start, timezone) for p in pauses if p.end is None]
    day = _nth_day(local_day(entered, timezone), limit, calendar, closed)
    if halts and day > min(halts):
        return None
    return end_of_day(day, timezone)


def elapsed_days(start: datetime, end: datetime, pauses: Sequence[Span], timezone: str) -> tuple[int, int]:
    """Return calendar days from start to end: (gross, net of pauses), by the days that move a due date.

    Always gross >= net >= 0; an end before the start makes no days. A pause that lasts is taken up to `end`.
    """
    first, last = local_day(start, timezone), local_day(end, timezone)
    spans = [_Days(local_day(p.start, timezone), local_day(p.end or end, timezone)) for p in pauses]
    gross = max(0, (last - first).days)
    net = sum(not _paused(first + _DAY * n, spans) for n in range(1, gross + 1))
    return gross, net


def is_overdue(due_at: datetime, at: datetime) -> bool:
    """Return whether a moment lies after the due date: the whole day of the due date is in time."""
    return at > due_at


def provisional(calendar: Calendar, due_at: datetime, timezone: str) -> bool:
    """Return whether a due date may still move: the holidays of its year are not published yet."""
    return local_day(due_at, timezone).year not in calendar.years_published


def limit_for(rule: StepRule, traits: Traits) -> LimitShown | None:
    """Return the limit of a step for these traits (as the plan has amended them), or None without one."""
    return next((choice.limit for choice in rule.limits if holds(choice.when, traits)), None)


def target_for(case: CaseSlice, traits: Traits) -> Target | None:
    """Return the promise for the whole process that these traits fall under, or None without one."""
    return next((target for target in case.targets if holds(target.when, traits)), None)


class _Days(NamedTuple):
    """A pause in local days: those after `start`, up to and including `end`, do not count."""

    start: date
    end: date


def _paused(day: date, spans: Iterable[_Days]) -> bool:
    return any(span.start < day <= span.end for span in spans)


def _nth_day(entered: date, limit: LimitShown, calendar: Calendar, pauses: Sequence[_Days]) -> date:
    day, left = entered, limit.value
    while left > 0:
        day += _DAY
        if (limit.unit == "D" or working_day(calendar, day)) and not _paused(day, pauses):
            left -= 1
    return day


def _due_in_hours(entered: datetime, left: timedelta, pauses: Sequence[Span]) -> datetime | None:
    moment = entered
    for start, end in sorted(pauses, key=lambda pause: pause.start):
        if start >= moment + left:
            break
        if end is not None and end <= moment:
            continue
        left -= max(timedelta(0), start - moment)
        if end is None:
            return None
        moment = max(moment, end)
    return (moment + left).astimezone(UTC)
