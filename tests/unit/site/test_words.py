"""Dates, numbers and numbers of applications as people write them."""

from datetime import UTC, datetime

import pytest

from projections.site.measure import wrap
from projections.site.numbers import tidy
from projections.site.texts.tables import TABLES
from projections.site.words import NOTHING, Words

NOW = datetime(2026, 11, 29, 1, 41, tzinfo=UTC)


def speak(language: str) -> Words:
    return Words(language, TABLES[language], "Asia/Shanghai", NOW)


def test_dates_are_said_as_people_say_them() -> None:
    due = datetime(2026, 12, 3, 15, 59, tzinfo=UTC)
    assert speak("zh").day(due) == "12 月 3 日 星期四"
    assert speak("en").day(due) == "Thursday 3 December"


def test_a_day_is_a_day_in_the_profiles_time_zone() -> None:
    evening_in_london = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
    assert speak("en").day(evening_in_london) == "Friday 4 December"


def test_another_year_is_named() -> None:
    assert speak("zh").day(datetime(2025, 1, 2, tzinfo=UTC)) == "2025 年 1 月 2 日"
    assert speak("en").short_day(datetime(2027, 1, 2, tzinfo=UTC)) == "2 Jan 2027"


def test_todays_moments_are_times() -> None:
    assert speak("zh").moment(NOW) == "09:41"
    assert speak("zh").moment(datetime(2026, 11, 28, 1, 0, tzinfo=UTC)) == "11 月 28 日 09:00"


def test_one_and_many() -> None:
    assert speak("en")("case.left", n=1) == "1 day left"
    assert speak("en")("case.left", n=2) == "2 days left"


def test_what_nobody_measured_is_no_zero() -> None:
    words = speak("en")
    assert words.share(None) == words.count(None) == words.decimal(None) == NOTHING


@pytest.mark.parametrize(
    ("value", "shown"), [(1.0, "100%"), (0.999, "99.9%"), (0.9999, "99.9%"), (0.5, "50%"), (0.0, "0%")]
)
def test_only_the_whole_is_a_hundred_percent(value: float, shown: str) -> None:
    assert speak("en").share(value) == shown


@pytest.mark.parametrize(
    "typed",
    [
        "HN-2026-000123",
        "hn-2026-000123",
        " HN 2026 123 ",
        "ＨＮ－２０２６－０００１２３",
        "2026-123",
        "HN2026000123",
        "HN—2026—123",
    ],
)
def test_a_number_is_forgiven_its_form(typed: str) -> None:
    assert tidy(typed, "HN") == "HN-2026-000123"


def test_what_is_no_number_stays_what_it_is() -> None:
    assert tidy("<script>", "HN") == "<SCRIPT>"


def test_lines_break_at_words_and_characters() -> None:
    assert wrap("Completion inspection and metering", 12, 3) == ("Completion inspection", "and metering")
    assert wrap("竣工检验和装表接电", 5, 2) == ("竣工检验和", "装表接电")
    assert wrap("竣工检验和装表接电", 3, 2)[-1].endswith("…")
