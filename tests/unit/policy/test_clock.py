"""Due dates and elapsed days: examples over Hainan's holidays, in Hainan's time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from events.catalogue.connection_events import LimitShown
from tests.unit.policy.examples import hainan, midwest, shop, traits
from workflows.policy import clock
from workflows.policy.calendars import calendar_of
from workflows.policy.clock import Span
from workflows.policy.slices import slice_for

ZONE = "Asia/Shanghai"
CALENDAR = calendar_of(hainan())


def at(text: str) -> datetime:
    """A moment in Hainan's time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))


def limit(text: str) -> LimitShown:
    """`10 WD`, `8 D`, `12 h`."""
    value, unit = text.split()
    return LimitShown.model_validate(
        {"value": int(value), "unit": unit, "statistic": "limit", "basis": "seed", "source": "test"}
    )


def due_on(entered: str, of: str) -> date:
    """The local day at whose end a limit is due."""
    moment = clock.due(at(entered), limit(of), CALENDAR, ZONE)
    assert moment.tzinfo is UTC
    assert moment == clock.end_of_day(clock.local_day(moment, ZONE), ZONE)
    return clock.local_day(moment, ZONE)


@pytest.mark.parametrize(
    ("entered", "of", "expected"),
    [
        ("2026-03-10T09:00", "1 WD", "2026-03-11"),
        ("2026-03-10T00:00", "1 WD", "2026-03-11"),
        ("2026-03-10T23:59:59", "1 WD", "2026-03-11"),
        ("2026-03-13T09:00", "1 WD", "2026-03-16"),  # over a weekend
        ("2026-02-13T16:00", "1 WD", "2026-02-14"),  # the Saturday before Spring Festival is worked
        ("2026-02-14T16:00", "1 WD", "2026-02-24"),  # nine days off
        ("2026-02-10T09:00", "10 WD", "2026-03-02"),  # nine days off, two Saturdays worked
        ("2026-02-27T09:00", "1 WD", "2026-02-28"),  # so is the Saturday after it
        ("2026-01-03T09:00", "1 WD", "2026-01-04"),  # a Sunday that is worked
        ("2025-09-30T09:00", "2 WD", "2025-10-10"),  # two festivals in one
        ("2026-02-14T16:00", "3 D", "2026-02-17"),  # calendar days know no holidays
        ("2026-01-31T12:00", "11 D", "2026-02-11"),
    ],
)
def test_a_limit_is_due_at_the_end_of_its_local_day(entered: str, of: str, expected: str) -> None:
    assert due_on(entered, of) == date.fromisoformat(expected)


def test_the_day_is_hainans_and_not_that_of_utc() -> None:
    late_evening_in_utc = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)  # 01:00 on the 11th in Hainan
    due = clock.due(late_evening_in_utc, limit("1 D"), CALENDAR, ZONE)
    assert due == datetime(2026, 3, 12, 15, 59, 59, 999_999, tzinfo=UTC)


def test_due_today_is_not_overdue_until_midnight() -> None:
    due = clock.due(at("2026-03-10T09:00"), limit("1 WD"), CALENDAR, ZONE)
    assert not clock.is_overdue(due, at("2026-03-11T23:59"))
    assert clock.is_overdue(due, at("2026-03-12T00:00"))


def test_hours_are_exact() -> None:
    assert clock.due(at("2026-03-10T09:30"), limit("12 h"), CALENDAR, ZONE) == at("2026-03-10T21:30")


def test_the_days_of_a_clock_change_are_whole_days() -> None:
    chicago = calendar_of(midwest())
    entered = datetime(2026, 3, 7, 12, 0, tzinfo=ZoneInfo("America/Chicago"))  # clocks go forward on the 8th
    due = clock.due(entered, limit("2 D"), chicago, "America/Chicago")
    assert due == datetime(2026, 3, 10, 4, 59, 59, 999_999, tzinfo=UTC)


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        clock.local_day(datetime(2026, 3, 10), ZONE)  # noqa: DTZ001 - the naive one is the subject


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        ([], "2026-03-24"),
        ([("2026-03-11T10:00", "2026-03-11T17:00")], "2026-03-24"),  # within one day: nothing
        ([("2026-03-11T10:00", "2026-03-13T09:00")], "2026-03-26"),  # Thursday and Friday taken out
        ([("2026-03-14T10:00", "2026-03-15T09:00")], "2026-03-24"),  # a weekend costs nothing
        ([("2026-03-11T10:00", "2026-03-13T09:00"), ("2026-03-12T10:00", "2026-03-13T23:00")], "2026-03-26"),
        ([("2026-03-25T10:00", "2026-03-27T09:00")], "2026-03-24"),  # after the due date: too late to matter
        ([("2026-03-25T10:00", None)], "2026-03-24"),
        ([("2026-03-24T10:00", None)], "2026-03-24"),  # the day on which a pause starts still counts
        ([("2026-03-23T10:00", None)], None),
    ],
)
def test_a_pause_takes_out_the_days_after_its_start_up_to_its_end(
    pauses: list[tuple[str, str | None]], expected: str | None
) -> None:
    spans = [Span(at(start), at(end) if end else None) for start, end in pauses]
    due = clock.due_with_pauses(at("2026-03-10T09:00"), limit("10 WD"), spans, CALENDAR, ZONE)
    assert (due and clock.local_day(due, ZONE)) == (expected and date.fromisoformat(expected))


