"""What every policy table is made of: frozen rows, each with its basis, and conditions on an application.

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

from events.catalogue.base import Code
from events.catalogue.traits import CustomerType, Kind, Supply, Usage

Basis = Literal["seed", "sourced", "general", "derived", "design_choice"]
Unit = Literal["WD", "D", "h"]
Actor = Literal["customer", "utility", "government"]
Boundary = Literal["network_outlet", "red_line", "factory_boundary", "meter"]
Workflow = Literal["HighVoltageConnection", "LowVoltageConnection", "LateDispute"]
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

    Voltage in kV, capacity in kVA, investment in the profile's currency; `land_from` and `land_before` bound
    the day on which the land was obtained. Lower bounds are inclusive, upper ones (`voltage_max`,
    `land_before`) are not; what an application does not state reaches no bound.
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
    land_from: date | None = None
    land_before: date | None = None
    urban_land: bool | None = None

    @model_serializer(mode="wrap")
    def _only_what_is_given(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # A field that a later release adds must not change the version of a policy that does not use it.
        return {name: value for name, value in handler(self).items() if value is not None}
