"""Who applies, for what and where: the mixture of a province, drawn from a seed."""

from decimal import Decimal
from random import Random
from typing import Any

from events.catalogue.traits import CustomerType, KeyArea, Supply, Traits, Usage
from workflows.policy import regions
from workflows.policy.model import Policy

HV_SHARE = 0.45
"""Share of applications at 10 kV and above."""

# Applications per region, roughly as people and building sites are spread; a region not listed counts 1.
_WEIGHTS = {
    "460100": 30.0,
    "460200": 18.0,
    "460300": 0.5,
    "460400": 8.0,
    "469002": 5.0,
    "469005": 5.0,
    "469006": 4.0,
    "469007": 3.0,
    "469022": 1.5,
    "469023": 6.0,
    "469027": 3.0,
    "469028": 4.0,
}
_CHANNELS = {"app": 40, "wechat": 14, "gov_app": 14, "web": 12, "alipay": 8, "hall": 8, "hotline": 4}
_ALIAS_SHARE = 0.04
_PARKS = (KeyArea.INDUSTRIAL_PARK, KeyArea.DEVELOPMENT_ZONE, KeyArea.PRODUCTION_PARK)

# customer, usage, key area likely, voltages (kV), capacities (kVA), weight
_Row = tuple[CustomerType, Usage, bool, tuple[str, ...], tuple[int, ...], int]
_HIGH: tuple[_Row, ...] = (
    (CustomerType.ENTERPRISE, Usage.INDUSTRIAL, True, ("10",), (630, 1250, 2000, 3000, 5000, 8000), 30),
    (CustomerType.ENTERPRISE, Usage.COMMERCIAL, False, ("10",), (400, 630, 1000, 2500, 3150), 24),
    (CustomerType.PARK, Usage.RESIDENTIAL, False, ("10",), (1260, 2000, 4000), 10),
    (CustomerType.PARK, Usage.INDUSTRIAL, True, ("10",), (2000, 4000, 6300), 6),
    (CustomerType.EV_OPERATOR, Usage.EV_CHARGING, False, ("10",), (630, 800, 1260), 12),
    (CustomerType.GOVERNMENT, Usage.PUBLIC, False, ("10",), (400, 630, 1000), 8),
    (CustomerType.PORT, Usage.SHORE_POWER, False, ("10",), (1600, 3150), 2),
    (CustomerType.ENTERPRISE, Usage.INDUSTRIAL, True, ("35",), (12_500, 20_000, 31_500), 6),
    (CustomerType.ENTERPRISE, Usage.INDUSTRIAL, True, ("110",), (63_000, 100_000), 2),
)
_LOW: tuple[_Row, ...] = (
    (CustomerType.RESIDENT, Usage.RESIDENTIAL, False, ("0.22",), (8, 12, 16), 42),
    (CustomerType.EV_PRIVATE, Usage.EV_CHARGING, False, ("0.22",), (7,), 20),
    (CustomerType.ENTERPRISE, Usage.COMMERCIAL, False, ("0.38",), (30, 50, 80, 120, 160), 26),
    (CustomerType.ENTERPRISE, Usage.AGRICULTURAL, False, ("0.38",), (20, 30, 50), 5),
    (CustomerType.SOCIAL, Usage.PUBLIC, False, ("0.38",), (20, 40), 4),
    (CustomerType.EV_OPERATOR, Usage.EV_CHARGING, False, ("0.38",), (60, 120), 3),
)


def draw_traits(policy: Policy, rng: Random) -> Traits:
    """Draw what one application is about. The region may be written in an old code, which is accepted."""
    high = rng.random() < HV_SHARE
    rows = _HIGH if high else _LOW
    customer, usage, parks, voltages, capacities, _ = rng.choices(rows, [row[-1] for row in rows])[0]
    in_park = parks and rng.random() < 0.5
    flags: dict[str, Any] = {
        "permanent": rng.random() > 0.06,
        "key_area": rng.choice(_PARKS) if in_park else KeyArea.NONE,
        "by_handler": rng.random() < 0.25,
        "tenant": rng.random() < 0.2,
        "new_build": high and rng.random() < 0.3,
        "government_regulated": rng.random() < 0.05,
        "cable_duct": not high or rng.random() < 0.65,
    }
    if high and customer is CustomerType.ENTERPRISE:
        flags["supply"] = Supply.DUAL if rng.random() < 0.12 else Supply.SINGLE
        flags["important"] = rng.random() < 0.05
        flags["investment_cny"] = Decimal(rng.choice((8, 20, 45, 90, 100, 260))) * 1_000_000
    return Traits(
        region=_region(policy, rng),
        customer_type=customer,
        usage=usage,
        voltage_kv=Decimal(rng.choice(voltages)),
        capacity_kva=Decimal(rng.choice(capacities)),
        **flags,
    )


def draw_channel(policy: Policy, rng: Random) -> str:
    """Draw the way in, of those that the profile lists."""
    known = [channel.code for channel in policy.channels if channel.code in _CHANNELS]
    return rng.choices(known, [_CHANNELS[code] for code in known])[0]


def town_of(policy: Policy, code: str) -> str:
    """The Chinese name of a region, for addresses."""
    found = regions.region(policy, code)
    return found.name.zh if found else ""


def _region(policy: Policy, rng: Random) -> str:
    region = rng.choices(policy.regions, [_WEIGHTS.get(row.code, 1.0) for row in policy.regions])[0]
    if region.aliases and rng.random() < _ALIAS_SHARE:
        return rng.choice(region.aliases)
    return region.code
