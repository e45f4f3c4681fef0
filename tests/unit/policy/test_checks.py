"""What the policy refuses, all reasons at once and without a word of the input."""

from datetime import date
from typing import Any

import pytest

from events.catalogue.base import Paper, ProvidedBy
from events.catalogue.connection_facts import ApplicationSubmitted, DocumentsSupplied, Paused, PlanConfirmed
from events.catalogue.traits import Traits
from tests.unit.policy.examples import hainan, household, midwest, shop, traits
from workflows.policy import checks


def codes(application: Traits, **given: Any) -> list[str]:
    """The codes of all problems in Hainan."""
    return [problem.code for problem in checks.problems(hainan(), application, **given)]


@pytest.mark.parametrize("application", [traits(), shop(), household(), traits(voltage_kv="110")])
def test_a_sound_application_may_begin(application: Traits) -> None:
    assert codes(application, channel="app", documents=["A1", "LR1", "M4"]) == []


@pytest.mark.parametrize(
    ("application", "expected"),
    [
        (traits(region="110000"), "unknown_region"),
        (household(voltage_kv="10"), "household_at_high_voltage"),
        (traits(voltage_kv="13.8"), "unknown_voltage"),
        (shop(capacity_kva="50000"), "capacity_implausible"),
    ],
)
def test_one_thing_wrong_is_one_problem(application: Traits, expected: str) -> None:
    assert codes(application) == [expected]


def test_an_application_older_than_the_policy_is_refused() -> None:
    assert codes(traits(), on=date(2019, 12, 31)) == ["not_in_force"]
    assert codes(traits(), on=date(2020, 1, 1)) == []


def test_everything_wrong_is_told_at_once() -> None:
    application = household(region="110000", voltage_kv="10", capacity_kva="999999")
    assert codes(application, channel="pigeon", documents=["A1", "Z9", "Z8"]) == [
        "unknown_region",
        "household_at_high_voltage",
        "capacity_implausible",
        "unknown_channel",
        "unknown_document",
        "unknown_document",
    ]


def test_a_refusal_repeats_no_value_of_the_input() -> None:
    application = household(region="SECRET-1", voltage_kv="10")
    told = checks.problems(hainan(), application, channel="SECRET-2", documents=["SECRET-3"])
    assert "SECRET" not in " ".join(problem.model_dump_json() for problem in told)


def test_facts_of_every_type_are_checked() -> None:
    fact = ApplicationSubmitted(**shop(region="110000").model_dump(), channel="hall", documents=("A1",))
    assert [problem.code for problem in checks.fact_problems(hainan(), fact)] == ["unknown_region"]
    nameless = Paused(cause="tea", actor="utility")
    assert [problem.code for problem in checks.fact_problems(hainan(), nameless)] == ["unknown_pause_cause"]
    assert checks.fact_problems(hainan(), PlanConfirmed(plan_no="P1")) == []


@pytest.mark.parametrize(
    ("document", "way", "expected"),
    [
        ("A2", "gov_share", []),
        ("A2", "on_file", []),
        ("A1", "customer", []),
        ("A1", "gov_share", ["not_provided_so"]),
        ("A1", "waived", ["not_provided_so"]),
        ("A6", "waived", []),
        ("Z9", "waived", ["unknown_document"]),
    ],
)
def test_a_document_comes_in_a_way_that_the_catalogue_names(
    document: str, way: ProvidedBy, expected: list[str]
) -> None:
    fact = DocumentsSupplied(documents=(document,), papers=(Paper(document=document, provided_by=way),))
    assert [one.code for one in checks.fact_problems(hainan(), fact)][: len(expected) or 1] == expected


def test_one_word_never_excuses_all_that_is_missing() -> None:
    fact = DocumentsSupplied(documents=("A1", "A6", "A7"), provided_by="waived")
    assert [one.code for one in checks.fact_problems(hainan(), fact)] == ["not_provided_so"] * 2


def test_a_compound_with_low_voltage_meters_may_begin() -> None:
    assert codes(shop(customer_type="park")) == []


def test_a_grid_that_lists_no_voltages_takes_any() -> None:
    wind_farm = traits(region="unknown", usage="generation", voltage_kv="161", capacity_kva="300000")
    assert checks.problems(midwest(), wind_farm, channel="queue") == []
    household_in_queue = checks.problems(midwest(), shop(region="WI"), channel="queue")
    assert [problem.code for problem in household_in_queue] == ["no_process"]
