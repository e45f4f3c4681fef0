"""How a foreign word becomes one of ours: fields by their place, values by a list, numbers by their unit,
dates by their form. Common to tables that are read from files and to the messages of channels. Pure.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from string import Formatter
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ConfigDict, Field, model_validator

from events.catalogue.base import Code, Fact
from events.upcasting import newest_fact
from workflows.policy import measures
from workflows.policy.table import Table

UnitName = Literal["W", "kW", "MW", "VA", "kVA", "MVA", "V", "kV"]


class Rule(Table):
    """Base of every rule: frozen, a misspelt key is an error; a key may be a word of Python's (`from`)."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class UnitChange(Rule):
    """From one unit to another. Watts become volt-amperes only at a power factor that the mapping states."""

    from_: UnitName = Field(alias="from")
    to: UnitName
    power_factor: Decimal | None = Field(default=None, gt=0, le=1)

    @model_validator(mode="after")
    def _same_quantity(self) -> Self:
        if not measures.becomes(self.from_, self.to, self.power_factor):
            raise ValueError(
                f"{self.from_} can't become {self.to}; between W and VA a power_factor must be stated"
            )
        return self

    def change(self, value: Decimal) -> Decimal:
        """Return the value in the new unit."""
        return measures.changed(value, self.from_, self.to, self.power_factor)


class FieldRule(Rule):
    """How one field gets its value: a `constant`, or a `column` that may pass through a pattern, a value
    map, a unit.

    `pattern` has a group named `value`; of several finds `pick` takes the first or the largest number.
    `blank` is the value of an empty cell; without it an empty cell, or one in which nothing is found,
    refuses the row with `refusal`. `listed`: a word that `values` does not list is refused, not kept.
    """

    name: str
    column: str | None = None
    constant: str | bool | int | None = None
    pattern: re.Pattern[str] | None = None
    pick: Literal["first", "max"] = "first"
    values: dict[str, str] = Field(default_factory=dict)
    listed: bool = False
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

    def value(self, text: str) -> str | None:
        """Return the value that a cell gives the field, or None when it gives none."""
        if not text:
            return self.blank
        if self.listed and self.pattern is None and text not in self.values:
            return None
        text = self.values.get(text, text)
        if self.pattern is not None:
            finds = [match["value"] for match in self.pattern.finditer(text)]
            if not finds:
                return None
            text = max(finds, key=Decimal) if self.pick == "max" else finds[0]
            if self.listed and text not in self.values:
                return None
            text = self.values.get(text, text)
        return self._number(text) if self.numeric else text

    def _number(self, text: str) -> str | None:
        try:
            value = Decimal(text)
        except InvalidOperation:
            return None
        if not value.is_finite() or (self.positive and value <= 0):
            return None
        if self.unit is not None:
            value = self.unit.change(value)
        return f"{value.normalize():f}"


def known_type(value: str) -> str:
    """A type of fact that the catalogue has. Raises ValueError."""
    if newest_fact(value) is None:
        raise ValueError("no such type of fact in the catalogue")
    return value


def known_zone(value: str | None) -> str | None:
    """A time zone that there is. Raises ValueError."""
    try:
        return value if value is None else str(ZoneInfo(value))
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("no such time zone") from None


def model_of(type_name: str) -> type[Fact]:
    """What reads a known type today."""
    model = newest_fact(type_name)
    assert model is not None
    return model


def moment(text: str, form: str | None, zone: str | None) -> datetime | None:
    """Read a date by its form (`strptime`'s signs; None: ISO 8601) and return it in UTC.

    A date without a zone is one of `zone`; None where there is none. Raises ValueError for another form.
    """
    read = datetime.fromisoformat(text) if form is None else datetime.strptime(text, form)  # noqa: DTZ007 - below
    if read.tzinfo is None:
        if zone is None:
            return None
        read = read.replace(tzinfo=ZoneInfo(zone))
    return read.astimezone(UTC)


def holes(template: str) -> list[str]:
    """Return the names in braces: `{Project #}:requested` → `["Project #"]`. Raises ValueError when
    malformed.
    """
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


def fill(template: str, values: dict[str, str]) -> str:
    """Put values into a template; names may hold spaces and signs, so this is no format string."""
    parts = Formatter().parse(template)
    return "".join(text + (values[name].strip() if name is not None else "") for text, name, _, _ in parts)


def laid_out(cells: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return a message from its places, names joined by dots: `("a.b", 1)` → `{"a": {"b": 1}}`.

    Raises ValueError where one place lies within another.
    """
    message: dict[str, Any] = {}
    for path, value in cells:
        *outer, last = path.split(".")
        inner = message
        for name in outer:
            inner = inner.setdefault(name, {})
            if not isinstance(inner, dict):
                raise ValueError(f"{path} lies within another place")
        if last in inner:
            raise ValueError(f"{path} is given twice")
        inner[last] = value
    return message
