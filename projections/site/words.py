"""Words, dates and numbers of one language, in one profile's time zone: what templates speak with."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from events.catalogue.base import Text

Texts = Mapping[str, str]


class Named(Protocol):
    """Whatever has a bilingual name."""

    @property
    def name(self) -> Text: ...


NOTHING = "—"
"""What stands where there is no figure: never a zero that nobody measured."""


class Words:
    """Speaks one language. `now` decides whether a date needs its year.

    Call it with a key of the text table: `words("case.left", n=3)`. A text with `|` has a form for one and
    a form for other numbers, chosen by `n`. A missing key is an error, not a blank.
    """

    def __init__(self, language: str, texts: Texts, timezone: str, now: datetime) -> None:
        self.language = language
        self.html_language = texts["html.language"]
        self._texts = texts
        self._zone = ZoneInfo(timezone)
        self._now = now.astimezone(self._zone)

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values filled in."""
        text = self._texts[key]
        if "|" in text:
            one, other = text.split("|")
            text = one if values.get("n") == 1 else other
        return text.format(**values) if values else text

    def raw(self, key: str) -> str:
        """Return a text as it stands in the table, for what is not a sentence."""
        return self._texts[key]

    def has(self, key: str) -> bool:
        """Whether the table has this text."""
        return key in self._texts

    def name(self, text: Text) -> str:
        """Return the form of a bilingual text in this language."""
        return text.zh if self.language == "zh" else text.en

    def names(self, named: Iterable[Named]) -> list[str]:
        """Return the names of several things in this language."""
        return [self.name(one.name) for one in named]

    def joined(self, parts: list[str]) -> str:
        """Return a list as running text."""
        return self("list.comma").join(parts)

    def day(self, moment: datetime | date) -> str:
        """Return a date as people say it: `12 月 3 日 星期四`, `Thursday 3 December`; another year is
        named."""
        local = self._local(moment)
        return self._dated("date.full" if local.year == self._now.year else "date.full_year", local)

    def short_day(self, moment: datetime | date) -> str:
        """Return a date for narrow places: `12 月 3 日`, `3 Dec`; another year is named."""
        local = self._local(moment)
        return self._dated("date.short" if local.year == self._now.year else "date.short_year", local)

    def due_day(self, moment: datetime, *, provisional: bool, short: bool = False) -> str:
        """Return a due date; one that may still move, in a year without published holidays, says so."""
        day = self.short_day(moment) if short else self.day(moment)
        return self("date.provisional", day=day) if provisional else day

    def time(self, moment: datetime) -> str:
        """Return a time of day: `09:41`."""
        return f"{moment.astimezone(self._zone):%H:%M}"

    def moment(self, moment: datetime) -> str:
        """Return a date and a time; today's without the date."""
        if moment.astimezone(self._zone).date() == self._now.date():
            return self.time(moment)
        return f"{self.short_day(moment)} {self.time(moment)}"

    def days_between(self, earlier: datetime, later: datetime) -> int:
        """Return how many local days lie between two moments."""
        return (self._local(later) - self._local(earlier)).days

    def iso(self, moment: datetime) -> str:
        """Return a moment for machines, in the profile's time zone."""
        return moment.astimezone(self._zone).isoformat(timespec="seconds")

    def month(self, month: str) -> str:
        """Return `2026-09` as people say it."""
        return self._dated("date.month", date.fromisoformat(f"{month}-01"))

    def short_month(self, month: str) -> str:
        """Return `2026-09` for an axis: the month alone, with its year in January."""
        day = date.fromisoformat(f"{month}-01")
        return self._dated("date.axis_year" if day.month == 1 else "date.axis", day)

    def count(self, value: float | None) -> str:
        """Return a whole number with its thousands parted by a thin space."""
        return NOTHING if value is None else f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")

    def decimal(self, value: float | None) -> str:
        """Return a number with one decimal place."""
        return NOTHING if value is None else f"{value:,.1f}".replace(",", "\N{NARROW NO-BREAK SPACE}")

    def quantity(self, value: float) -> str:
        """Return a physical quantity: no decimal places that say nothing."""
        return self.count(value) if value == int(value) else f"{value:g}"

    def bytes(self, value: int) -> str:
        """Return a size in bytes as people say it: `340 KB`, `2.4 MB`."""
        return f"{value / 1_048_576:.1f} MB" if value >= 1_000_000 else f"{max(1, round(value / 1024))} KB"

    def share(self, value: float | None) -> str:
        """Return a share of 1 as a percentage. Only what is whole says 100."""
        if value is None:
            return NOTHING
        percent = min(99.9, value * 100) if value < 1 else 100.0
        return f"{percent:.1f}%" if 99 < percent < 100 else f"{percent:.0f}%"

    def _local(self, moment: datetime | date) -> date:
        return moment.astimezone(self._zone).date() if isinstance(moment, datetime) else moment

    def _dated(self, key: str, day: date) -> str:
        return self(
            key,
            year=day.year,
            month=day.month,
            day=day.day,
            weekday=self("date.weekdays").split()[day.weekday()],
            month_name=self("date.months").split()[day.month - 1],
            month_short=self("date.months_short").split()[day.month - 1],
        )
