"""What a case carries: its own steps, duties and calendar; and how these change under it, or may not."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from events.catalogue.traits import Kind, Traits
from events.errors import MingdianError
from tests.unit.policy.examples import hainan, household, midwest, shop, traits
from workflows.connection import HighVoltageConnection, LowVoltageConnection
from workflows.policy import clock, slices
from workflows.policy.lifecycles import DUTIES, STEPS
from workflows.policy.model import CaseSlice, Policy
from workflows.policy.rows import Holiday
from workflows.policy.table import Condition

DAY = date(2026, 3, 10)


def case_of(policy: Policy | None = None, **given: Any) -> CaseSlice:
    """The slice of a 10 kV enterprise, except for what is given."""
    return slices.slice_for(policy or hainan(), traits(**given), DAY)


def with_rows(table: str, change: dict[str, Any], *ids: str) -> Policy:
    """Hainan's policy with some rows changed."""
    rows = tuple(row.model_copy(update=change) if row.id in ids else row for row in getattr(hainan(), table))
    return hainan().model_copy(update={table: rows, "version": "next"})


def test_the_tables_may_name_what_the_lifecycles_can_do() -> None:
    for lifecycle in (HighVoltageConnection, LowVoltageConnection):
        assert STEPS[lifecycle.__name__] == set(lifecycle.step_facts)  # type: ignore[index]
    assert {row.duty for row in hainan().tasks} == DUTIES


@pytest.mark.parametrize(
    ("given", "step", "limit"),
    [
        ({}, "application", (1, "WD")),
        ({}, "supply_plan_reply", (10, "WD")),
        ({}, "supporting_works", (70, "D")),
        ({"cable_duct": False}, "supporting_works", (50, "D")),
        ({}, "completion_inspection_and_metering", (6, "WD")),
        ({"supply": "dual"}, "supply_plan_reply", (20, "WD")),
        ({"supply": "dual"}, "supporting_works", (90, "D")),
        ({"supply": "dual", "cable_duct": False}, "supporting_works", (90, "D")),
        ({"supply": "dual"}, "completion_inspection_and_metering", (8, "WD")),
        ({"voltage_kv": "35"}, "application", (2, "WD")),
        ({"voltage_kv": "35", "supply": "dual"}, "supply_plan_reply", (30, "WD")),
        ({"voltage_kv": "35"}, "supporting_works", None),
        ({"voltage_kv": "110"}, "completion_inspection_and_metering", (10, "WD")),
    ],
)
def test_each_class_has_its_limits(given: dict[str, Any], step: str, limit: tuple[int, str] | None) -> None:
    found = clock.limit_for(case_of(**given).step(step), traits(**given))
    assert (found and (found.value, found.unit)) == limit


@pytest.mark.parametrize(
    ("application", "budget"),
    [(traits(supply="dual"), 32), (shop(), 5), (household(), 3)],
    ids=["10 kV dual", "low voltage without works", "household"],
)
def test_what_the_company_itself_may_take_stays_within_its_budget(application: Traits, budget: int) -> None:
    case = slices.slice_for(hainan(), application, DAY)
    limits = [clock.limit_for(step, application) for step in case.steps if step.customer_step]
    assert {limit.unit for limit in limits if limit} == {"WD"}
    assert sum(limit.value for limit in limits if limit) <= budget


@pytest.mark.parametrize(
    ("application", "permit", "checks"),
    [
        (traits(), 10, set()),
        (traits(important=True), 10, {"design_review", "mid_inspection"}),
        (shop(), 5, set()),
        (household(), 5, set()),
    ],
)
def test_important_customers_alone_have_checks_beside_the_steps(
    application: Traits, permit: int, checks: set[str]
) -> None:
    case = slices.slice_for(hainan(), application, DAY)
    found = case.task("permit")
    assert found and found.limit and (found.limit.value, found.actor) == (permit, "government")
    assert {task.code for task in case.tasks} & {"design_review", "mid_inspection"} == checks
    assert case.task("tea") is None


