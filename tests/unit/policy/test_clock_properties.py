"""What holds for every due date, whatever the limit, the day and the pauses."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue.connection_events import LimitShown
from tests.unit.policy.examples import hainan
from workflows.policy import clock
from workflows.policy.calendars import calendar_of
from workflows.policy.clock import Span

ZONE = "Asia/Shanghai"
CALENDAR = calendar_of(hainan())

# The strategy takes naive bounds and makes aware moments of them.
moments = st.datetimes(datetime(2025, 1, 2), datetime(2027, 10, 1), timezones=st.just(UTC))  # noqa: DTZ001
limits = st.builds(
    LimitShown,
    value=st.integers(1, 60),
    unit=st.sampled_from(["WD", "D", "h"]),
    statistic=st.just("limit"),
    basis=st.just("seed"),
    source=st.just("test"),
)
# No deadline: a busy machine is no fault of the rule.
often = settings(max_examples=150, deadline=None)
lengths = st.timedeltas(timedelta(0), timedelta(days=20))


def nearby(entered: datetime) -> st.SearchStrategy[list[Span]]:
    """Pauses that start around the entry, where they matter."""
    starts = st.timedeltas(timedelta(days=-5), timedelta(days=80)).map(lambda shift: entered + shift)
    return st.lists(st.builds(lambda start, length: Span(start, start + length), starts, lengths), max_size=5)


cases = moments.flatmap(lambda entered: st.tuples(st.just(entered), nearby(entered)))


def due(entered: datetime, limit: LimitShown, pauses: list[Span]) -> datetime:
    """The due date with pauses that have all ended."""
    found = clock.due_with_pauses(entered, limit, pauses, CALENDAR, ZONE)
    assert found is not None
    return found


@often
@given(cases, limits)
def test_a_working_day_limit_never_ends_on_a_day_off(
    case: tuple[datetime, list[Span]], limit: LimitShown
) -> None:
    entered, pauses = case
    for found in (clock.due(entered, limit, CALENDAR, ZONE), due(entered, limit, pauses)):
        assert found > entered
        if limit.unit == "WD":
            assert clock.working_day(CALENDAR, clock.local_day(found, ZONE))


@often
@given(cases, limits, lengths)
def test_more_pause_never_makes_it_due_earlier(
    case: tuple[datetime, list[Span]], limit: LimitShown, longer: timedelta
) -> None:
    entered, pauses = case
    before = due(entered, limit, pauses[:-1])
    after = due(entered, limit, pauses)
    assert clock.due(entered, limit, CALENDAR, ZONE) <= before <= after
    if pauses:
        last = pauses[-1]
        assert last.end is not None
        assert after <= due(entered, limit, [*pauses[:-1], Span(last.start, last.end + longer)])


@often
@given(cases, limits)
def test_the_order_of_the_pauses_does_not_matter(
    case: tuple[datetime, list[Span]], limit: LimitShown
) -> None:
    entered, pauses = case
    assert due(entered, limit, pauses) == due(entered, limit, pauses[::-1])


@often
@given(cases, limits)
def test_an_open_pause_hides_the_due_date_or_does_not_touch_it(
    case: tuple[datetime, list[Span]], limit: LimitShown
) -> None:
    entered, pauses = case
    if not pauses:
        return
    opened = [*pauses[:-1], Span(pauses[-1].start, None)]
    found = clock.due_with_pauses(entered, limit, opened, CALENDAR, ZONE)
    assert found is None or found == due(entered, limit, pauses[:-1])


@often
@given(cases, st.timedeltas(timedelta(days=-3), timedelta(days=120)))
def test_gross_is_at_least_net_is_at_least_nothing(
    case: tuple[datetime, list[Span]], length: timedelta
) -> None:
    start, pauses = case
    gross, net = clock.elapsed_days(start, start + length, pauses, ZONE)
    assert gross >= net >= 0


@often
@given(cases, st.timedeltas(timedelta(0), timedelta(days=120)))
def test_gross_less_net_is_the_days_of_all_pauses_together(
    case: tuple[datetime, list[Span]], length: timedelta
) -> None:
    start, pauses = case
    end = start + length
    first, last = (clock.local_day(moment, ZONE) for moment in (start, end))
    paused: set[date] = set()
    for pause in pauses:
        assert pause.end is not None
        begin, stop = (clock.local_day(moment, ZONE) for moment in (pause.start, pause.end))
        paused |= {begin + timedelta(days=n) for n in range(1, (stop - begin).days + 1)}
    gross, net = clock.elapsed_days(start, end, pauses, ZONE)
    assert gross - net == sum(first < day <= last for day in paused)


@often
@given(moments, limits, st.integers(1, 15))
def test_a_reminder_lies_so_many_working_days_before_the_due_date(
    entered: datetime, limit: LimitShown, days: int
) -> None:
    due_at = clock.due(entered, limit, CALENDAR, ZONE)
    before = LimitShown(value=days, unit="WD", statistic="limit", basis="seed", source="test")
    reminded = clock.reminder(due_at, before, CALENDAR, ZONE)
    day, until = (clock.local_day(moment, ZONE) for moment in (reminded, due_at))
    assert reminded == clock.end_of_day(day, ZONE) < due_at
    assert clock.working_day(CALENDAR, day)
    between = (day + timedelta(days=n) for n in range((until - day).days))
    assert sum(clock.working_day(CALENDAR, one) for one in between) == days


@often
@given(cases, st.integers(1, 60))
def test_at_the_due_date_net_elapsed_days_are_exactly_the_limit(
    case: tuple[datetime, list[Span]], days: int
) -> None:
    start, pauses = case
    limit = LimitShown(value=days, unit="D", statistic="limit", basis="seed", source="test")
    assert clock.elapsed_days(start, due(start, limit, pauses), pauses, ZONE)[1] == days


@often
@given(st.dates(date(2025, 1, 1), date(2026, 12, 31)))
def test_a_holiday_is_never_worked_and_a_make_up_day_always(day: date) -> None:
    assert not (day in CALENDAR.holidays and clock.working_day(CALENDAR, day))
    assert day not in CALENDAR.working_weekends or clock.working_day(CALENDAR, day)
