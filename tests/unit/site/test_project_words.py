"""There are words for everything that a project's page can say, and its pictures say what the numbers say."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest

from events.catalogue import project_facts as facts
from events.catalogue.base import Text
from events.catalogue.project_change_facts import Seat
from events.catalogue.project_events import Light
from events.catalogue.project_progress import KINDS
from events.catalogue.registry import EVENT_MODELS, short_name, stream_of
from events.catalogue.staff_facts import Why
from projections.api.prestart_csv import COLUMNS, table
from projections.api.prestart_story import DETAIL
from projections.api.prestart_views import (
    LightView,
    ListedProject,
    LoadView,
    PublicFields,
    RegionLights,
    WorksView,
)
from projections.site.project_drawings import load_bars, works_picture
from projections.site.project_words import SHAPES, age, left, light_sentence
from projections.site.texts.tables import TABLES
from projections.site.words import Words

NOW = datetime(2026, 9, 15, 2, 41, tzinfo=UTC)
NEVER_TOLD = {"intention_recorded", "rows_parted", "spending_recorded", "match_dismissed"}
"""Told field by field, or not for everybody."""


def words(language: str = "en") -> Words:
    return Words(language, TABLES[language], "Asia/Shanghai", NOW)


@pytest.mark.parametrize("language", TABLES)
def test_every_code_has_its_words(language: str) -> None:
    known = TABLES[language]
    codes = {
        "project_stage": get_args(facts.Stage),
        "works": get_args(facts.WorksStage),
        "light": (*get_args(Light), "none"),
        "visit_purpose": get_args(facts.ProjectVisited.model_fields["purpose"].annotation),
        "project.milestone": get_args(facts.MilestoneReached.model_fields["milestone"].annotation),
        "project.relocation": get_args(facts.RelocationReported.model_fields["state"].annotation),
        "project.application": get_args(facts.ApplicationProgressed.model_fields["state"].annotation),
        "project.seat": get_args(Seat),
        "handover": get_args(Why),
        "project.kind": tuple(kind for kind in KINDS if kind != "spending"),
        "visit_way": ("True", "False"),
        "project.field": tuple(PublicFields.model_fields),
    }
    missing = [f"{kind}.{code}" for kind, every in codes.items() for code in every]
    assert {key for key in missing if key not in known} == set()


@pytest.mark.parametrize("language", TABLES)
def test_every_event_is_told_or_left_out_on_purpose(language: str) -> None:
    told = {short_name(model.type) for model in DETAIL}
    assert told | NEVER_TOLD == {short_name(name) for name in EVENT_MODELS if stream_of(name) == "project"}
    assert told.isdisjoint(NEVER_TOLD)
    for model, details in DETAIL.items():
        text = TABLES[language][f"story.{short_name(model.type)}"]
        assert all(f"{{{name}}}" in text for name in details), text


@pytest.mark.parametrize(
    ("slack", "left_days", "said"),
    [
        (18, 85, "85 days until the expected energising (30 November, Monday)"),
        (18, 85, "18 days to spare."),
        (-3, 64, "3 days short."),
        (1, 68, "1 day to spare."),
        (-77, -10, "10 days past the expected energising"),
    ],
)
def test_a_light_says_what_it_was_read_from(slack: int, left_days: int, said: str) -> None:
    light = LightView(
        light="yellow",
        since=date(2026, 9, 6),
        rule="tight",
        expected_on=date(2026, 11, 30),
        needed_days=67,
        left_days=left_days,
        slack_days=slack,
    )
    said = said.replace("30 November, Monday", words().day(date(2026, 11, 30)))
    assert said in light_sentence(light, words())


def test_no_light_says_why() -> None:
    assert light_sentence(None, words()) == words()("project.light.none")


def test_an_age_is_counted_in_local_days() -> None:
    late_in_the_evening = datetime(2026, 9, 14, 15, 59, tzinfo=UTC)  # 23:59 of the 14th there
    assert "1 day ago" in age(late_in_the_evening, NOW, words())
    assert age(late_in_the_evening + timedelta(minutes=1), NOW, words()).endswith("today")
    assert left(date(2026, 9, 14), date(2026, 9, 15), words()) == "1 day past"


def test_loads_are_as_long_as_they_are_large() -> None:
    bars = load_bars((LoadView(year=2028, capacity_kva=5000), LoadView(year=2027, capacity_kva=2500)))
    assert [bar.year for bar in bars] == [2027, 2028]
    assert bars[1].length == pytest.approx(2 * bars[0].length, abs=0.2)
    assert load_bars(()) == ()


def test_works_lie_on_one_axis_of_days() -> None:
    today = date(2026, 6, 11)
    works = (
        WorksView(
            stage="design",
            planned_from=date(2026, 6, 1),
            planned_until=date(2026, 6, 11),
            started_on=date(2026, 6, 6),
        ),
        WorksView(stage="civil", planned_from=date(2026, 6, 21), planned_until=date(2026, 7, 1)),
    )
    picture = works_picture(works, date(2026, 7, 11), today)
    assert picture is not None
    assert (picture.first, picture.last) == (date(2026, 6, 1), date(2026, 7, 11))
    assert [bar.planned for bar in picture.bars] == [(0, 85), (170, 85)]
    assert (picture.bars[0].real, picture.bars[0].open) == ((42.5, 42.5), True)
    assert (picture.bars[1].real, picture.today_x, picture.expected_x) == (None, 85, 340)
    assert works_picture((WorksView(stage="design"),), None, today) is None


def test_the_worst_light_of_a_region_counts() -> None:
    def region(**lights: int) -> RegionLights:
        return RegionLights(code="1", name=Text(zh="甲", en="A"), inset=False, **lights)

    assert region().worst is None
    assert region(none=2).worst == "none"
    assert region(green=5, yellow=1).worst == "yellow"
    assert region(green=5, yellow=1, red=1).worst == "red"
    assert list(SHAPES) == ["red", "yellow", "green", "none"]


def test_a_table_holds_no_formula() -> None:
    told: dict[str, Any] = dict.fromkeys(ListedProject.model_fields)
    told |= {"number": "HNK-2026-000001", "name": "@SUM(1)", "region": "1", "stage": "lead", "conflicts": 0}
    told |= {"region_name": Text(zh="甲", en="A"), "gone": False, "last_event_at": NOW}
    head, row = table([ListedProject.model_validate(told)]).removeprefix("\ufeff").split("\r\n")[:2]
    assert head.split(",") == [*COLUMNS, "region_zh", "region_en"]
    assert row.split(",")[:2] == ["HNK-2026-000001", "'@SUM(1)"]
