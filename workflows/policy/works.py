"""The supporting works (配套工程) of a project and its traffic light: what the days that are left are worth.

Pure, and the one place where it is reckoned: the run turns its light by it, and every page shows it for the
day on which it is read.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple, Protocol

from events.catalogue.base import Code
from events.catalogue.project_events import Light, Reckoning
from events.catalogue.project_facts import WorksStage
from events.catalogue.project_progress import StageWorks, Works
from workflows.policy.clock import local_day
from workflows.policy.model import Policy
from workflows.policy.table import Table

_DAY = timedelta(days=1)


class StageDays(Table):
    """A stage of the works and the days it takes as a rule."""

    stage: WorksStage
    days: int


class LightChoice(Table):
    """A row of the table of lights: counts while the slack is less than `below`, the last always."""

    id: Code
    light: Light
    below: int | None


class Tables(Protocol):
    """What a light is reckoned by."""

    @property
    def timezone(self) -> str: ...

    @property
    def stages(self) -> tuple[StageDays, ...]: ...

    @property
    def lights(self) -> tuple[LightChoice, ...]: ...


class WorksTables(NamedTuple):
    """The tables of a profile as they hold on a day."""

    timezone: str
    stages: tuple[StageDays, ...]
    lights: tuple[LightChoice, ...]


class Shines(NamedTuple):
    """A light, the row of the table that says so, and what it is reckoned from."""

    light: Light
    rule: str
    reckoning: Reckoning


def tables(policy: Policy, day: date) -> WorksTables:
    """Return what holds on a local day; a project lives by the tables of the day on which it opened, or
    of the day that a change of policy named."""
    stages = sorted((row for row in policy.works_stages if row.in_force(day)), key=lambda row: row.order)
    lights = sorted((row for row in policy.lights if row.in_force(day)), key=lambda row: row.order)
    return WorksTables(
        timezone=policy.timezone,
        stages=tuple(StageDays(stage=row.id, days=row.days) for row in stages),
        lights=tuple(LightChoice(id=row.id, light=row.light, below=row.below) for row in lights),
    )


def light_on(by: Tables, works: Works, expected: date | None, day: date) -> Shines | None:
    """Return the light on a local day; None while no day of energising is expected, or the works are done.

    Needed are the days of all stages that are not finished, of one that was started those that are left of
    it, at least one; or the days until the last of them is scheduled to end, where that is later.
    """
    if expected is None or all_done(by, works):
        return None
    needed = _needed(by, works, day)
    left = (expected - day).days
    reckoning = Reckoning(expected_on=expected, needed_days=needed, left_days=left, slack_days=left - needed)
    for row in by.lights:
        if row.below is None or reckoning.slack_days < row.below:
            return Shines(row.light, row.id, reckoning)
    raise ValueError("a table of lights without a last row")


def next_turn(by: Tables, works: Works, expected: date | None, day: date) -> date | None:
    """Return the next local day on which the light is another one if nobody says anything; None if it stays.

    Once every stage that was started has its last day to go, slack only shrinks, a day each day: past that,
    and past every bound of the table, nothing turns any more.
    """
    now = light_on(by, works, expected, day)
    if now is None:
        return None
    longest = sum(row.days for row in by.stages) + max(
        ((one.scheduled.ends_on - day).days for one in works.values() if one.scheduled), default=0
    )
    least = min((row.below for row in by.lights if row.below is not None), default=now.reckoning.slack_days)
    horizon = max(longest, 0) + max(0, now.reckoning.slack_days - least)
    for ahead in range(1, horizon + 2):
        then = light_on(by, works, expected, day + ahead * _DAY)
        if then is None or then.light != now.light:
            return day + ahead * _DAY
    return None


def all_done(by: Tables, works: Works) -> bool:
    """Whether every stage of the works is finished."""
    return all((one := works.get(row.stage)) is not None and one.done for row in by.stages)


def first_start(by: Tables, works: Works) -> date | None:
    """Return the local day on which the works began."""
    return min((local_day(moment, by.timezone) for moment in _starts(works)), default=None)


def last_end(by: Tables, works: Works) -> date | None:
    """Return the local day on which the works were done; None while they are not."""
    if not all_done(by, works):
        return None
    ends = [one.finished.at for one in works.values() if one.finished]
    return max((local_day(moment, by.timezone) for moment in ends), default=None)


def _starts(works: Works) -> Iterator[datetime]:
    for one in works.values():
        if one.begun is not None:
            yield one.begun.at


def _needed(by: Tables, works: Works, day: date) -> int:
    whole = scheduled = 0
    for row in by.stages:
        one = works.get(row.stage, StageWorks())
        if one.done:
            continue
        if one.started is None:
            whole += row.days
        else:
            gone = (day - local_day(one.started.at, by.timezone)).days
            whole += max(1, row.days - max(0, gone))
        if one.scheduled is not None:
            scheduled = max(scheduled, (one.scheduled.ends_on - day).days)
    return max(whole, scheduled)
