"""Quarters are local, follow each other and are told the newest first."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from projections.api.quarters import Quarter, up_to

HAIKOU = ZoneInfo("Asia/Shanghai")


def test_a_quarter_is_that_of_the_local_day() -> None:
    last_utc = datetime(2026, 9, 30, 16, 0, tzinfo=UTC)  # already 1 October in Haikou
    assert str(Quarter.of(last_utc, HAIKOU)) == "2026-Q4"
    assert str(Quarter.of(last_utc, ZoneInfo("America/Chicago"))) == "2026-Q3"
    assert Quarter.of(Quarter(2026, 4).begins(HAIKOU), HAIKOU) == Quarter(2026, 4)


def test_quarters_follow_each_other_over_the_year() -> None:
    assert Quarter(2026, 4).next() == Quarter(2027, 1)
    assert [str(one) for one in up_to(Quarter(2026, 2), Quarter(2025, 3))] == [
        "2026-Q2", "2026-Q1", "2025-Q4", "2025-Q3",
    ]  # fmt: skip
    assert up_to(Quarter(2026, 2), Quarter(2027, 1)) == (Quarter(2026, 2),)
    assert Quarter.read("2026-Q2") == Quarter(2026, 2)
