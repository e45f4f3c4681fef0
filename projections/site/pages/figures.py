"""Means, limits and the service's figures of a quarter and an area, both to choose."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from projections.api.figures import FiguresView
from projections.api.quarters import PATTERN, Quarter
from projections.site.site import Site
from projections.site.watch import picture, quarter_name, sentence
from workflows.policy.model import Policy

Chosen = Annotated[str, Query(pattern=f"{PATTERN}|^$")]
Area = Annotated[str, Query(max_length=20)]


def routes(site: Site) -> APIRouter:
    """Return the route of the figures."""
    router = APIRouter(include_in_schema=False)

    @router.get("/{profile}/figures")
    async def page(request: Request, profile: str, region: Area = "", quarter: Chosen = "") -> Response:
        policy = site.policy(profile)
        view = await site.figures(policy, region or None, Quarter.read(quarter) if quarter else None)
        return render(site, request, policy, view)

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
