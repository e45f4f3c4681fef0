"""Numbers, dates and yes or no as people write them into lists: full-width digits, 万千伏安, 2026年3月. Pure.

Nothing here guesses: what could mean two things is a `ValueError` whose text is a stable code.
"""

import calendar
import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

Quantity = Literal["VA", "W", "V", "CNY"]
MonthMeans = Literal["first", "last"]

_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_MEASURE = re.compile(rf"(?P<number>{_NUMBER})(?P<unit>[^\d.]*)")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DAY = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日?)"
)
_MONTH = re.compile(r"(\d{4})(?:[-/.](\d{1,2})|年(\d{1,2})月(?:份)?)")
_CLOCK = re.compile(
    r"(?P<day>.+?)(?:[T ]+)(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)"
)

_PREFIXES = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000, "万": 10_000, "万k": 10_000_000}
_PREFIXES |= {"千": 1_000, "万千": 10_000_000, "兆": 1_000_000, "吉": 1_000_000_000}
_BASES: dict[str, Quantity] = {"va": "VA", "伏安": "VA", "w": "W", "瓦": "W", "v": "V", "伏": "V"}
_UNITS: dict[str, tuple[Quantity, Decimal]] = {
    f"{prefix}{base}": (quantity, Decimal(scale))
    for base, quantity in _BASES.items()
    for prefix, scale in _PREFIXES.items()
} | {
    f"{prefix}元": ("CNY", Decimal(scale))
    for prefix, scale in {"": 1, "千": 1_000, "万": 10_000, "百万": 1_000_000, "亿": 100_000_000}.items()
}

YES = frozenset({"是", "有", "需", "需要", "true", "yes", "y", "1", "√"})
NO = frozenset({"否", "无", "不需", "不需要", "false", "no", "n", "0", "×"})


def plain(text: str) -> str:
    """Return a text with the digits, letters and signs of ASCII, without blanks around it."""
    return unicodedata.normalize("NFKC", text).strip()


def known_unit(unit: str) -> str:
    """Return a unit that is understood. Raises ValueError."""
    if _spelt(unit) not in _UNITS:
        raise ValueError(
            f"{unit} is no unit that is understood: kVA, MVA, 万千伏安, kW, 万千瓦, kV, 元, 万元, 亿元"
        )
    return unit


def becomes(unit: str, to: str, power_factor: Decimal | None) -> bool:
    """Whether a known unit can become another: watts become volt-amperes, and these watts, only at a power
    factor that is stated."""
    pair = {_UNITS[_spelt(unit)][0], _UNITS[_spelt(to)][0]}
    return len(pair) == 1 or (pair == {"W", "VA"} and power_factor is not None)


def changed(value: Decimal, unit: str, to: str, power_factor: Decimal | None) -> Decimal:
    """Return a value of one known unit in another that it becomes."""
    (quantity, scale), (wanted, divisor) = _UNITS[_spelt(unit)], _UNITS[_spelt(to)]
    value = value * scale / divisor
    if power_factor is None or quantity == wanted:
        return value
    return value / power_factor if wanted == "VA" else value * power_factor


def measure(text: str, unit: str | None, to: str, power_factor: Decimal | None = None) -> Decimal:
    """Return a number in the unit `to`. A unit that stands in the cell goes before `unit`, the column's own.

    Raises ValueError: `bad_number`, `no_unit`, `unknown_unit`, `wrong_unit`.
    """
    found = _MEASURE.fullmatch(re.sub(r"\s", "", _GROUPED.sub("", plain(text))))
    if found is None:
        raise ValueError("bad_number")
    named = found["unit"] or unit
    if named is None:
        raise ValueError("no_unit")
    if _spelt(named) not in _UNITS:
        raise ValueError("unknown_unit")
    if not becomes(named, to, power_factor):
        raise ValueError("wrong_unit")
    return changed(Decimal(found["number"]), named, to, power_factor)


def number(text: str) -> Decimal:
    """Return a bare number. Raises ValueError `bad_number`."""
    bare = _GROUPED.sub("", plain(text))
    if not re.fullmatch(_NUMBER, bare):
        raise ValueError("bad_number")
    return Decimal(bare)


def day(text: str, form: str | None = None, month: MonthMeans | None = None) -> date:
    """Return a day: year first, in Chinese or with - / . between, or by `form` (`strptime`'s signs).

    A month alone means its first or its last day where `month` says so. Raises ValueError: `bad_date`,
    `day_missing`.
    """
    written = re.sub(r"\s", "", plain(text))
    try:
        if form is not None:
            return datetime.strptime(written, form).date()  # noqa: DTZ007 - a day has no zone
        if re.fullmatch(r"\d{8}", written):
            return date(int(written[:4]), int(written[4:6]), int(written[6:]))
        if found := _DAY.fullmatch(written):
            year, of_month, of_day = (int(one) for one in found.groups() if one is not None)
            return date(year, of_month, of_day)
        if found := _MONTH.fullmatch(written):
            year, of_month = (int(one) for one in found.groups() if one is not None)
            last = calendar.monthrange(date(year, of_month, 1).year, of_month)[1]
        else:
            raise ValueError
    except ValueError:
        raise ValueError("bad_date") from None
    if month is None:
        raise ValueError("day_missing")
    return date(year, of_month, 1 if month == "first" else last)


def moment(text: str, zone: str, form: str | None = None, month: MonthMeans | None = None) -> datetime:
    """Return a moment in UTC: a day, which begins at its local midnight, or a day with a time of day.

    Raises ValueError as `day` does.
    """
    written = plain(text)
    if form is not None:
        try:
            read = datetime.strptime(written, form)  # noqa: DTZ007 - below
        except ValueError:
            raise ValueError("bad_date") from None
        return _in_utc(read, zone)
    if found := _CLOCK.fullmatch(written):
        of_day = day(found["day"])
        try:
            clock = datetime.fromisoformat(f"{of_day}T{found['clock']:0>5}")
        except ValueError:
            raise ValueError("bad_date") from None
        return _in_utc(clock, zone)
    of_day = day(written, month=month)
    return _in_utc(datetime(of_day.year, of_day.month, of_day.day), zone)  # noqa: DTZ001 - below


def yes_or_no(text: str) -> bool:
    """Return what a word says. Raises ValueError `not_yes_or_no`."""
    word = plain(text).casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueError("not_yes_or_no")


def _spelt(unit: str) -> str:
    return re.sub(r"\s", "", plain(unit)).casefold()


def _in_utc(read: datetime, zone: str) -> datetime:
    return (read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
