"""Key projects: the board of traffic lights, the map, the list; for programs the same as JSON and CSV."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from projections.api.prestart import LIGHTS, STAGES
from projections.api.prestart_csv import table
from projections.api.prestart_reads import MOST
from projections.api.prestart_views import ListedProject, ProjectsView
from projections.site.project_map import lights_map
from projections.site.project_words import SHAPES, ago, left, slack
from projections.site.site import Site
from projections.site.standing import place
from workflows.policy.model import Policy

Area = Annotated[str, Query(max_length=20, description="a region's code; all of them")]
ChosenStage = Annotated[str, Query(pattern=f"^({'|'.join(STAGES)})?$", description="all of them")]
ChosenLight = Annotated[str, Query(pattern=f"^({'|'.join(LIGHTS)})?$", description="all of them")]

ON_BOARD = 12
"""So many projects a column of the board shows; the list below has them all."""


def routes(site: Site) -> APIRouter:
    """Return the page, and the same for programs."""
    router = APIRouter(include_in_schema=False)

    async def read(
        profile: str, region: str, stage: str, light: str, *, everything: bool = False
    ) -> ProjectsView:
        policy = site.policy(profile)
        if not policy.feeds:  # nobody tells of projects there: the page does not exist
            raise HTTPException(404)
        if region and all(one.code != region for one in policy.regions):
            raise HTTPException(404)
        limit = None if everything else MOST
        return await site.listing(
            policy, limit, region=region or None, stage=stage or None, light=light or None
        )

    @router.get("/{profile}/projects")
    async def page(
        request: Request, profile: str, region: Area = "", stage: ChosenStage = "", light: ChosenLight = ""
    ) -> Response:
        return render(site, request, site.policy(profile), await read(profile, region, stage, light))

    @router.get("/api/{profile}/projects", include_in_schema=True, tags=["public"])
    async def data(
        profile: str, region: Area = "", stage: ChosenStage = "", light: ChosenLight = ""
    ) -> ProjectsView:
        """Return the key projects that match, what may be public of them, and the lights by region."""
        return await read(profile, region, stage, light)

    @router.get("/api/{profile}/projects.csv", include_in_schema=True, tags=["public"])
    async def csv(
        profile: str, region: Area = "", stage: ChosenStage = "", light: ChosenLight = ""
    ) -> Response:
        """Return all key projects that match as a table."""
        view = await read(profile, region, stage, light, everything=True)
        named = {"content-disposition": f'attachment; filename="projects-{profile}.csv"'}
        return Response(table(view.projects), media_type="text/csv; charset=utf-8", headers=named)

    return router


def render(site: Site, request: Request, policy: Policy, view: ProjectsView) -> Response:
    """Return the page of a profile's projects."""
    words = site.pages.words(request, policy)
    drawn = site.maps.get(policy.profile)
    today = view.fresh.read_at.astimezone(ZoneInfo(policy.timezone)).date()
    under_way = [one for one in view.projects if one.ended is None]
    asked = {"region": view.region, "stage": view.stage, "light": view.light}
    return site.pages.page(
        request,
        policy,
        "projects.html",
        section="projects",
        w=words,
        v=view,
        columns=[(light, _of(under_way, light)) for light in LIGHTS],
        on_board=ON_BOARD,
        totals={light: sum(getattr(one, light) for one in view.lights) for light in LIGHTS},
        shapes=SHAPES,
        stages=STAGES,
        query="&".join(f"{name}={value}" for name, value in asked.items() if value),
        lefts={one.number: left(one.expected_on, today, words) for one in view.projects},
        slacks={one.number: slack(one.slack_days, words) for one in view.projects},
        ages={one.number: ago(one.told_at, site.now(), words) for one in view.projects},
        regions=[(region.code, words.name(region.name)) for region in policy.regions],
        lights=[one for one in view.lights if one.worst],
        map_view=lights_map(drawn, view, words) if drawn else None,
        stream=f"/{policy.profile}/stream/projects",
        position=place(view.fresh.position, view.fresh.read_at, policy),
    )


def _of(projects: list[ListedProject], light: str) -> list[ListedProject]:
    return [one for one in projects if (one.light or "none") == light]
