"""Numbers with units, days and yes or no, as offices write them."""

from datetime import date
from decimal import Decimal

import pytest

from workflows.policy import measures


@pytest.mark.parametrize(
    ("cell", "unit", "to", "value"),
    [
        ("3.5", "万千伏安", "kVA", "35000"),
        ("３．５", "万千伏安", "kVA", "35000"),
        ("12MVA", "万千伏安", "kVA", "12000"),
        ("12 mva", None, "kVA", "12000"),
        ("800ｋＶＡ", None, "kVA", "800"),
        ("1,200千伏安", None, "kVA", "1200"),
        ("2 万kVA", None, "kVA", "20000"),
        ("110", "kV", "kV", "110"),
        ("220千伏", "kV", "kV", "220"),
        ("380V", "kV", "kV", "0.38"),
        ("1,230,000", "万元", "元", "12300000000"),
        ("2.3亿元", "万元", "元", "230000000"),
    ],
)
def test_a_number_is_changed_from_its_own_unit(cell: str, unit: str | None, to: str, value: str) -> None:
    assert measures.measure(cell, unit, to) == Decimal(value)


@pytest.mark.parametrize(
    ("cell", "unit", "code"),
    [
        ("约5", "MVA", "bad_number"),
        ("五万", "MVA", "bad_number"),
        ("5", None, "no_unit"),
        ("5斤", "MVA", "unknown_unit"),
        ("5kV", "MVA", "wrong_unit"),
        ("5MW", "MVA", "wrong_unit"),
    ],
)
def test_what_is_no_such_number_is_told_by_code(cell: str, unit: str | None, code: str) -> None:
    with pytest.raises(ValueError, match=code):
        measures.measure(cell, unit, "kVA")


def test_watts_become_volt_amperes_at_a_stated_power_factor_only() -> None:
    assert measures.measure("19", "MW", "kVA", Decimal("0.95")) == Decimal(20000)


@pytest.mark.parametrize(
    "cell",
    [
        "2026年3月5日",
        "２０２６年３月５日",
        "2026 年 3 月 5 日",
        "2026-03-05",
        "2026/3/5",
        "2026.3.5",
        "20260305",
    ],
)
def test_a_day_is_read_year_first(cell: str) -> None:
    assert measures.day(cell) == date(2026, 3, 5)


@pytest.mark.parametrize("cell", ["2026年13月1日", "2026-02-30", "3/5/2026", "2026年底", "2026", "46086"])
def test_what_is_no_day_is_refused_and_never_guessed(cell: str) -> None:
    with pytest.raises(ValueError, match="bad_date"):
        measures.day(cell, month="first")


def test_another_order_needs_its_form() -> None:
    assert measures.day("3/5/2026", "%m/%d/%Y") == date(2026, 3, 5)


@pytest.mark.parametrize("cell", ["2026年2月", "2026年2月份", "2026-02", "2026/2"])
def test_a_month_means_what_the_mapping_says_and_else_nothing(cell: str) -> None:
    assert measures.day(cell, month="first") == date(2026, 2, 1)
    assert measures.day(cell, month="last") == date(2026, 2, 28)
    with pytest.raises(ValueError, match="day_missing"):
        measures.day(cell)


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026年3月5日", "2026-03-04T16:00:00+00:00"),
        ("2026年3月5日 9:30", "2026-03-05T01:30:00+00:00"),
        ("2026-03-05T09:30:00", "2026-03-05T01:30:00+00:00"),
        ("2026-03-05T09:30:00Z", "2026-03-05T09:30:00+00:00"),
    ],
)
def test_a_day_begins_at_its_local_midnight(cell: str, moment: str) -> None:
    assert measures.moment(cell, "Asia/Shanghai").isoformat() == moment


def test_yes_and_no_are_words_and_nothing_else() -> None:
    assert measures.yes_or_no("是") is measures.yes_or_no("Ｙ") is True
    assert measures.yes_or_no("无") is measures.yes_or_no("N") is False
    with pytest.raises(ValueError, match="not_yes_or_no"):
        measures.yes_or_no("也许")
