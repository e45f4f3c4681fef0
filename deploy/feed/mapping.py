"""The language of a mapping: which column is which field, and which date is which fact. One TOML file per
kind of table.

A mapping has `profile`, `source`, `subject` (a template over columns), a `[status]` that decides which facts
a row has, `[[field]]` tables (each fills one field of the facts that name it) and `[[fact]]` tables (each
dated by a column). `tests/data/miso.toml` is a worked example with a comment at every line that needs one.
"""

import re
import tomllib
from collections.abc import Collection, Iterator
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from deploy.errors import UserError
from events.catalogue.base import Code, Fact
from events.upcasting import newest_fact

UnitName = Literal["W", "kW", "MW", "VA", "kVA", "MVA", "V", "kV"]

_SCALE = {"k": Decimal(1_000), "M": Decimal(1_000_000)}


class Table(BaseModel):
    """Base of everything in a mapping: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class UnitChange(Table):
    """From one unit to another. Watts become volt-amperes only at a power factor that the mapping states."""

    from_: UnitName = Field(alias="from")
    to: UnitName
    power_factor: Decimal | None = Field(default=None, gt=0, le=1)

    @model_validator(mode="after")
    def _same_quantity(self) -> Self:
        pair = {self.from_.lstrip("kM"), self.to.lstrip("kM")}
        if pair == {"W", "VA"}:
            if self.power_factor is None:
                raise ValueError("between W and VA a power_factor must be stated")
        elif len(pair) > 1:
            raise ValueError(f"{self.from_} can't become {self.to}")
        return self

    def change(self, value: Decimal) -> Decimal:
        """Return the value in the new unit."""
        changed = value * _scale(self.from_) / _scale(self.to)
        if self.power_factor is not None and self.from_.endswith("W") and self.to.endswith("VA"):
            changed /= self.power_factor
        elif self.power_factor is not None and self.from_.endswith("VA") and self.to.endswith("W"):
            changed *= self.power_factor
        return changed


class FieldRule(Table):
    """How one field gets its value: a `constant`, or a `column` that may pass through a pattern, a value
    map, a unit.

    `pattern` has a group named `value`; of several finds `pick` takes the first or the largest number.
    `blank` is the value of an empty cell; without it an empty cell, or one in which nothing is found,
    refuses the row with `refusal`.
    """

    name: str
    column: str | None = None
    constant: str | bool | int | None = None
    pattern: re.Pattern[str] | None = None
    pick: Literal["first", "max"] = "first"
    values: dict[str, str] = {}
    unit: UnitChange | None = None
    blank: str | None = None
    refusal: Code | None = None
    positive: bool = False

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.column is None) == (self.constant is None):
            raise ValueError("give either a column or a constant")
        if self.pattern is not None and "value" not in self.pattern.groupindex:
            raise ValueError("the pattern needs a group named value: (?P<value>…)")
        return self

    @property
    def numeric(self) -> bool:
        """Whether the value is a number: it is compared, changed in unit, or must be positive."""
        return self.unit is not None or self.positive or self.pick == "max"

    @property
    def refusal_code(self) -> str:
        """The code of a refusal that this field causes."""
        return self.refusal or f"no_{self.name}"


class StatusRule(Table):
    """The column that decides: each status leads to these facts, besides the opening one. Any other
    status is refused.
    """

    column: str
    leads_to: dict[str, tuple[str, ...]]


class FactRule(Table):
    """A fact that a row has when its status leads to it; the opening fact every row has.

    `time` is the column of its date. `undated` says what becomes of a row whose status leads here but whose
    date is missing: `refuse` it, or `omit` the fact. `too_early` is the refusal of one that is dated before
    the opening fact.
    """

    name: str
    type: str
    id: str
    time: str
    fields: tuple[str, ...] = ()
    undated: Literal["refuse", "omit"] = "refuse"
    refusal: Code | None = None
    too_early: Code | None = None

    @field_validator("type")
    @classmethod
    def _known_type(cls, value: str) -> str:
        if newest_fact(value) is None:
            raise ValueError("no such type of fact in the catalogue")
        return value

    @property
    def opens(self) -> bool:
        """Whether it begins a case."""
        return _model(self.type).opens

    @property
    def names(self) -> Collection[str]:
        """The fields that the fact has today."""
        return _model(self.type).model_fields


class Mapping(Table):
    """A whole mapping. `timezone` is that of dates without a zone; left out, such dates are refused."""

    profile: Code
    source: str
    subject: str
    encoding: str = "utf-8-sig"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    timezone: str | None = None
    status: StatusRule
    fields: tuple[FieldRule, ...] = Field(alias="field")
    facts: tuple[FactRule, ...] = Field(alias="fact")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        try:
            return value if value is None else str(ZoneInfo(value))
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("no such time zone") from None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        faults = list(self._faults())
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _faults(self) -> Iterator[str]:
        if sum(fact.opens for fact in self.facts) != 1:
            yield "exactly one fact must be of a type that begins a case"
        names = [fact.name for fact in self.facts]
        later = {fact.name for fact in self.facts if not fact.opens}
        for twice in {name for name in names if names.count(name) > 1}:
            yield f"fact {twice} stands twice"
        for status, leads in self.status.leads_to.items():
            yield from (
                f"status {status} leads to {name}, no later fact" for name in leads if name not in later
            )
        known = {field.name for field in self.fields}
        for fact in self.facts:
            allowed = fact.names
            for name in fact.fields:
                if name not in known:
                    yield f"fact {fact.name} names field {name}, for which there is no [[field]]"
                if name not in allowed:
                    yield f"fact {fact.name} has no field {name}"

    @property
    def opening(self) -> FactRule:
        """The fact that begins the case."""
        return next(fact for fact in self.facts if fact.opens)

    @property
    def later(self) -> tuple[FactRule, ...]:
        """The other facts."""
        return tuple(fact for fact in self.facts if not fact.opens)

    def field(self, name: str) -> FieldRule:
        """The rule of a field that the mapping is known to have."""
        return next(rule for rule in self.fields if rule.name == name)

    def columns(self) -> set[str]:
        """Every column that the mapping reads."""
        named = {rule.column for rule in self.fields if rule.column} | {fact.time for fact in self.facts}
        templates = [self.subject, *(fact.id for fact in self.facts)]
        return named | {self.status.column} | {c for t in templates for c in holes(t) if c != "subject"}


def holes(template: str) -> list[str]:
    """Return the names in braces: `{Project #}:requested` → `["Project #"]`. Raises ValueError when
    malformed.
    """
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


def fill(template: str, values: dict[str, str]) -> str:
    """Put values into a template; names may hold spaces and signs, so this is no format string."""
    parts = Formatter().parse(template)
    return "".join(text + (values[name].strip() if name is not None else "") for text, name, _, _ in parts)


def load_mapping(path: Path) -> Mapping:
    """Read a mapping. Raises UserError that names the file and each fault in it."""
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError("no_mapping", f"No mapping at {path}. Check the path.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError("bad_mapping", f"The mapping {path} can't be read: {error}. Correct it.") from None
    try:
        return Mapping.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(
            f"{_place(e['loc'])}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()
        )
        raise UserError("bad_mapping", f"The mapping {path} is wrong: {faults}. Correct it.") from None


def _place(where: tuple[int | str, ...]) -> str:
    """`("field", 2, "unit")` → `field 3 unit`: people count from one."""
    return " ".join(str(part + 1) if isinstance(part, int) else part for part in where) or "as a whole"


def _scale(unit: UnitName) -> Decimal:
    return _SCALE.get(unit[0], Decimal(1)) if len(unit) > 1 and unit != "VA" else Decimal(1)


def _model(type_name: str) -> type[Fact]:
    """What reads a known type today."""
    model = newest_fact(type_name)
    assert model is not None
    return model
