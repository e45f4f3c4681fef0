"""The demo's day: the same from the same seed, full of what a platform must stand, and with a true book."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deploy.demo.day import DAYS_BACK, working_day
from deploy.demo.facts import FedFact
from deploy.demo.personnel import personnel_facts
from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts
from events.catalogue.base import Fact
from events.catalogue.registry import FACT_MODELS
from events.envelope import read_time
from tests.unit.demo.test_projects import told
from tests.unit.demo.world import LARGEST, World, policy
from workflows.policy import clock
from workflows.policy.calendars import calendar_of

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
STAFF: tuple[type[Fact], ...] = (
    facts.PlanReplied,
    facts.SurveyCompleted,
    facts.SupportingWorksStarted,
    facts.SupportingWorksCompleted,
    facts.InspectionPassed,
    facts.InspectionFailed,
    duty_facts.BoundaryConfirmed,
    duty_facts.DesignReviewed,
    duty_facts.MidInspected,
)


@cache
def day(seed: int = 1, run: int = 1, applications: int = 200) -> list[FedFact]:
    return working_day(policy(), seed, run, NOW, applications)


def good(fed: list[FedFact]) -> list[dict[str, Any]]:
    return [dict(fact.event) for fact in fed if fact.event is not None and fact.expect == "applied"]


def test_the_same_seed_run_and_moment_give_the_same_bytes() -> None:
    again = working_day(policy(), 1, 1, NOW)
    assert [fact.body for fact in day()] == [fact.body for fact in again]


def test_another_run_is_a_new_day_with_new_ids() -> None:
    ids = [{fact.id for fact in day(run=run) if fact.id} for run in (1, 2)]
    assert not ids[0] & ids[1]
    assert not ids[0] & {fact.id for fact in day(seed=2)}


@pytest.mark.parametrize(("seed", "run"), [(1, 1), (7, 2)])
def test_the_book_foretells_what_becomes_of_every_fact(seed: int, run: int) -> None:
    fed = day(seed, run)
    told = World(NOW).live(fed)
    wrong = [
        (fact.id, fact.expect, fact.note, fate)
        for fact, fate in zip(fed, told, strict=True)
        if fate.outcome != fact.expect or (fact.codes and not fate.codes <= fact.codes)
    ]
    assert wrong == []


@pytest.mark.parametrize("applications", [1, 2, 5, 20])
def test_a_small_day_has_a_true_book_too(applications: int) -> None:
    fed = day(applications=applications)
    told = World(NOW).live(fed)
    assert [fate.outcome for fate in told] == [fact.expect for fact in fed]


def test_some_facts_come_late_early_twice_and_wrong() -> None:
    notes = Counter(fact.note for fact in day())
    assert notes["late"] >= 5
    assert notes["early"] >= 3
    assert notes["twice"] >= 10
    reasons = {code for fact in day() for code in fact.codes}
    assert reasons >= {
        "unknown_region",
        "unknown_type",
        "unknown_profile",
        "too_small",
        "household_at_high_voltage",
        "naive_time",
        "not_json",
        "id_reused",
        "future_time",
        "too_large",
        "case_ended",
        "not_in_this_process",
        "never_possible",
    }


def test_an_early_fact_comes_before_the_one_that_opens_its_case() -> None:
    fed = day()
    first = {fact.subject: fact for fact in reversed(fed) if fact.expect == "applied"}
    early = [fact for fact in fed if fact.note == "early"]
    assert early
    assert all(first[fact.subject] is fact for fact in early)


def test_every_fact_of_the_catalogue_occurs() -> None:
    known = {name for name, model in FACT_MODELS.items() if not model.internal}
    projects = {fact.event["type"] for part in told()[:2] for fact in part if fact.event is not None}
    staff = {event["type"] for event in good(personnel_facts(policy(), 1, 1, NOW))}
    assert {event["type"] for event in good(day())} | projects | staff == known


def test_both_kinds_many_regions_and_every_customer_occur() -> None:
    opening = [e["data"] for e in good(day()) if e["type"] == facts.ApplicationSubmitted.type]
    assert len(opening) == 200
    high = sum(float(data["voltage_kv"]) >= 1 for data in opening)
    assert 60 <= high <= 120
    assert {data["voltage_kv"] for data in opening} >= {"0.22", "0.38", "10", "35"}
    assert len({data["region"] for data in opening}) >= 12
    assert len({data["customer_type"] for data in opening}) >= 6


def test_all_happened_before_now_over_the_past_weeks() -> None:
    times = [read_time(event["time"]) for event in good(day())]
    assert max(times) < NOW
    assert max(times) > NOW - timedelta(days=2)
    assert NOW - timedelta(days=DAYS_BACK + 2) < min(times) < NOW - timedelta(days=80)


def test_staff_act_in_office_hours_on_working_days() -> None:
    zone, calendar = ZoneInfo(policy().timezone), calendar_of(policy())
    own = {kind.type for kind in STAFF}
    moments = [read_time(e["time"]).astimezone(zone) for e in good(day()) if e["type"] in own]
    assert moments
    assert all(clock.working_day(calendar, moment.date()) for moment in moments)
    assert all(8 <= moment.hour < 18 for moment in moments)


def test_a_site_without_metering_conditions_is_visited_again() -> None:
    surveys = Counter(e["subject"] for e in good(day()) if e["type"] == facts.SurveyCompleted.type)
    unready = [e["subject"] for e in good(day()) if e["data"].get("metering_conditions") is False]
    assert any(surveys[subject] == 2 for subject in unready)


def test_nobody_real_is_meant() -> None:
    opening = [e["data"] for e in good(day()) if e["type"] == facts.ApplicationSubmitted.type]
    assert all(data["applicant_phone"].startswith("100") for data in opening)
    assert all(data.get("applicant_id_no", "000000").startswith("000000") for data in opening)
    firms = [d["applicant_name"] for d in opening if d["customer_type"] not in {"resident", "ev_private"}]
    assert all("示例" in name for name in firms)


def test_one_is_too_large_and_one_is_no_json() -> None:
    fed = day()
    assert sum(len(fact.body) > LARGEST for fact in fed) == 1
    broken = next(fact for fact in fed if fact.event is None)
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken.body)
