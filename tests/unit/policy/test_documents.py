"""The catalogue, and what of it one case needs."""

from datetime import date
from typing import Any

import pytest

from events.catalogue.traits import Kind, Traits
from tests.unit.policy.examples import hainan, household, midwest, shop, traits
from workflows.policy import documents
from workflows.policy.model import CaseSlice
from workflows.policy.slices import slice_for

INSPECTION = "completion_inspection_and_metering"
DAY = date(2026, 3, 10)


def case_of(application: Traits) -> CaseSlice:
    """The slice of an application in Hainan."""
    return slice_for(hainan(), application, DAY)


def test_twenty_six_documents_became_sixteen() -> None:
    assert documents.catalogue_counts(hainan()) == (26, 16)


def test_ten_went_four_with_the_mid_inspection_and_six_from_the_completion() -> None:
    dropped = [item for item in hainan().documents if item.before and not item.now]
    steps = [item.step_before for item in dropped]
    assert (steps.count("mid_inspection"), steps.count("completion_inspection"), len(steps)) == (4, 6, 10)


def test_the_two_of_the_design_review_found_a_new_home() -> None:
    moved = {item.id: item.step_now for item in hainan().documents if item.step_before == "design_review"}
    assert moved == {"D1": INSPECTION, "D2": INSPECTION}


def test_an_enterprise_at_10_kv_brings_four_and_then_eight() -> None:
    case = case_of(traits())
    assert documents.required(case, "application") == ("A1", "A2", "A3", "A5", "A7")
    assert documents.required(case, INSPECTION) == ("D1", "D2", "C1", "C2", "C3", "C6", "C11", "C12")


@pytest.mark.parametrize(
    ("given", "document"),
    [
        ({"by_handler": True}, "A4"),
        ({"government_regulated": True}, "A6"),
        ({"new_build": True}, "A6"),
        ({"new_build": True}, "A8"),
        ({"customer_type": "park"}, "A6"),
        ({"customer_type": "park"}, "A8"),
        ({"customer_type": "government"}, "A6"),
    ],
)
def test_some_documents_are_asked_for_only_when_they_apply(given: dict[str, Any], document: str) -> None:
    assert document in documents.required(case_of(traits(**given)), "application")
    assert document not in documents.required(case_of(traits()), "application")


def test_everything_missing_is_named_at_once_in_order() -> None:
    assert documents.missing(case_of(traits()), "application", ["A7", "A2", "C1"]) == ("A1", "A3", "A5")
    assert documents.missing(case_of(traits()), "supply_plan_reply", []) == ()


def test_a_household_brings_three() -> None:
    assert documents.required(case_of(household()), "application") == ("LR1", "LR2", "LR3")
    agent = documents.required(case_of(household(by_handler=True)), "application")
    assert agent == ("LR1", "LR2", "LR3", "LR4")


def test_a_private_charger_brings_the_managers_consent_and_the_vehicle() -> None:
    charger = household(customer_type="ev_private", usage="ev_charging")
    assert documents.required(case_of(charger), "application")[-2:] == ("LR5", "LR6")


def test_a_shop_brings_its_licence_and_its_list() -> None:
    assert documents.required(case_of(shop()), "application") == ("LN1", "LN2", "LN5", "LN6")


def test_a_document_is_named_as_its_customer_knows_it() -> None:
    names = {item.id: item.name.en for item in case_of(traits(tenant=True)).documents}
    assert names["A2"] == "Business licence"
    assert "Lease" in names["A5"]


def test_the_second_profile_asks_for_nothing() -> None:
    assert documents.catalogue_counts(midwest()) == (0, 0)
    case = slice_for(midwest(), traits(region="WI", voltage_kv="138"), DAY)
    assert documents.required(case, "application") == ()
    assert case.kind is Kind.HIGH_VOLTAGE
