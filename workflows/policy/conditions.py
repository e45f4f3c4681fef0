"""Does a condition of a policy row hold for an application?"""

from collections.abc import Iterable
from typing import Any

from events.catalogue.traits import KeyArea, Kind, Traits
from workflows.policy.table import Condition

SHARED = (
    "supply",
    "permanent",
    "cable_duct",
    "by_handler",
    "tenant",
    "new_build",
    "government_regulated",
    "important",
    "urban_land",
)
"""Fields that a condition and the traits share by name and compare for equality."""


def holds(condition: Condition, traits: Traits, kind: Kind | None = None) -> bool:
    """Return whether every field that the condition gives holds. What is not stated reaches no bound.

    `kind` is that under which the policy handles the application, where it is another than its voltage's.
    """
    kinds = condition.kinds
    return (
        (kinds is None or (kind or traits.connection_kind) in kinds)
        and _within(condition, traits)
        and _on_land(condition, traits)
        and all(wanted is None or wanted == found for wanted, found in _pairs(condition, traits))
    )


def holds_any(conditions: Iterable[Condition], traits: Traits, kind: Kind | None = None) -> bool:
    """Return whether one of the conditions holds; True when there are none."""
    listed = tuple(conditions)
    return not listed or any(holds(condition, traits, kind) for condition in listed)


def _within(condition: Condition, traits: Traits) -> bool:
    """The lists and the bounds: lower ones inclusive, `voltage_max` exclusive."""
    investment = traits.investment_cny
    return (
        (condition.customer_types is None or traits.customer_type in condition.customer_types)
        and (condition.usages is None or traits.usage in condition.usages)
        and (condition.voltage_min is None or traits.voltage_kv >= condition.voltage_min)
        and (condition.voltage_max is None or traits.voltage_kv < condition.voltage_max)
        and (condition.capacity_min is None or traits.capacity_kva >= condition.capacity_min)
        and (
            condition.investment_min is None
            or (investment is not None and investment >= condition.investment_min)
        )
    )


def _on_land(condition: Condition, traits: Traits) -> bool:
    """The day on which the land was obtained: `land_from` inclusive, `land_before` exclusive."""
    day = traits.land_obtained_on
    return (condition.land_from is None or (day is not None and day >= condition.land_from)) and (
        condition.land_before is None or (day is not None and day < condition.land_before)
    )


def _pairs(condition: Condition, traits: Traits) -> Iterable[tuple[Any, Any]]:
    yield condition.key_area, traits.key_area is not KeyArea.NONE
    for name in SHARED:
        yield getattr(condition, name), getattr(traits, name)
