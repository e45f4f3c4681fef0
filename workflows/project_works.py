"""The supporting works (配套工程) of a project and its traffic light: pure, by the tables that it carries."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from events.catalogue.project_events import Light, Reckoning
from workflows.policy.clock import local_day
from workflows.policy.project_slice import ProjectSlice
from workflows.project_state import ProjectState, Works

_DAY = timedelta(days=1)


class Shines(NamedTuple):
    """A light, the row of the table that says so, and what it is reckoned from."""

    light: Light
    rule: str
    reckoning: Reckoning


def light_on(policy: ProjectSlice, state: ProjectState, expected: date | None, day: date) -> Shines | None:
    """Return the light on a local day; None while no day of energising is expected, or the works are done.

    Needed are the days of all stages that are not finished, of one that was started those that are left of
    it, at least one; or the days until the last of them is scheduled to end, where that is later.
    """
    if expected is None or all_done(policy, state):
        return None
    needed = _needed(policy, state, day)
    left = (expected - day).days
    reckoning = Reckoning(expected_on=expected, needed_days=needed, left_days=left, slack_days=left - needed)
    for row in policy.lights:
        if row.below is None or reckoning.slack_days < row.below:
            return Shines(row.light, row.id, reckoning)
    raise ValueError("a table of lights without a last row")


def next_turn(policy: ProjectSlice, state: ProjectState, expected: date | None, day: date) -> date | None:
    """Return the next local day on which the light is another one if nobody says anything; None if it stays.

    Once every stage that was started has its last day to go, slack only shrinks, a day each day: past that,
    and past every bound of the table, nothing turns any more.
    """
    now = light_on(policy, state, expected, day)
    if now is None:
        return None
    longest = sum(row.days for row in policy.stages) + max(
        ((works.scheduled.ends_on - day).days for works in state.works.values() if works.scheduled), default=0
    )
    least = min(
        (row.below for row in policy.lights if row.below is not None), default=now.reckoning.slack_days
    )
    horizon = max(longest, 0) + max(0, now.reckoning.slack_days - least)
    for ahead in range(1, horizon + 2):
        then = light_on(policy, state, expected, day + ahead * _DAY)
        if then is None or then.light != now.light:
            return day + ahead * _DAY
    return None


def all_done(policy: ProjectSlice, state: ProjectState) -> bool:
    """Whether every stage of the works is finished."""
    return all((works := state.works.get(row.stage)) is not None and works.done for row in policy.stages)


def first_start(policy: ProjectSlice, state: ProjectState) -> date | None:
    """Return the local day on which the works began."""
    return min((local_day(moment, policy.timezone) for moment in _starts(state)), default=None)


def last_end(policy: ProjectSlice, state: ProjectState) -> date | None:
    """Return the local day on which the works were done; None while they are not."""
    if not all_done(policy, state):
        return None
    ends = [works.finished.at for works in state.works.values() if works.finished]
    return max((local_day(moment, policy.timezone) for moment in ends), default=None)


def _starts(state: ProjectState) -> Iterator[datetime]:
    for works in state.works.values():
        if works.first_started is not None:
            yield works.first_started


def _needed(policy: ProjectSlice, state: ProjectState, day: date) -> int:
    whole = scheduled = 0
    for row in policy.stages:
        works = state.works.get(row.stage, Works())
        if works.done:
            continue
        if works.started is None:
            whole += row.days
        else:
            gone = (day - local_day(works.started.at, policy.timezone)).days
            whole += max(1, row.days - max(0, gone))
        if works.scheduled is not None:
            scheduled = max(scheduled, (works.scheduled.ends_on - day).days)
    return max(whole, scheduled)
