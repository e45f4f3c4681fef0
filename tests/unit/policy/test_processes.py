"""Steps, visits, regions, staff and the slice of a case."""

import json
from collections import Counter
from datetime import date
from typing import Any

import pytest

from events.catalogue.traits import Kind, Traits
from events.errors import MingdianError
from tests.unit.policy.examples import hainan, household, midwest, shop, traits
from workflows.policy import processes, regions, staffing, visits
from workflows.policy.model import CaseSlice, Policy
from workflows.policy.slices import slice_for

DAY = date(2026, 3, 10)


def test_six_steps_became_three_and_three_became_two() -> None:
    assert processes.counts(hainan()) == {
        Kind.HIGH_VOLTAGE: (6, 3),
        Kind.LOW_VOLTAGE: (3, 2),
        Kind.RESIDENTIAL: (3, 2),
    }
    stated = processes.stated(hainan(), "steps", Kind.HIGH_VOLTAGE)
    assert stated and (stated.before, stated.now, stated.basis) == (6, 3, "seed")


@pytest.mark.parametrize(
    ("application", "process", "workflow"),
    [
        (traits(), "hv3", "HighVoltageConnection"),
        (shop(), "lv2", "LowVoltageConnection"),
        (household(), "lv2", "LowVoltageConnection"),
    ],
)
def test_the_voltage_chooses_the_process(application: Traits, process: str, workflow: str) -> None:
    found = processes.process_for(hainan(), application)
    assert (found.code, found.workflow) == (process, workflow)


def test_the_utilitys_own_works_are_no_step_of_the_customers() -> None:
    case = slice_for(hainan(), traits(), DAY)
    works = case.step("supporting_works")
    assert works.optional
    assert not works.customer_step
    assert [step.code for step in case.steps if step.customer_step] == [
        "application",
        "supply_plan_reply",
        "completion_inspection_and_metering",
    ]


def test_the_second_profile_has_application_and_energisation() -> None:
    case = slice_for(midwest(), traits(region="Michigan", voltage_kv="138", capacity_kva="50000"), DAY)
    assert [step.code for step in case.steps] == ["application", "energisation"]
    assert (case.region, case.targets, case.visits_allowed, case.boundary_rules) == ("MI", (), None, ())
    with pytest.raises(MingdianError, match="no_process"):
        processes.process_for(midwest(), shop(region="MI"))


@pytest.mark.parametrize(("application", "allowed"), [(household(), 0), (shop(), 1), (traits(), 1)])
def test_a_household_makes_no_trip_and_a_business_one(application: Traits, allowed: int) -> None:
    assert visits.allowed(hainan(), application) == allowed


def test_hainan_has_nineteen_regions_one_of_them_in_an_inset() -> None:
    assert len(hainan().regions) == 19
    assert [region.name.en for region in hainan().regions if region.inset] == ["Sansha"]


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("460100", "460100"),
        ("460108", "460100"),  # a district of Haikou
        ("469003", "460400"),  # Danzhou before 2015
        ("469036", "469030"),  # Qiongzhong in old tables
        ("469025", "469025"),  # Ding'an in old tables, Baisha today: today counts
        ("440100", None),
    ],
)
def test_old_codes_are_accepted_and_never_stored(sent: str, meant: str | None) -> None:
    assert regions.resolve(hainan(), sent) == meant
    if meant is not None:
        assert slice_for(hainan(), traits(region=sent), DAY).region == meant


@pytest.mark.parametrize("policy", [hainan(), midwest()], ids=["hainan", "midwest"])
def test_nobody_supervises_himself_and_work_is_spread(policy: Policy) -> None:
    for region in policy.regions:
        case = slice_for(policy, traits(region=region.id), DAY)
        pairs = [staffing.assign(case, f"{policy.prefix}-2026-{n:06d}") for n in range(60)]
        assert all(manager.staff_id != supervisor.staff_id for manager, supervisor in pairs)
        managers = Counter(manager.staff_id for manager, _ in pairs)
        assert len(managers) >= 2
        assert min(managers.values()) >= 5


def test_the_same_number_always_meets_the_same_people() -> None:
    case = slice_for(hainan(), traits(), DAY)
    assert staffing.assign(case, "HN-2026-000001") == staffing.assign(case, "HN-2026-000001")
    assert staffing.holder(case, "nobody", "HN-2026-000001") is None


@pytest.mark.parametrize("given", [{}, {"voltage_kv": "35"}, {"supply": "dual", "customer_type": "park"}])
def test_a_slice_is_small_whole_and_survives_its_journey(given: dict[str, Any]) -> None:
    case = slice_for(hainan(), traits(**given), DAY)
    sent = case.model_dump_json()
    assert len(sent.encode()) < 30_000
    assert CaseSlice.model_validate_json(sent) == case
    assert json.loads(sent)["policy_version"] == hainan().version


def test_a_slice_carries_the_years_it_needs_and_the_pauses_it_knows() -> None:
    case = slice_for(hainan(), traits(), DAY)
    assert {day.year for day in case.calendar.holidays} == {2025, 2026, 2027}
    assert case.calendar.years_published == (2025, 2026)
    permit = case.pause("permit")
    assert permit and permit.pauses_step and not permit.pauses_end_to_end
    assert case.pause("supporting_works") is None
    assert case.after_service_days == 30


def test_a_day_before_the_policy_has_no_slice() -> None:
    with pytest.raises(MingdianError, match="no_process"):
        slice_for(hainan(), traits(), date(2019, 12, 31))
