"""The ways before the measures: 6 and 3 steps, 26 documents, the former limits, no promise for the whole."""

from datetime import date
from typing import Any

import pytest

from events.catalogue.traits import Kind, Traits
from tests.unit.policy.examples import hainan, household, midwest, shop, traits
from workflows.policy import clock, documents
from workflows.policy.integrity import faults
from workflows.policy.regimes import before
from workflows.policy.slices import slice_for

DAY = date(2026, 3, 10)
OLD = before(hainan())

LIMITS: list[tuple[Traits, list[int | None]]] = [
    (traits(), [None, 20, 20, None, 5, 7, 7]),
    (traits(supply="dual"), [None, 45, 20, None, 5, 7, 7]),
    (traits(voltage_kv="35"), [None, 45, 20, None, 5, 7, 7]),
    (shop(), [None, 8, None, 5]),
    (household(), [None, 3, None, 3]),
]


@pytest.mark.parametrize(("application", "limits"), LIMITS)
def test_each_class_had_its_own_limits(application: Traits, limits: list[int | None]) -> None:
    case = slice_for(OLD, application, DAY)
    found = [clock.limit_for(step, application) for step in case.steps]
    assert [limit and limit.value for limit in found] == limits
    assert {limit.statistic for limit in found if limit} == {"limit"}
    assert (case.targets, case.visits_allowed) == ((), None)


@pytest.mark.parametrize(("application", "count"), [(traits(), 6), (shop(), 3), (household(), 3)])
def test_six_and_three_steps_were_the_customers(application: Traits, count: int) -> None:
    case = slice_for(OLD, application, DAY)
    assert sum(step.customer_step for step in case.steps) == count
    assert case.process in {"hv_legacy6", "lv_legacy3"}


def test_twenty_six_documents_were_asked_for_at_their_own_steps() -> None:
    assert documents.catalogue_counts(OLD) == (26, 26)
    everything: dict[str, Any] = {"by_handler": True, "government_regulated": True, "new_build": True}
    case = slice_for(OLD, traits(**everything), DAY)
    counts = [len(documents.required(case, step.code)) for step in case.steps]
    assert counts == [8, 0, 2, 0, 4, 12, 0]


def test_nothing_was_waived() -> None:
    case = slice_for(OLD, household(), DAY)
    assert [document.id for document in case.documents] == ["LR1", "LR2", "LR3"]


def test_an_important_customers_checks_were_steps_of_every_customer() -> None:
    case = slice_for(OLD, traits(important=True), DAY)
    assert case.task("design_review") is None
    assert case.task("permit") is not None


@pytest.mark.parametrize(
    ("given", "matched"),
    [({"capacity_kva": "5000"}, {"R0"}), ({"investment_cny": "100000000"}, {"R5", "R0"})],
)
def test_only_boundary_rules_that_are_older_than_the_measures_remain(
    given: dict[str, Any], matched: set[str]
) -> None:
    case = slice_for(OLD, traits(**given), DAY)
    assert {rule.code for rule in case.boundary_rules} == {"R5", "R0", "RLV"} >= matched
    new_land = traits(land_obtained_on="2022-01-01", urban_land=True)
    assert slice_for(OLD, new_land, DAY).boundary_version == "ten_measures"


def test_the_old_ways_hold_together_and_have_a_version_of_their_own() -> None:
    assert faults(OLD) == []
    assert OLD.version not in {"", hainan().version}
    assert before(hainan()).version == OLD.version


def test_a_kind_without_a_known_former_way_keeps_todays() -> None:
    old = before(midwest())
    assert {kind for process in old.processes for kind in process.kinds} == {Kind.HIGH_VOLTAGE}
    case = slice_for(old, traits(region="WI", voltage_kv="138"), DAY)
    assert [step.code for step in case.steps] == ["application", "energisation"]
