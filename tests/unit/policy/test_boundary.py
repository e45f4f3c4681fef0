"""The boundary: the measures' five rules and the defaults, by the vectors that their wording gives."""

from typing import Any

import pytest

from tests.unit.policy.examples import hainan, midwest, traits
from workflows.policy.boundary import decide

PARK = {"key_area": "industrial_park"}
HUNDRED_MILLION = "100000000"

VECTORS = [
    ({"voltage_kv": "35", "usage": "public", "capacity_kva": "1"}, "red_line", ["R1"]),
    ({"voltage_kv": "35", "usage": "commercial", "capacity_kva": "90000"}, "red_line", ["R1"]),
    ({"voltage_kv": "35", "permanent": False}, "red_line", ["R1"]),
    ({**PARK, "customer_type": "park", "usage": "residential", "capacity_kva": "400"}, "red_line", ["R2"]),
    ({"capacity_kva": "3000"}, "red_line", ["R3"]),
    ({"capacity_kva": "2999"}, "network_outlet", ["R0"]),
    ({"permanent": False, "capacity_kva": "5000"}, "network_outlet", ["R0"]),
    ({**PARK, "permanent": False, "capacity_kva": "5000"}, "network_outlet", ["R0"]),
    ({"usage": "ev_charging", "customer_type": "ev_operator"}, "red_line", ["R4"]),
    ({"voltage_kv": "110", "investment_cny": HUNDRED_MILLION}, "factory_boundary", ["R5", "R1"]),
    ({"usage": "commercial", "capacity_kva": "5000", "investment_cny": "300000000"}, "red_line", ["R3"]),
    ({"voltage_kv": "0.38", "capacity_kva": "100", "usage": "commercial"}, "meter", ["RLV"]),
    ({"investment_cny": "99999999.99"}, "network_outlet", ["R0"]),
    ({"usage": "residential", "capacity_kva": "4000"}, "network_outlet", ["R0"]),
    ({**PARK, "usage": "shore_power", "customer_type": "port"}, "red_line", ["R2", "R4"]),
    ({**PARK, "capacity_kva": "3000"}, "red_line", ["R2", "R3"]),
]


@pytest.mark.parametrize(("given", "boundary", "matched"), VECTORS)
def test_the_first_rule_decides_and_all_that_match_are_named(
    given: dict[str, Any], boundary: str, matched: list[str]
) -> None:
    decision = decide(hainan().boundary_rules, traits(**given))
    assert decision is not None
    assert decision.boundary == boundary
    assert list(decision.rules_matched) == matched
    assert decision.decided_by == matched[0]


def test_a_large_industrial_project_is_confirmed_by_a_person() -> None:
    decision = decide(hainan().boundary_rules, traits(voltage_kv="110", investment_cny=HUNDRED_MILLION))
    assert decision is not None
    assert decision.needs_manual_review


def test_no_other_rule_asks_for_a_person() -> None:
    assert [rule.code for rule in hainan().boundary_rules if rule.needs_manual_review] == ["R5"]


def test_the_order_of_the_rows_in_the_file_does_not_matter() -> None:
    rules = hainan().boundary_rules
    application = traits(voltage_kv="110", investment_cny=HUNDRED_MILLION)
    assert decide(reversed(rules), application) == decide(rules, application)


def test_a_profile_without_rules_decides_nothing() -> None:
    assert decide(midwest().boundary_rules, traits(region="WI")) is None
