"""Strict RFC 3339: what upstream says about *when* is taken only with its zone."""

import re
from datetime import UTC, datetime

from events.errors import Problem

_FORM = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII
)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def read_strict(text: str, field: str = "time") -> datetime | Problem:
    """Return the moment in UTC (digits beyond the microsecond are cut), or the reason why it is refused."""
    form = _FORM.fullmatch(text)
    if form is None:
        return Problem(
            code="bad_time", field=field, sentence="Not an RFC 3339 time such as 2026-03-01T09:30:00+08:00."
        )
    day, clock, fraction, zone = form.groups()
    if zone is None:
        return Problem(
            code="naive_time",
            field=field,
            sentence="The time has no zone. Add Z or an offset such as +08:00.",
        )
    offset = "+00:00" if zone in "Zz" else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6]:0<6}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        return Problem(
            code="bad_time", field=field, sentence="No such day or hour. Check the calendar and the clock."
        )
    if moment < _EARLIEST:
        return Problem(code="bad_time", field=field, sentence="The time lies before 1990. Check the year.")
    return moment
