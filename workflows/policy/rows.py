"""The rows of a profile's policy tables: frozen, typed, each with its basis.

Every row says where it comes from (`basis`, `source`) and on which local days it is in force (`valid_from` to
`valid_to`, both included; no `valid_to`: until further notice).
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from events.catalogue.base import Code, Text
from events.catalogue.connection_events import LimitShown
from events.catalogue.traits import CustomerType, Kind, Supply, Usage

Basis = Literal["seed", "sourced", "general", "derived", "design_choice"]
Unit = Literal["WD", "D", "h"]
Actor = Literal["customer", "utility", "government"]
Boundary = Literal["network_outlet", "red_line", "factory_boundary", "meter"]
Workflow = Literal["HighVoltageConnection", "LowVoltageConnection"]
Days = Annotated[int, Field(ge=1, le=3650)]


class Table(BaseModel):
    """Base of everything in a policy: frozen, nothing unknown allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Row(Table):
    """A row of a policy table.

    Several versions of a row share its id; their days of force neither overlap nor leave a hole.
    """

    id: Code
    basis: Basis
    source: str = Field(min_length=1)
    valid_from: date
    valid_to: date | None = None

    @property
    def code(self) -> str:
        """The row's id, under the name that steps, pauses and rules are called by."""
        return self.id

    @model_validator(mode="after")
    def _days_in_order(self) -> "Row":
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from")
        return self

    def in_force(self, day: date) -> bool:
        """Whether the row holds on this local day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Condition(Table):
    """A test on an application's traits: every given field must hold; an empty condition always holds.

    Voltage in kV, capacity in kVA, investment in the profile's currency. Lower bounds are inclusive,
    `voltage_max` is exclusive.
    """

    kinds: tuple[Kind, ...] | None = None
    customer_types: tuple[CustomerType, ...] | None = None
    usages: tuple[Usage, ...] | None = None
    voltage_min: Decimal | None = None
    voltage_max: Decimal | None = None
    capacity_min: Decimal | None = None
    investment_min: Decimal | None = None
    supply: Supply | None = None
    permanent: bool | None = None
    key_area: bool | None = None
    cable_duct: bool | None = None
    by_handler: bool | None = None
    tenant: bool | None = None
    new_build: bool | None = None
    government_regulated: bool | None = None
    important: bool | None = None

    @model_serializer(mode="wrap")
    def _only_what_is_given(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # A field that a later release adds must not change the version of a policy that does not use it.
        return {name: value for name, value in handler(self).items() if value is not None}


class Region(Row):
    """A city or county; `id` is its division code.

    `aliases` are old codes: accepted, never stored. An `inset` region is drawn apart on the map.
    """

    name: Text
    aliases: tuple[Code, ...] = ()
    inset: bool = False


class Step(Row):
    """A step of a process. Only `customer_step`s count in 6 → 3; an `optional` one is entered when needed.

    `plain` is one sentence for the public; `produces` is what comes out; `next` is the step that follows
    when no optional one comes between (None: energised).
    """

    name: Text
    plain: Text
    produces: Text
    order: int
    customer_step: bool
    optional: bool = False
    responsible_role: Code
    supervisor_role: Code
    next: Code | None = None


class Process(Row):
    """A way to be connected, for some kinds. `now` false: how it was before, kept for comparison only."""

    name: Text
    kinds: tuple[Kind, ...]
    now: bool
    workflow: Workflow
    steps: tuple[Step, ...]


class StatedCount(Row):
    """A count that the measures state (6 → 3, 26 → 16). The loader proves that the tables add up to it."""

    of: Literal["steps", "documents"]
    kinds: tuple[Kind, ...]
    before: int
    now: int


class DocumentVariant(Table):
    """What a document is called for some customers."""

    when: Condition
    name: Text


class DocumentItem(Row):
    """A document of the catalogue of `kinds`.

    Asked for when any of `applies` holds (empty: always); `applies_text` says so in words.
    """

    kinds: tuple[Kind, ...]
    name: Text
    step_before: Code | None = None
    step_now: Code | None = None
    applies: tuple[Condition, ...] = ()
    applies_text: Text
    note: Text | None = None
    variants: tuple[DocumentVariant, ...] = ()

    @property
    def before(self) -> bool:
        """Asked for before the measures."""
        return self.step_before is not None

    @property
    def now(self) -> bool:
        """Asked for today."""
        return self.step_now is not None


class Limit(Row):
    """A time limit of a step. Of several rows for one step, the first whose `when` holds counts."""

    process: Code
    step: Code
    value: Days
    unit: Unit
    statistic: Literal["limit", "ceiling"]
    when: Condition = Condition()

    @property
    def shown(self) -> LimitShown:
        """The limit as a receipt shows it."""
        return LimitShown(
            value=self.value, unit=self.unit, statistic=self.statistic, basis=self.basis, source=self.source
        )


class Target(Row):
    """A promise for the whole process in calendar days: a `mean` over a portfolio, or a `limit` per case."""

    name: Text
    days: Days
    unit: Literal["D"] = "D"
    statistic: Literal["mean", "limit"]
    when: Condition


class Period(Row):
    """A span that the platform itself needs: `escalate_after` (WD), `after_service` (D)."""

    name: Text
    value: Days
    unit: Unit
    statistic: Literal["limit"] = "limit"


class Task(Row):
    """A duty beside the steps, with its own clock. Of several rows for one `duty`, the first whose `when`
    holds counts; `actor` is who has to do it, and only the utility's is escalated."""

    duty: Code
    name: Text
    plain: Text
    value: Days | None = None
    unit: Unit = "WD"
    statistic: Literal["limit"] = "limit"
    responsible_role: Code
    supervisor_role: Code
    actor: Actor
    when: Condition = Condition()


class Pause(Row):
    """A cause that stops a clock. `automatic`: the case itself starts and ends it; else upstream says so."""

    name: Text
    plain: Text
    pauses_step: bool
    pauses_end_to_end: bool
    actor: Actor
    automatic: bool


class BoundaryRule(Row):
    """Who builds to where. The first match by `order` decides; a `default` counts only when no other does."""

    order: int
    name: Text
    when: Condition
    boundary: Boundary
    utility_scope: Text
    customer_scope: Text
    needs_manual_review: bool = False
    default: bool = False


class VisitRule(Row):
    """How many trips to a counter a customer may need."""

    name: Text
    when: Condition
    allowed: int = Field(ge=0)


class Role(Row):
    """A role that answers for steps."""

    name: Text


class TeamMember(Row):
    """A member of staff in a role; `region` `*` serves every region."""

    region: Code | Literal["*"]
    role: Code
    name: str = Field(min_length=1, max_length=200)
    phone: str = Field(min_length=1, max_length=200)


class Channel(Row):
    """A way in. `remote`: without a trip to a counter."""

    name: Text
    remote: bool


class VoltageLevel(Row):
    """A nominal voltage (kV) of the profile's grid, and the largest capacity (kVA) believable on it."""

    kv: Decimal
    capacity_max_kva: Decimal


class Holiday(Row):
    """Days off, first and last included, and the weekend days that are worked instead."""

    name: Text
    first: date
    last: date
    working_weekends: tuple[date, ...] = ()


class Calendar(Table):
    """Working days as dated data, sorted. A year that is not in `years_published` is provisional."""

    holidays: tuple[date, ...] = ()
    working_weekends: tuple[date, ...] = ()
    years_published: tuple[int, ...] = ()
