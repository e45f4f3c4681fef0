"""How a feed's list of key projects is read: which column says what, in which unit and form. No row is code.

One TOML file a feed, beside the profile's tables in `feeds/`; `deploy/profiles/hainan/feeds/prov.toml` has a
comment at every line that needs one. It is translation, no policy: no version of the policy depends on it.
What a column becomes follows from the field that it fills: a power, a sum of money, a day, yes or no, a
region by its name or code, or a text as it stands.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from events.catalogue.base import Code
from events.catalogue.project_facts import IntentionRow
from workflows.policy import measures
from workflows.policy.measures import MonthMeans
from workflows.policy.model import Policy
from workflows.policy.translating import Rule, known_zone

Format = Literal["csv", "json", "jsonl"]

MEASURED: Mapping[str, str] = {"temporary_kva": "kVA", "voltage_kv": "kV", "investment_cny": "元"}
"""Fields that are measured, and in what."""

DAYS = frozenset({"temporary_from", "expected_energise_on"})
YES_OR_NO = frozenset({"important_load", "relocation_needed"})
CODES = frozenset({"org_code", "park", "stage"})
NEEDED = frozenset({"project_name", "region"})
APART = frozenset({"record", "place", "load", "red_line"})
"""What no single column fills, and the record itself."""

FIELDS = frozenset(IntentionRow.model_fields) - APART

_THREE, _TWO = Decimal("0.001"), Decimal("0.01")


class ListField(Rule):
    """One field of a row: a `constant`, or a `column` (in JSON a place: names joined by dots).

    `pattern` takes its group `value` out of the cell; `values` says what a word means, and then no other word
    is taken unless `others`; `unit` is that of a number beside which none stands; `form` is how a day is
    written (`strptime`'s signs) where it is not year first; `month_means` is what a month alone means.
    What can't be understood refuses the row, or is left out where `otherwise` says so.
    """

    name: str
    column: str | None = None
    constant: str | bool | None = None
    pattern: re.Pattern[str] | None = None
    values: dict[str, str] = Field(default_factory=dict)
    others: bool = False
    unit: str | None = None
    power_factor: Decimal | None = Field(default=None, gt=0, le=1)
    form: str | None = None
    month_means: MonthMeans | None = None
    otherwise: Literal["refuse", "leave_out"] = "refuse"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.name not in FIELDS:
            raise ValueError(f"a row has no field {self.name}; there are: {', '.join(sorted(FIELDS))}")
        if (self.column is None) == (self.constant is None):
            raise ValueError("give either a column or a constant")
        if self.pattern is not None and "value" not in self.pattern.groupindex:
            raise ValueError("the pattern needs a group named value: (?P<value>…)")
        for key, name in (("unit", MEASURED), ("form", DAYS), ("month_means", DAYS)):
            if getattr(self, key) is not None and self.name not in name:
                raise ValueError(f"{self.name} has no {key}")
        if self.unit is not None and not _becomes(self.unit, MEASURED[self.name], self.power_factor):
            raise ValueError(f"{self.unit} can't become {MEASURED[self.name]}; from kW say a power_factor")
        return self

    def value(self, cell: str, policy: Policy) -> str | bool:
        """Return what a cell that is not empty says. Raises ValueError with a stable code."""
        text = cell
        if self.pattern is not None:
            found = self.pattern.search(measures.plain(text))
            if found is None:
                raise ValueError("no_find")
            text = found["value"]
        listed = {measures.plain(word): meant for word, meant in self.values.items()}
        if (word := measures.plain(text)) in listed:
            return self._converted(listed[word], policy)
        if listed and not self.others:
            raise ValueError("unknown_word")
        return self._converted(text, policy)

    def _converted(self, text: str, policy: Policy) -> str | bool:
        if self.name in MEASURED:
            found = measures.measure(text, self.unit, MEASURED[self.name], self.power_factor)
            return written(found, _TWO if self.name == "investment_cny" else _THREE)
        if self.name in DAYS:
            return measures.day(text, self.form, self.month_means).isoformat()
        if self.name in YES_OR_NO:
            return measures.yes_or_no(text)
        if self.name == "region":
            return region_of(policy, text)
        return measures.plain(text) if self.name in CODES else " ".join(text.split())


class LoadRule(Rule):
    """The load by year: from columns whose names match `columns` (group `year`), or in JSON from a list of
    objects at `entries`, each with `year` and `capacity`."""

    columns: re.Pattern[str] | None = None
    entries: str | None = None
    year: str = "year"
    capacity: str = "capacity"
    unit: str | None = None
    power_factor: Decimal | None = Field(default=None, gt=0, le=1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.columns is None) == (self.entries is None):
            raise ValueError("give either columns or entries")
        if self.columns is not None and "year" not in self.columns.groupindex:
            raise ValueError(r"columns needs a group named year: (?P<year>\d{4})")
        if self.unit is not None and not _becomes(self.unit, "kVA", self.power_factor):
            raise ValueError(f"{self.unit} can't become kVA; from kW say a power_factor")
        return self

    def capacity_kva(self, text: str) -> str | None:
        """Return the power of a cell in kVA, None for nought. Raises ValueError."""
        found = measures.measure(text, self.unit, "kVA", self.power_factor)
        return written(found) if found else None


class PlaceRule(Rule):
    """Where the project lies: two columns of degrees (WGS 84)."""

    longitude: str
    latitude: str


class Changed(Rule):
    """When the feed last changed a row; a day begins at its local midnight."""

    column: str
    form: str | None = None
    month_means: MonthMeans | None = None


class ListTable(Rule):
    """A feed's list. `header` is the line on which the columns are named; `rows` the place of the rows in a
    JSON document; of the `encodings` the first counts in which the bytes make sense.

    Without `changed` every row is of the day of its list. `empty` lists words that say nothing, `ignore`
    columns whose cells tell a row that is none (a total, a heading).
    """

    profile: Code
    feed: Code
    format: Format = "csv"
    encodings: tuple[str, ...] = Field(default=("utf-8", "gb18030"), min_length=1)
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    header: int = Field(default=1, ge=1)
    rows: str | None = None
    timezone: str | None = None
    record: str
    changed: Changed | None = None
    empty: tuple[str, ...] = ()
    ignore: dict[str, re.Pattern[str]] = Field(default_factory=dict)
    fields: tuple[ListField, ...] = Field(alias="field", min_length=1)
    load: LoadRule | None = None
    place: PlaceRule | None = None

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        return known_zone(value)

    @field_validator("encodings")
    @classmethod
    def _known_encodings(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            try:
                codecs.lookup(name)
            except LookupError:
                raise ValueError(f"{name} is no encoding") from None
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        names = [one.name for one in self.fields]
        if lacking := sorted(NEEDED - set(names)):
            raise ValueError(f"no [[field]] for {', '.join(lacking)}, which every row must say")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"[[field]] stands twice for {', '.join(twice)}")
        if self.rows is not None and self.format != "json":
            raise ValueError("only a json document has a place of its rows")
        if self.load is not None and self.load.entries is not None and self.format == "csv":
            raise ValueError("a csv has no list of loads; give load.columns")
        return self

    def columns(self) -> set[str]:
        """Every column that must be there, as `same` spells it."""
        return {same(one) for one in self._columns()}

    def needed(self) -> set[str]:
        """Those of them without which there is no row."""
        found = {self.record, *([self.changed.column] if self.changed is not None else [])}
        found |= {one.column for one in self.fields if one.name in NEEDED and one.column is not None}
        return {same(one) for one in found}

    def says_nothing(self, cell: str) -> bool:
        """Whether a cell is empty, or holds a word for it."""
        word = measures.plain(cell)
        return not word or word in {measures.plain(one) for one in self.empty}

    def column_of(self, field: str) -> str:
        """Return the column that fills a field of the fact, for whoever must mend it."""
        name, _, part = field.partition(".")
        if name in {"record", "subject"}:
            return self.record
        if name == "time" and self.changed is not None:
            return self.changed.column
        if name == "place" and self.place is not None:
            return getattr(self.place, part, None) or f"{self.place.longitude}, {self.place.latitude}"
        if name == "load" and self.load is not None:
            return self.load.entries or "load"
        return next((one.column or name for one in self.fields if one.name == name), field)

    def _columns(self) -> Iterator[str]:
        yield self.record
        yield from (one.column for one in self.fields if one.column is not None)
        yield from self.ignore
        if self.changed is not None:
            yield self.changed.column
        if self.place is not None:
            yield from (self.place.longitude, self.place.latitude)
        if self.load is not None and self.load.entries is not None:
            yield from (f"{self.load.entries}.{self.load.year}", f"{self.load.entries}.{self.load.capacity}")


def same(column: str) -> str:
    """Return the name of a column without what an office changes from month to month: blanks, line breaks,
    full-width signs."""
    return re.sub(r"\s", "", measures.plain(column))


def region_of(policy: Policy, text: str) -> str:
    """Return the code of a region by its name in either language, or its code as it stands. Raises ValueError
    `unknown_word`."""
    word = measures.plain(text)
    for one in policy.regions:
        if word in {one.name.zh, one.name.zh.rstrip("市县")} or word.casefold() == one.name.en.casefold():
            return one.code
    if re.fullmatch(r"[A-Za-z0-9_.:/-]{1,80}", word):
        return word
    raise ValueError("unknown_word")


def written(value: Decimal, decimals: Decimal = _THREE) -> str:
    """Return a number as a fact has it, rounded to so many decimals."""
    rounded = value.quantize(decimals) if value != value.to_integral_value() else value
    return f"{rounded.normalize():f}"


def _becomes(unit: str, to: str, power_factor: Decimal | None) -> bool:
    return measures.becomes(measures.known_unit(unit), to, power_factor)