def test_hours_stand_still_as_long_as_a_pause_lasts() -> None:
    pauses = [
        Span(at("2026-03-10T10:00"), at("2026-03-10T12:00")),
        Span(at("2026-03-10T11:00"), at("2026-03-10T13:30")),
    ]
    due = clock.due_with_pauses(at("2026-03-10T09:00"), limit("2 h"), pauses, CALENDAR, ZONE)
    assert due == at("2026-03-10T14:30")
    open_pause = [Span(at("2026-03-10T10:00"), None)]
    assert clock.due_with_pauses(at("2026-03-10T09:00"), limit("2 h"), open_pause, CALENDAR, ZONE) is None
    assert clock.due_with_pauses(at("2026-03-10T09:00"), limit("1 h"), open_pause, CALENDAR, ZONE) == at(
        "2026-03-10T10:00"
    )


def test_elapsed_days_are_calendar_days_with_and_without_pauses() -> None:
    start, end = at("2026-03-10T09:00"), at("2026-03-31T08:00")
    pause = Span(at("2026-03-12T09:00"), at("2026-03-16T18:00"))
    assert clock.elapsed_days(start, end, [pause], ZONE) == (21, 17)
    assert clock.elapsed_days(start, end, [Span(at("2026-03-30T09:00"), None)], ZONE) == (21, 20)
    assert clock.elapsed_days(end, start, [], ZONE) == (0, 0)


def test_a_due_date_in_a_year_not_yet_published_is_provisional() -> None:
    known = clock.due(at("2026-12-01T09:00"), limit("10 WD"), CALENDAR, ZONE)
    later = clock.due(at("2026-12-25T09:00"), limit("10 WD"), CALENDAR, ZONE)
    assert not clock.provisional(CALENDAR, known, ZONE)
    assert clock.provisional(CALENDAR, later, ZONE)


def test_statutory_days_count_even_before_the_year_is_published() -> None:
    assert not clock.working_day(CALENDAR, date(2027, 10, 1))
    assert clock.working_day(CALENDAR, date(2027, 10, 8))


def test_every_make_up_day_is_a_weekend_day_that_is_worked() -> None:
    for day in CALENDAR.working_weekends:
        assert day.weekday() >= 5
        assert clock.working_day(CALENDAR, day)
    assert len(CALENDAR.working_weekends) == 5 + 6


def test_the_limit_of_the_works_follows_what_the_plan_says_about_the_duct() -> None:
    submitted = traits(cable_duct=True)
    works = slice_for(hainan(), submitted, date(2026, 3, 10)).step("supporting_works")
    with_duct = clock.limit_for(works, submitted)
    without = clock.limit_for(works, submitted.model_copy(update={"cable_duct": False}))
    assert (with_duct and with_duct.value, without and without.value) == (70, 50)


def test_the_target_follows_the_duct_and_eleven_days_bind_each_case() -> None:
    submitted = traits(cable_duct=True)
    case = slice_for(hainan(), submitted, date(2026, 3, 10))
    with_duct = clock.target_for(case, submitted)
    without = clock.target_for(case, submitted.model_copy(update={"cable_duct": False}))
    assert with_duct and (with_duct.code, with_duct.days, with_duct.statistic) == ("hv_single", 80, "mean")
    assert without and (without.code, without.days, without.statistic) == ("hv_single_no_duct", 60, "mean")
    small = slice_for(hainan(), shop(), date(2026, 3, 10))
    bound = clock.target_for(small, shop())
    assert bound and (bound.code, bound.days, bound.statistic) == ("lv_nonres", 11, "limit")


def test_two_sources_and_35_kv_have_no_mean_to_keep() -> None:
    for given in ({"supply": "dual"}, {"voltage_kv": "35"}):
        application = traits(**given)
        assert clock.target_for(slice_for(hainan(), application, date(2026, 3, 10)), application) is None


def test_all_ceilings_together_exceed_the_mean_that_is_promised() -> None:
    case = slice_for(hainan(), traits(), date(2026, 3, 10))
    moment = at("2026-03-10T09:00")
    for step in case.steps:
        ceiling = clock.limit_for(step, traits())
        assert ceiling is not None
        moment = clock.due(moment, ceiling, case.calendar, ZONE)
    gross, _ = clock.elapsed_days(at("2026-03-10T09:00"), moment, [], ZONE)
    assert timedelta(days=80) < timedelta(days=gross) < timedelta(days=100)
