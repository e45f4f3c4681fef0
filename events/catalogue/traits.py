"""What an application is about, without a word about whom: the input of every policy decision."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from events.catalogue.base import Code, Model


class Kind(StrEnum):
    """The class of a connection, as the public figures group it."""

    HIGH_VOLTAGE = "hv"
    LOW_VOLTAGE = "lv_nonres"
    RESIDENTIAL = "lv_res"


class CustomerType(StrEnum):
    """Who applies (domain 2.2); decides the documents."""

    RESIDENT = "resident"
    ENTERPRISE = "enterprise"
    GOVERNMENT = "government"
    SOCIAL = "social"
    PARK = "park"
    EV_PRIVATE = "ev_private"
    EV_OPERATOR = "ev_operator"
    PORT = "port"


class Usage(StrEnum):
    """What the electricity is for; decides the boundary."""

    RESIDENTIAL = "residential"
    COMMERCIAL = "commercial"
    INDUSTRIAL = "industrial"
    AGRICULTURAL = "agricultural"
    PUBLIC = "public"
    EV_CHARGING = "ev_charging"
    SHORE_POWER = "shore_power"
    GENERATION = "generation"


class KeyArea(StrEnum):
    """The areas of boundary rule R2."""

    NONE = "none"
    INDUSTRIAL_PARK = "industrial_park"
    DEVELOPMENT_ZONE = "development_zone"
    PRODUCTION_PARK = "production_park"
    DISTRIBUTION_PILOT = "distribution_pilot"


class Supply(StrEnum):
    """Number of independent feeds."""

    SINGLE = "single"
    DUAL = "dual"


Positive = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=3)]
Money = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)]


class Traits(Model):
    """The application's public characteristics. Voltage in kV, capacity in kVA, investment in yuan (as text
    in JSON). The land: the day on which it was obtained, and whether it is planned for building in town."""

    region: Code
    customer_type: CustomerType
    usage: Usage
    voltage_kv: Positive
    capacity_kva: Positive
    supply: Supply = Supply.SINGLE
    permanent: bool = True
    key_area: KeyArea = KeyArea.NONE
    investment_cny: Money | None = None
    cable_duct: bool = True
    by_handler: bool = False
    tenant: bool = False
    new_build: bool = False
    government_regulated: bool = False
    important: bool = False
    land_obtained_on: date | None = None
    urban_land: bool = False

    @property
    def low_voltage(self) -> bool:
        """True below 1 kV."""
        return self.voltage_kv < 1

    @property
    def connection_kind(self) -> Kind:
        """The class of connection that voltage and customer make."""
        return connection_kind(self.customer_type, self.voltage_kv)


def connection_kind(customer: CustomerType, voltage_kv: Decimal) -> Kind:
    """Return the class of connection that voltage and customer make."""
    if voltage_kv >= 1:
        return Kind.HIGH_VOLTAGE
    resident = customer in (CustomerType.RESIDENT, CustomerType.EV_PRIVATE)
    return Kind.RESIDENTIAL if resident else Kind.LOW_VOLTAGE
