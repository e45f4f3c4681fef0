"""Which projects are perhaps one, of the same organisation and place."""

from typing import Any

import pytest

from projections.prestart import matching
from tests.unit.projections.projects import Project
from tests.unit.projections.test_prestart import row_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"org_code": "91460000ma5t000001"}, {"organisation": "别的名称", "site": None}),
        (
            {"org_code": None, "organisation": "海南某某冷链（集团）有限公司", "site": "综保区７号地"},
            {"org_code": None, "organisation": "海南某某冷链集团", "site": "综保区 7 号地。"},
        ),
        (
            {"org_code": None, "organisation": "Hainan Cold Chain Co., Ltd.", "site": "Lot 7"},
            {"org_code": "X1", "organisation": "HAINAN COLD CHAIN", "site": "lot 7"},
        ),
    ],
)
def test_the_same_organisation_and_place_make_a_match(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert _keys(**one) & _keys(**other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"region": "460200", "site": "另一地"}),
        ({"org_code": None}, {"org_code": None, "organisation": "海南另一冷链有限公司"}),
        ({"org_code": None, "site": None}, {"org_code": None, "site": None}),
    ],
)
def test_what_is_elsewhere_or_somebody_elses_makes_none(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not _keys(**one) & _keys(**other)


def test_a_name_that_is_nothing_but_a_form_stays() -> None:
    assert matching.organisation("有限公司") == "有限公司"


def _keys(**row: Any) -> set[str]:
    return set(row_of(Project().opened(0, **row).events())["match_keys"])
