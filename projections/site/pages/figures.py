"""Means, limits and the service's figures of a quarter and an area, both to choose."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from projections.api import tables
from projections.api.exports import FigureLine, figure_lines
from projections.api.figures import FiguresView
from projections.api.quarters import PATTERN, Quarter
from projections.site.site import Site
from projections.site.watch import picture, quarter_name, sentence
from workflows.policy.model import Policy

Chosen = Annotated[str, Query(pattern=f"{PATTERN}|^$")]
Area = Annotated[str, Query(max_length=20)]


def routes(site: Site) -> APIRouter:
    """Return the page, and the same as a table for spreadsheets."""
    router = APIRouter(include_in_schema=False)

    @router.get("/{profile}/figures")
    async def page(request: Request, profile: str, region: Area = "", quarter: Chosen = "") -> Response:
        policy = site.policy(profile)
        view = await site.figures(policy, region or None, Quarter.read(quarter) if quarter else None)
        return render(site, request, policy, view)

    @router.get("/{profile}/figures.csv")
    async def csv(profile: str, region: Area = "", quarter: Chosen = "") -> Response:
        policy = site.policy(profile)
        view = await site.figures(policy, region or None, Quarter.read(quarter) if quarter else None)
        name = "-".join(part for part in (policy.profile, "figures", view.quarter, view.region) if part)
        return Response(
            tables.table(FigureLine, figure_lines(policy, view)),
            media_type=tables.MEDIA_TYPE,
            headers={"content-disposition": f'attachment; filename="{name}.csv"'},
        )

    return router


def render(site: Site, request: Request, policy: Policy, view: FiguresView) -> Response:
    """Return the page of a quarter's figures."""
    words = site.pages.words(request, policy)
    return site.pages.page(
        request,
        policy,
        "figures_page.html",
        w=words,
        v=view,
        quarters=[(one, quarter_name(words, one)) for one in view.quarters],
        regions=[(region.code, words.name(region.name)) for region in policy.regions],
        pictures={one.code: picture(one.promised_days, one.whole) for one in view.means},
        watches={one.code: sentence(words, view.quarter, one.whole, over=view.over) for one in view.means},
    )
