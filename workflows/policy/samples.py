"""Applications that tell conditions apart: enough of them to see which rows of a table can ever hold."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import product
from typing import Any

from events.catalogue.traits import CustomerType, KeyArea, Kind, Supply, Traits, Usage
from workflows.policy.conditions import SHARED, holds
from workflows.policy.table import Condition

_PLAIN: dict[str, Any] = {"region": "any", "usage": Usage.PUBLIC}
_HOUSEHOLDS = (CustomerType.RESIDENT, CustomerType.EV_PRIVATE)
_OTHERS = tuple(one for one in CustomerType if one not in _HOUSEHOLDS)
_BY_KIND = {
    Kind.HIGH_VOLTAGE: (_OTHERS, (Decimal(10), Decimal(35), Decimal(110))),
    Kind.LOW_VOLTAGE: (_OTHERS, (Decimal("0.38"),)),
    Kind.RESIDENTIAL: (_HOUSEHOLDS, (Decimal("0.22"),)),
}


def samples(kind: Kind, conditions: Iterable[Condition]) -> Iterator[Traits]:
    """Yield applications of a kind, varied in every field of which the conditions speak, at their bounds."""
    listed = tuple(conditions)
    varied = {name: values for name, values in _choices(kind, listed).items() if values}
    for chosen in product(*varied.values()):
        yield Traits(**(_PLAIN | dict(zip(varied, chosen, strict=True))))


def first(conditions: Sequence[Condition], traits: Traits, kind: Kind) -> int | None:
    """Return the place of the first condition that holds, or None where none does."""
    return next((n for n, condition in enumerate(conditions) if holds(condition, traits, kind)), None)


def _choices(kind: Kind, conditions: Sequence[Condition]) -> dict[str, list[Any]]:
    customers, voltages = _BY_KIND[kind]

    def stated(name: str) -> list[Any]:
        found = (getattr(condition, name) for condition in conditions)
        return sorted({value for value in found if value is not None})

    low = kind is not Kind.HIGH_VOLTAGE
    bounds = [one for one in (*stated("voltage_min"), *stated("voltage_max")) if (one < 1) is low]
    land = [*stated("land_from"), *stated("land_before")]
    choices: dict[str, list[Any]] = {
        "customer_type": list(customers) if stated("customer_types") else [customers[0]],
        "usage": list(Usage) if stated("usages") else [],
        "voltage_kv": sorted({*voltages, *bounds}),
        "capacity_kva": [Decimal(1), *stated("capacity_min")],
        "investment_cny": [None, *stated("investment_min")],
        "land_obtained_on": [None, *land] if land else [],
        "key_area": list(KeyArea)[:2] if stated("key_area") else [],
    }
    for name in SHARED:
        both = list(Supply) if name == "supply" else [False, True]
        choices[name] = both if stated(name) else []
    return choices
