"""Verdicts on promises: a mean judges all cases together, a limit each one."""

from typing import Any

import pytest

from projections.api.overview import target_figure
from projections.api.personal import masked
from tests.browser.world import policy
from workflows.policy.model import Target


def target(code: str) -> Target:
    return next(target for target in policy("hainan").targets if target.code == code)


def row(mean: float, count: int, within: int, month: str | None = None) -> dict[str, Any]:
    days = dict.fromkeys(("mean_gross", "mean_net", "p05_net", "p95_gross", "p95_net"), mean)
    return {"month": month, "count": count, "within": within, **days}


@pytest.mark.parametrize(("mean", "within", "kept"), [(79.9, 1, True), (80.0, 1, True), (80.1, 9, False)])
def test_a_mean_is_kept_by_all_together(mean: float, within: int, kept: bool) -> None:
    figure = target_figure(target("hv_single"), [row(mean, 10, within)])
    assert (figure.promised_days, figure.statistic) == (80, "mean")
    assert figure.kept is kept


@pytest.mark.parametrize(("within", "kept"), [(10, True), (9, False)])
def test_a_limit_is_kept_by_each(within: int, kept: bool) -> None:
    figure = target_figure(target("lv_nonres"), [row(3.0, 10, within), row(3.0, 10, within, "2026-09")])
    assert figure.statistic == "limit"
    assert figure.kept is kept
    assert [month.month for month in figure.months] == ["2026-09"]


def test_without_a_case_there_is_no_verdict() -> None:
    assert target_figure(target("hv_single"), []).kept is None


@pytest.mark.parametrize(
    ("name", "shown"), [("王小明", "王＊＊"), ("李四", "李＊"), ("某某供电有限公司", "某＊＊")]
)
def test_a_name_keeps_its_first_character(name: str, shown: str) -> None:
    assert masked(name) == shown
