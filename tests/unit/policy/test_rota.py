"""Somebody is on duty for key customers at every minute, and nobody who is away."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue.base import Text
from tests.unit.policy.examples import hainan
from workflows.policy.coherence import faults
from workflows.policy.rota import gap, in_turn, on_duty
from workflows.policy.rows import Shift
from workflows.policy.staffing import Absence, away_on

ZONE = "Asia/Shanghai"
NEW_YEAR = datetime(2026, 12, 31, 16, tzinfo=UTC)  # 2027 begins in Haikou
MINUTES = 365 * 24 * 60
ROTA = hainan().rota
PEOPLE = sorted({name for shift in ROTA for name in shift.staff})


def local(text: str) -> datetime:
    """A moment in Haikou."""
    return datetime.fromisoformat(f"{text}+08:00")


def shift(begins: str, ends: str, *staff: str, days: int = 1) -> Shift:
    """A shift that began with the year 2026."""
    return Shift(
        id=f"from-{begins}",
        basis="design_choice",
        source="test",
        valid_from=date(2020, 1, 1),
        name=Text(zh="班", en="shift"),
        begins=time.fromisoformat(begins),
        ends=time.fromisoformat(ends),
        staff=staff,
        days=days,
        since=date(2026, 1, 1),
    )


def test_at_every_minute_of_a_year_somebody_is_on_duty_who_is_not_away() -> None:
    absences = [
        Absence("HN-KM1", date(2027, 2, 5), date(2027, 2, 18)),
        Absence("HN-KE1", date(2027, 2, 5), date(2027, 2, 12)),
        Absence("HN-KE2", date(2027, 2, 8), date(2027, 2, 8)),
        Absence("HN-KE4", date(2027, 10, 1)),
    ]
    turns: set[str] = set()
    away: frozenset[str] = frozenset()
    for minute in range(MINUTES):
        moment = NEW_YEAR + timedelta(minutes=minute)
        if minute % (24 * 60) == 0:
            away = away_on(absences, (moment + timedelta(hours=8)).date())
        name = on_duty(ROTA, moment, ZONE, away)
        assert name is not None, moment
        assert name not in away, moment
        turns.add(name)
    assert turns == set(PEOPLE)


@given(
    minute=st.integers(0, MINUTES),
    zone=st.sampled_from([ZONE, "America/Chicago", "Europe/Berlin"]),
    away=st.sets(st.sampled_from(PEOPLE), max_size=len(PEOPLE) - 1),
)
def test_somebody_is_on_duty_while_anybody_is_there(minute: int, zone: str, away: set[str]) -> None:
    name = on_duty(ROTA, NEW_YEAR + timedelta(minutes=minute), zone, away)
    assert name is not None
    assert name not in away


def test_with_everybody_away_nobody_is_named() -> None:
    assert on_duty(ROTA, NEW_YEAR, ZONE, PEOPLE) is None


def test_each_has_it_so_many_days_in_a_row() -> None:
    rota = [shift("00:00", "00:00", "a", "b", days=7)]
    days = [in_turn(rota[0], date(2026, 1, day))[0] for day in range(1, 16)]
    assert days == ["a"] * 7 + ["b"] * 7 + ["a"]


def test_a_night_past_midnight_is_that_of_its_evening() -> None:
    rota = [shift("08:00", "20:00", "day"), shift("20:00", "08:00", "a", "b")]
    told = {text: on_duty(rota, local(text), ZONE) for text in ("2026-01-01T23:59", "2026-01-02T07:59")}
    assert set(told.values()) == {"a"}
    assert on_duty(rota, local("2026-01-02T08:00"), ZONE) == "day"
    assert on_duty(rota, local("2026-01-02T20:00"), ZONE) == "b"


def test_who_is_away_is_passed_over_by_the_next_and_then_by_another_shift() -> None:
    rota = [shift("08:00", "20:00", "c"), shift("20:00", "08:00", "a", "b")]
    night = local("2026-01-01T22:00")
    assert [on_duty(rota, night, ZONE, away) for away in ((), ("a",), ("a", "b"))] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("rota", "free"),
    [
        ([shift("08:00", "20:00", "a"), shift("20:00", "08:00", "b")], None),
        ([shift("00:00", "00:00", "a")], None),
        ([shift("08:00", "20:00", "a"), shift("21:00", "08:00", "b")], time(20)),
        ([shift("08:00", "23:59", "a"), shift("00:00", "08:00", "b")], time(23, 59)),
    ],
)
def test_a_rota_with_a_hole_is_found(rota: list[Shift], free: time | None) -> None:
    assert gap(rota) == free


def test_a_profile_whose_rota_leaves_an_hour_or_names_a_stranger_is_refused() -> None:
    holed = [shift("08:00", "20:00", "HN-KM1"), shift("20:00", "07:00", "nobody")]
    told = {str(fault.sentence) for fault in faults(hainan().model_copy(update={"rota": tuple(holed)}))}
    assert any("nobody on duty at 07:00" in one for one in told)
    assert any("names nobody, who is in no team" in one for one in told)
    none = faults(hainan().model_copy(update={"rota": ()}))
    assert [fault.row for fault in none] == ["key_reply_park"]
