"""What is known of channels is told, and what is not known is not zero."""

from pathlib import Path
from typing import Any

import pytest

from projections.api.channels import channel_figures
from tests.unit.channels.tables import channels
from tests.unit.policy.examples import hainan
from workflows.policy.interface import Interface

GOV: dict[str, Any] = {
    "channel": "gov_app",
    "received": 3,
    "accepted": 2,
    "accepted_mean_hours": 5.0,
    "accepted_p95_hours": 8.0,
    "energised": 0,
    "energised_mean_days": None,
    "energised_p95_days": None,
}
HALL = {**GOV, "channel": "hall", "received": 1}
REFUSALS = [
    {"source": "/channel/city", "code": "unknown_word", "count": 4},
    {"source": "/channel/city", "code": "bad_time", "count": 1},
]

ANSWERS = [{"source": "/channel/city", "count": 3, "mean_seconds": 0.5, "p95_seconds": 0.9}]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> list[Interface]:
    folder: Path = tmp_path_factory.mktemp("profile")
    return list(channels(folder).values())


def test_shares_are_of_all_that_came_and_every_channel_is_listed(tables: list[Interface]) -> None:
    found = {one.code: one for one in channel_figures(hainan(), tables, [GOV, HALL], REFUSALS, [])}
    assert list(found) == [row.code for row in hainan().channels]
    assert (found["gov_app"].share, found["hall"].share, found["web"].share) == (0.75, 0.25, 0.0)
    assert found["gov_app"].accepted_p95_hours == 8.0
    assert found["web"].accepted_mean_hours is None


def test_refusals_are_told_by_code_where_they_are_known(tables: list[Interface]) -> None:
    found = {one.code: one for one in channel_figures(hainan(), tables, [GOV], REFUSALS, ANSWERS)}
    assert found["gov_app"].refused == 5
    assert [(one.code, one.count) for one in found["gov_app"].refusals] == [
        ("unknown_word", 4),
        ("bad_time", 1),
    ]
    assert found["wechat"].refused == 0
    assert found["hall"].refused is None
    assert found["hall"].refusals == ()


def test_how_soon_an_application_had_its_outcome_is_told_where_it_is_known(tables: list[Interface]) -> None:
    found = {one.code: one for one in channel_figures(hainan(), tables, [GOV], REFUSALS, ANSWERS)}
    gov, wechat, hall = (found[name] for name in ("gov_app", "wechat", "hall"))
    assert (gov.answered, gov.answered_mean_seconds, gov.answered_p95_seconds) == (3, 0.5, 0.9)
    assert (wechat.answered, wechat.answered_p95_seconds) == (0, None)
    assert (hall.answered, hall.answered_p95_seconds) == (None, None)  # comes by other systems


def test_of_one_area_no_refusals_are_known(tables: list[Interface]) -> None:
    found = channel_figures(hainan(), tables, [GOV], None, None)
    assert {(one.refused, one.answered) for one in found} == {(None, None)}


def test_a_quarter_without_any_has_no_shares(tables: list[Interface]) -> None:
    assert {one.share for one in channel_figures(hainan(), tables, [], [], [])} == {None}
