"""What is exported as tables: how promises stood, and the steps of open cases with their due dates. Pure.

Every number and date is the page's own: the figures come from the view of the figures page, and the due dates
from the steps and duties of an application's page. Nothing personal, and no member of staff, has a column.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from events.catalogue.base import Text
from projections.api import beside
from projections.api.case_parts import LimitView
from projections.api.figures import FiguresView
from projections.api.names import Names
from projections.api.steps import process_of, step_views
from projections.api.views import LimitFigure, MeanFigure, MeanWatch, View
from projections.progress.state import ApplicationState
from workflows.policy.model import Policy


class FigureLine(View):
    """How one promise stood in one quarter, of one region or of all (`region` empty); `kept` of a quarter
    that is not `over` is so far."""

    profile: str
    quarter: str
    over: bool
    region: str | None
    region_zh: str
    region_en: str
    promise: str
    promise_zh: str
    promise_en: str
    statistic: Literal["mean", "limit"]
    promised_days: int
    energised: int
    mean_net_days: float | None
    mean_gross_days: float | None
    within: int | None = None
    longest_net_days: int | None = None
    longest_gross_days: int | None = None
    kept: bool | None
    open: int | None = None
    open_mean_net_days: float | None = None
    open_mean_gross_days: float | None = None
    open_may_take_net_days: float | None = None


class StepLine(View):
    """A step that an open case has entered, or a duty beside the steps that is open, with its due date.
    `provisional`: holidays of the year of the due date are not published yet. `days_left` is below zero when
    late; of a step that is done it is told from the day on which it was. Times are those of `time_zone`."""

    profile: str
    number: str
    region: str
    kind: str
    what: Literal["step", "duty"]
    code: str
    name_zh: str
    name_en: str
    actor: str
    entered_at: datetime | None
    due_at: datetime | None
    provisional: bool
    done_at: datetime | None
    late: bool
    days_left: int | None
    limit: int | None
    limit_unit: str | None
    limit_statistic: str | None
    paused: bool
    time_zone: str


def figure_lines(policy: Policy, view: FiguresView) -> Iterator[FigureLine]:
    """Yield what the figures page shows of every promise: all regions together, then each."""
    for mean in view.means:
        for watch in (mean.whole, *mean.by_region):
            yield _mean(policy, view, mean, watch)
    for limit in view.limits:
        for one in (limit, *limit.by_region):
            yield _limit(policy, view, one)


def step_lines(policy: Policy, state: ApplicationState, now: datetime) -> Iterator[StepLine]:
    """Yield the steps that a case has entered and its open duties, as its page shows them at `now`."""
    names, case = Names(policy, state.received), state.received or state.linked
    assert case is not None
    zone = ZoneInfo(policy.timezone)
    own = {
        "profile": policy.profile,
        "number": state.number,
        "region": case.region,
        "kind": case.kind.value,
        "time_zone": policy.timezone,
    }
    steps = [one for one in step_views(policy, state, names, now) if one.entered_at is not None]
    if process_of(state) and state.linked is None:
        for step in steps:
            paused = any(one.ended_at is None and one.stops_clock for one in step.pauses)
            yield StepLine(
                **own,
                what="step",
                code=step.code,
                name_zh=step.name.zh,
                name_en=step.name.en,
                actor="utility",
                entered_at=_local(step.entered_at, zone),
                due_at=_local(step.due_at, zone),
                provisional=step.provisional,
                done_at=_local(step.done_at, zone),
                late=step.late,
                days_left=step.days_left,
                paused=paused and step.status == "now",
                **_limited(step.limit),
            )
    for duty in beside.duties(state, names, beside.Clock(policy, now)):
        if duty.status == "open":
            yield StepLine(
                **own,
                what="duty",
                code=duty.code,
                name_zh=duty.name.zh,
                name_en=duty.name.en,
                actor=duty.actor,
                entered_at=_local(duty.opened_at, zone),
                due_at=_local(duty.due_at, zone),
                provisional=duty.provisional,
                done_at=None,
                late=duty.late,
                days_left=duty.days_left,
                paused=False,
                **_limited(duty.limit),
            )


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    return moment.astimezone(zone) if moment else None


def _limited(limit: LimitView | None) -> dict[str, int | str | None]:
    if limit is None:
        return {"limit": None, "limit_unit": None, "limit_statistic": None}
    return {"limit": limit.value, "limit_unit": limit.unit, "limit_statistic": limit.statistic}


def _mean(policy: Policy, view: FiguresView, mean: MeanFigure, watch: MeanWatch) -> FigureLine:
    return FigureLine(
        **_place(policy, view, watch.region_code, watch.region),
        promise=mean.code,
        promise_zh=mean.name.zh,
        promise_en=mean.name.en,
        statistic="mean",
        promised_days=mean.promised_days,
        energised=watch.closed,
        mean_net_days=watch.mean,
        mean_gross_days=watch.mean_gross,
        kept=watch.kept,
        open=watch.open,
        open_mean_net_days=watch.open_mean,
        open_mean_gross_days=watch.open_mean_gross,
        open_may_take_net_days=watch.remaining,
    )


def _limit(policy: Policy, view: FiguresView, one: LimitFigure) -> FigureLine:
    return FigureLine(
        **_place(policy, view, one.region_code, one.region),
        promise=one.code,
        promise_zh=one.name.zh,
        promise_en=one.name.en,
        statistic="limit",
        promised_days=one.promised_days,
        energised=one.count,
        mean_net_days=one.mean_net,
        mean_gross_days=one.mean_gross,
        within=one.within,
        longest_net_days=one.worst_net,
        longest_gross_days=one.worst_gross,
        kept=one.kept,
    )


def _place(policy: Policy, view: FiguresView, code: str | None, name: Text | None) -> dict[str, object]:
    """Where and when. A view of one region holds its whole and its only region: both are that region's."""
    code = code or view.region
    if name is None and code is not None:
        name = next((one.name for one in policy.regions if one.code == code), Text(zh=code, en=code))
    return {
        "profile": view.profile,
        "quarter": view.quarter,
        "over": view.over,
        "region": code,
        "region_zh": name.zh if name else "全部地区",
        "region_en": name.en if name else "all areas",
    }
