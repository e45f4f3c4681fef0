"""The boundary: the measures' five rules and the defaults, and the national change, by the vectors of their
wording."""

from datetime import date
from typing import Any

import pytest

from events.catalogue.traits import Traits
from tests.unit.policy.examples import hainan, midwest, traits
from workflows.policy.boundary import BoundaryDecision, decide
from workflows.policy.slices import slice_for

DAY = date(2026, 3, 10)
PARK = {"key_area": "industrial_park"}
HUNDRED_MILLION = "100000000"
NEW_LAND = {"land_obtained_on": "2021-03-01", "urban_land": True}

TEN_MEASURES = [
    ({"voltage_kv": "35", "usage": "public", "capacity_kva": "1"}, "red_line", ["R1"]),
    ({"voltage_kv": "35", "usage": "commercial", "capacity_kva": "90000"}, "red_line", ["R1"]),
    ({"voltage_kv": "35", "permanent": False}, "red_line", ["R1"]),
    ({**PARK, "customer_type": "park", "usage": "residential", "capacity_kva": "400"}, "red_line", ["R2"]),
    ({"capacity_kva": "3000"}, "red_line", ["R3"]),
    ({"capacity_kva": "2999"}, "network_outlet", ["R0"]),
    ({"capacity_kva": "2999.999"}, "network_outlet", ["R0"]),
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
LETTER_129 = [
    ({**NEW_LAND, "capacity_kva": "2999"}, "red_line", ["N0"]),
    ({**NEW_LAND, "permanent": False}, "red_line", ["N0"]),
    ({**NEW_LAND, "voltage_kv": "110", "usage": "public"}, "red_line", ["N0"]),
    ({**NEW_LAND, "usage": "residential", "customer_type": "park"}, "red_line", ["N2"]),
    ({**NEW_LAND, "investment_cny": HUNDRED_MILLION}, "red_line", ["N1"]),
    ({**NEW_LAND, "voltage_kv": "0.38", "usage": "commercial"}, "meter", ["NLV"]),
    ({**NEW_LAND, "land_obtained_on": "2021-02-28"}, "network_outlet", ["R0"]),
    ({**NEW_LAND, "urban_land": False}, "network_outlet", ["R0"]),
    ({"urban_land": True}, "network_outlet", ["R0"]),
]


def decided(application: Traits) -> BoundaryDecision:
    """The decision by the rules that the application's slice carries."""
    decision = decide(slice_for(hainan(), application, DAY).boundary_rules, application)
    assert decision is not None
    return decision


@pytest.mark.parametrize(("given", "boundary", "matched"), [*TEN_MEASURES, *LETTER_129])
def test_the_first_rule_decides_and_all_that_match_are_named(
    given: dict[str, Any], boundary: str, matched: list[str]
) -> None:
    decision = decided(traits(**given))
    assert decision.boundary == boundary
    assert list(decision.rules_matched) == matched
    assert decision.decided_by == matched[0]


@pytest.mark.parametrize(
    ("given", "version"),
    [
        ({}, "ten_measures"),
        (NEW_LAND, "gbh129_2021"),
        ({**NEW_LAND, "land_obtained_on": "2024-07-01"}, "gbh129_2021"),
        ({**NEW_LAND, "land_obtained_on": "2021-02-28"}, "ten_measures"),
        ({**NEW_LAND, "urban_land": False}, "ten_measures"),
        ({"urban_land": True}, "ten_measures"),
    ],
)
def test_the_day_and_the_place_of_the_land_choose_the_version(given: dict[str, Any], version: str) -> None:
    case = slice_for(hainan(), traits(**given), DAY)
    assert case.boundary_version == version
    assert {rule.version for rule in case.boundary_rules} == {version}


def test_a_person_confirms_what_a_rule_cannot_be_sure_of() -> None:
    review = {rule.code for rule in hainan().boundary_rules if rule.needs_manual_review}
    assert review == {"R5", "N0", "N1", "N2"}
    assert decided(traits(voltage_kv="110", investment_cny=HUNDRED_MILLION)).needs_manual_review
    assert not decided(traits(voltage_kv="110")).needs_manual_review


def test_every_rule_lists_what_who_builds_and_where_that_is_known_from() -> None:
    for rule in hainan().boundary_rules:
        builders = {item.builder for item in rule.scope}
        assert "customer" in builders
        assert builders & {"utility", "government"}
        assert all(item.source for item in rule.scope)


def test_the_split_of_electrical_and_civil_works_is_said_to_be_from_elsewhere() -> None:
    split = [item for rule in hainan().boundary_rules for item in rule.scope if item.part != "all"]
    assert split
    assert all("not Hainan" in item.source for item in split)


def test_a_profile_without_rules_decides_nothing() -> None:
    case = slice_for(midwest(), traits(region="WI"), DAY)
    assert case.boundary_version is None
    assert decide(case.boundary_rules, traits(region="WI")) is None