def test_a_compound_is_handled_as_high_voltage_even_where_its_meters_are_low() -> None:
    application = shop(customer_type="park")
    case = slices.slice_for(hainan(), application, DAY)
    assert (case.kind, case.process) == (Kind.HIGH_VOLTAGE, "hv3")
    assert {"A6", "A8"} <= {document.id for document in case.documents}
    target = clock.target_for(case, application)
    assert target and target.statistic == "mean"


def test_a_step_that_a_case_has_not_is_passed_over() -> None:
    (process,) = (row for row in hainan().processes if row.id == "hv3")
    steps = tuple(
        step.model_copy(update={"when": Condition(supply="dual")}) if step.id == "supply_plan_reply" else step
        for step in process.steps
    )
    policy = with_rows("processes", {"steps": steps}, "hv3")
    assert case_of(policy).step("application").next == "completion_inspection_and_metering"
    assert case_of(policy, supply="dual").step("application").next == "supply_plan_reply"
    with pytest.raises(KeyError):
        case_of(policy).step("supply_plan_reply")


def test_an_amended_calendar_moves_days_and_nothing_else() -> None:
    held = case_of()
    assert slices.amended(held, hainan()) == held
    typhoon = Holiday.model_validate(
        {
            "id": "typhoon",
            "basis": "design_choice",
            "source": "test",
            "valid_from": "2026-03-11",
            "name": {"zh": "台风", "en": "Typhoon"},
            "first": "2026-03-12",
            "last": "2026-03-12",
        }
    )
    newer = with_rows("limits", {"value": 1}, "hv_plan").model_copy(
        update={"holidays": (*hainan().holidays, typhoon)}
    )
    case = slices.amended(held, newer)
    assert case.calendar_version != held.calendar_version
    assert case.policy_version == held.policy_version
    assert case.steps == held.steps
    entered = datetime(2026, 3, 11, 2, tzinfo=UTC)
    limit = held.remind_before
    before, after = (clock.due(entered, limit, one.calendar, one.timezone) for one in (held, case))
    assert (after - before).days == 1


def test_a_change_of_policy_takes_everything_of_its_day() -> None:
    held = case_of()
    newer = with_rows("limits", {"value": 12}, "hv_plan")
    case = slices.resliced(held, newer, traits(), DAY)
    limit = clock.limit_for(case.step("supply_plan_reply"), traits())
    assert limit and limit.value == 12
    assert (case.policy_version, case.region) == ("next", held.region)


def test_a_running_case_never_changes_its_process_or_its_steps() -> None:
    held = case_of()
    with pytest.raises(MingdianError, match="other_process"):
        slices.resliced(held, hainan(), shop(), DAY)
    (process,) = (row for row in hainan().processes if row.id == "hv3")
    steps = tuple(step for step in process.steps if not step.optional)
    shorter = with_rows("processes", {"steps": steps}, "hv3")
    with pytest.raises(MingdianError, match="other_process"):
        slices.resliced(held, shorter, traits(), DAY)


@pytest.mark.parametrize(("capacity", "days"), [("99999", 1095), ("100000", 1460)])
def test_the_second_profile_has_limits_and_duties_of_its_own(capacity: str, days: int) -> None:
    application = traits(region="WI", voltage_kv="138", capacity_kva=capacity)
    case = slices.slice_for(midwest(), application, DAY)
    limits = [clock.limit_for(step, application) for step in case.steps]
    assert [limit and (limit.value, limit.unit) for limit in limits] == [(10, "WD"), (days, "D")]
    assert [(task.code, task.limit and task.limit.unit) for task in case.tasks] == [("dispute_answer", "D")]


def test_the_second_profile_reminds_by_its_own_calendar() -> None:
    case = slices.slice_for(midwest(), traits(region="WI", voltage_kv="138"), DAY)
    assert case.boundary_version is None
    assert case.remind_before.value == 1
    due = datetime(2026, 7, 7, 4, 59, tzinfo=UTC)  # Monday 6 July in Chicago, after a long weekend
    reminded = clock.reminder(due, case.remind_before, case.calendar, case.timezone)
    assert clock.local_day(reminded, case.timezone) == date(2026, 7, 2)
