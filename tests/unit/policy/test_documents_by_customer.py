"""Who brings what: the lists by customer, and who may provide each document."""

from datetime import date
from typing import Any

import pytest

from events.catalogue.traits import Kind, Traits
from tests.unit.policy.examples import hainan, household, midwest, shop, traits
from workflows.policy import documents
from workflows.policy.slices import slice_for

DAY = date(2026, 3, 10)
OPERATOR = {"customer_type": "ev_operator", "usage": "ev_charging"}
PORT = {"customer_type": "port", "usage": "shore_power"}
PRIVATE = {"customer_type": "ev_private", "usage": "ev_charging"}

LISTS: list[tuple[Traits, str]] = [
    (traits(), "A1 A2 A3 A5 A7"),
    (traits(by_handler=True), "A1 A2 A3 A4 A5 A7"),
    (traits(tenant=True), "A1 A2 A3 A5 A7 A5L"),
    (traits(new_build=True), "A1 A2 A3 A5 A6 A7 A8"),
    (traits(government_regulated=True), "A1 A2 A3 A5 A6 A7"),
    (traits(important=True), "A1 A2 A3 A5 A6 A7 I1 I2"),
    (traits(customer_type="government"), "A1 A2 A3 A5 A6 A7"),
    (traits(customer_type="social"), "A1 A2 A3 A5 A7"),
    (traits(customer_type="park", usage="residential"), "A1 A2 A3 A5 A6 A7 A8"),
    (shop(customer_type="park"), "A1 A2 A3 A5 A6 A7 A8"),
    (traits(**OPERATOR), "A1 A2 A3 A5 A6 A7 E1"),
    (traits(**PORT), "A1 A2 A3 A5 A6 A7"),
    (shop(), "LN1 LN2 LN5 LN6"),
    (shop(by_handler=True, government_regulated=True), "LN1 LN2 LN3 LN4 LN5 LN6"),
    (shop(tenant=True), "LN1 LN2 LN5 LN5L LN6"),
    (shop(customer_type="social"), "LN1 LN2 LN5 LN6"),
    (shop(**OPERATOR), "LN1 LN2 LN4 LN5 LN6 LN7"),
    (shop(**PORT), "LN1 LN2 LN4 LN5 LN6"),
    (household(), "LR1 LR2 LR3"),
    (household(tenant=True), "LR1 LR2 LR3 LR3L"),
    (household(by_handler=True), "LR1 LR2 LR3 LR4"),
    (household(**PRIVATE), "LR1 LR2 LR3 LR5 LR6"),
    (household(**PRIVATE, tenant=True), "LR1 LR2 LR3 LR5 LR6"),
]
NAMES: list[tuple[Traits, str, str]] = [
    (traits(), "A2", "Business licence"),
    (traits(), "A3", "ID of the legal representative"),
    (traits(by_handler=True), "A3", "ID of legal representative and handler"),
    (traits(customer_type="government"), "A2", "Legal-person certificate"),
    (traits(customer_type="government"), "A6", "funding"),
    (traits(customer_type="social"), "A2", "forces included"),
    (traits(customer_type="park"), "A2", "Developer"),
    (traits(customer_type="park"), "A5", "Land-use certificate"),
    (traits(tenant=True), "A5", "Lease"),
    (traits(**OPERATOR), "A5", "owner's consent"),
    (traits(**OPERATOR), "A6", "Project filing"),
    (traits(**PORT), "A5", "berth"),
    (traits(usage="generation"), "A5", "roof"),
    (shop(customer_type="government"), "LN2", "Legal-person certificate"),
    (shop(**OPERATOR), "LN5", "owner's consent"),
    (household(), "LR2", "household book"),
    (household(tenant=True), "LR3", "Lease"),
    (household(**PRIVATE), "LR3", "parking space"),
]


@pytest.mark.parametrize(("application", "ids"), LISTS)
def test_each_customer_is_asked_for_its_own_list(application: Traits, ids: str) -> None:
    case = slice_for(hainan(), application, DAY)
    assert documents.required(case, "application") == tuple(ids.split())


@pytest.mark.parametrize(("application", "document", "name"), NAMES)
def test_each_customer_finds_its_own_name_for_a_document(
    application: Traits, document: str, name: str
) -> None:
    case = slice_for(hainan(), application, DAY)
    (found,) = (item for item in case.documents if item.id == document)
    assert name in found.name.en


def test_whatever_the_customer_no_list_is_longer_than_the_catalogue_and_its_own_extras() -> None:
    everything: dict[str, Any] = {
        "by_handler": True,
        "tenant": True,
        "new_build": True,
        "government_regulated": True,
        "important": True,
    }
    case = slice_for(hainan(), traits(**everything), DAY)
    counted = {item.id for item in hainan().documents if item.counted}
    asked = [item.id for item in case.documents if not item.waived]
    assert sum(item in counted for item in asked) == 16
    assert [item for item in asked if item not in counted] == ["A5L", "I1", "I2"]


def test_a_household_need_not_have_what_is_waived() -> None:
    case = slice_for(hainan(), household(), DAY)
    assert [item.id for item in case.documents if item.waived] == ["A3", "A6", "A8"]
    assert documents.missing(case, "application", []) == ("LR1", "LR2", "LR3")
    assert not any(item.waived for item in slice_for(hainan(), traits(), DAY).documents)


def test_each_document_says_who_may_provide_it() -> None:
    ways = {item.id: item.provided_by for item in slice_for(hainan(), traits(), DAY).documents}
    assert ways["A1"] == ("customer",)
    assert ways["A2"] == ("customer", "gov_share", "on_file")
    lease = {item.id: item.provided_by for item in slice_for(hainan(), traits(tenant=True), DAY).documents}
    assert lease["A5"] == ("customer",)  # no authority holds a private lease
    assert {row.id for row in hainan().providers} == {"customer", "gov_share", "on_file", "waived"}


def test_what_stands_beside_the_catalogue_is_in_no_count() -> None:
    beside = [item for item in hainan().documents if not item.counted]
    assert {item.id for item in beside} == {"A5L", "I1", "I2", "E1", "LR3L", "LR5", "LR6", "LN5L", "LN7"}
    assert documents.catalogue_counts(hainan()) == (26, 16)
    assert documents.catalogue_counts(hainan(), Kind.RESIDENTIAL) == (4, 4)
    assert documents.catalogue_counts(midwest()) == (0, 0)
