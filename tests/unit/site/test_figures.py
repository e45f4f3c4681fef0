"""Verdicts on promises: a mean judges all cases together, a limit each one."""

from typing import Any

import pytest

from projections.api import promises
from projections.api.personal import masked
from tests.browser.world import policy
from workflows.policy.model import Target


def target(code: str) -> Target:
    return next(target for target in policy("hainan").targets if target.code == code)


def closed(net: int, gross: int, count: int) -> dict[str, Any]:
    return {
        "target": "hv_single",
        "region": None,
        "closed": count,
        "closed_net": net,
        "closed_gross": gross,
        "open": 0,
        "open_net": 0,
        "open_gross": 0,
    }


@pytest.mark.parametrize(("net", "kept"), [(799, True), (800, True), (801, False)])
def test_a_mean_is_kept_by_all_together_on_net_days(net: int, kept: bool) -> None:
    (figure, other) = promises.means(policy("hainan"), [closed(net, 2000, 10)])
    assert figure.promised_days == 80
    assert figure.kept is figure.whole.kept is kept
    assert other.kept is None, "without a case there is no verdict"


@pytest.mark.parametrize(("count", "within", "kept"), [(10, 10, True), (10, 9, False), (0, 0, None)])
def test_a_limit_is_kept_by_each(count: int, within: int, kept: bool | None) -> None:
    figure = promises.limit(target("lv_nonres"), {"count": count, "within": within}, None)
    assert figure.kept is kept


@pytest.mark.parametrize(
    ("name", "shown"), [("王小明", "王＊＊"), ("李四", "李＊"), ("某某供电有限公司", "某＊＊")]
)
def test_a_name_keeps_its_first_character(name: str, shown: str) -> None:
    assert masked(name) == shown
