"""The language of a mapping: which column is which field, and which date is which fact. One TOML file per
kind of table.

A mapping has `profile`, `source`, `subject` (a template over columns), a `[status]` that decides which facts
a row has, `[[field]]` tables (each fills one field of the facts that name it) and `[[fact]]` tables (each
dated by a column). `tests/data/miso.toml` is a worked example with a comment at every line that needs one.
"""

import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from deploy.errors import UserError
from events.catalogue.base import Code
from workflows.policy.translating import FieldRule, Rule, holes, known_type, known_zone, model_of


class StatusRule(Rule):
    """The column that decides: each status leads to these facts, besides the opening one. Any other
    status is refused.
    """

    column: str
    leads_to: dict[str, tuple[str, ...]]


class FactRule(Rule):
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
        return known_type(value)

    @property
    def opens(self) -> bool:
        """Whether it begins a case."""
        return model_of(self.type).opens

    @property
    def names(self) -> Collection[str]:
        """The fields that the fact has today."""
        return model_of(self.type).model_fields


class Mapping(Rule):
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
        return known_zone(value)

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


def load_mapping(path: Path) -> Mapping:
    """Read a mapping. Raises UserError that names the file and each fault in it."""
    return mapping_of(path, read_mapping(path))


def read_mapping(path: Path) -> dict[str, Any]:
    """Return what a mapping says, whatever kind it is. Raises UserError."""
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError("no_mapping", f"No mapping at {path}. Check the path.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError("bad_mapping", f"The mapping {path} can't be read: {error}. Correct it.") from None
    return content


def mapping_of(path: Path, content: dict[str, Any]) -> Mapping:
    """Return a mapping of applications. Raises UserError that names each fault in it."""
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
