"""The overview: today's figures, promises beside what is measured, area by area."""

from itertools import groupby

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from projections.api.views import KindFigure, OverviewView, PeriodFigure, RegionFigure
from projections.site import diagram
from projections.site.charts import chart
from projections.site.drawing import plain_drawing
from projections.site.map_view import map_view
from projections.site.site import Site
from projections.site.watch import picture, sentence
from projections.site.words import Words
from workflows.policy.model import Policy


def routes(site: Site) -> APIRouter:
    """Return the routes of the overview."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def home() -> Response:
        return RedirectResponse(f"/{site.first.profile}/", status_code=307)

    @router.get("/{profile}/")
    async def overview(request: Request, profile: str) -> Response:
        policy = site.policy(profile)
        return render(site, request, policy, await site.overview(policy))

    return router


def render(site: Site, request: Request, policy: Policy, view: OverviewView) -> Response:
    """Return the page of an overview."""
    words = site.pages.words(request, policy)
    drawn = site.maps.get(policy.profile)
    watched = {
        figure.code: (figure.promised_days, figure.mean.whole)
        for figure in view.targets
        if figure.mean is not None and figure.mean.whole.closed + figure.mean.whole.open
    }
    charts = [chart(figure) for figure in view.targets]
    return site.pages.page(
        request,
        policy,
        "overview.html",
        section="overview",
        w=words,
        v=view,
        charts=charts,
        month_names={
            column.month: words.short_month(column.month) for drawing in charts for column in drawing.columns
        },
        month_rows={f.code: [(m.month, m.days) for m in reversed(f.months)] for f in view.targets},
        months=_months(view),
        map_view=map_view(drawn, view, words) if drawn and view.measures_time else None,
        regions=_regions(view, mapped=drawn is not None),
        watches={code: sentence(words, view.quarter, watch) for code, (_, watch) in watched.items()},
        pictures={code: picture(promised, watch) for code, (promised, watch) in watched.items()},
        compares=any(not process.now for process in policy.processes),
        kind_lines={kind.code: _kind_lines(kind, words) for kind in view.kinds},
        stream=f"/{policy.profile}/stream",
        position=view.fresh.position,
    )


def _months(view: OverviewView) -> list[tuple[str, list[PeriodFigure]]]:
    """Months, the newest first: all kinds together and then, where the profile has several, each kind."""
    shown = [figure for figure in view.months if figure.kind is None or len(view.kinds) > 1]
    grouped = [(month, list(figures)) for month, figures in groupby(shown, key=lambda figure: figure.month)]
    return grouped[::-1]


def _regions(view: OverviewView, *, mapped: bool) -> list[RegionFigure]:
    """All regions beside a map, in the policy's order; without one, those with a case, the busiest first."""
    if mapped:
        return list(view.regions)
    busy = [region for region in view.regions if region.received]
    return sorted(busy, key=lambda region: -region.received)


def _kind_lines(kind: KindFigure, words: Words) -> dict[str, diagram.Layout | None]:
    before = [words.name(name) for name in kind.steps_before]
    now = [words.name(name) for name in kind.steps_now]
    return {
        "before": diagram.small(plain_drawing(before, words, done=False)) if before else None,
        "now": diagram.small(plain_drawing(now, words)),
    }
