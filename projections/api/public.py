"""The interface for programs: the same views as JSON. Errors are RFC 9457."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.exceptions import HTTPException

from projections.api.application_views import ApplicationView
from projections.api.figures import FiguresView
from projections.api.quarters import PATTERN, Quarter
from projections.api.standards_views import StandardsView
from projections.api.views import OverviewView

Code = Annotated[str | None, Header(alias="X-Receipt-Code", max_length=200)]

ChosenQuarter = Annotated[str | None, Query(pattern=PATTERN, description="like 2026-Q3; the present one")]
ChosenRegion = Annotated[str | None, Query(max_length=20, description="a region's code; all of them")]

Overview = Callable[[str], Awaitable[OverviewView]]
Figures = Callable[[str, str | None, Quarter | None], Awaitable[FiguresView]]
Standards = Callable[[str], StandardsView]
Application = Callable[[Request, str, str, str | None], Awaitable[ApplicationView | None]]


def router(overview: Overview, figures: Figures, standards: Standards, application: Application) -> APIRouter:
    """Return the routes. `application` checks who asks and gives None for whoever may not know."""
    routes = APIRouter(prefix="/api/{profile}", tags=["public"])

    @routes.get("/overview")
    async def read_overview(profile: str) -> OverviewView:
        """Return the figures of a profile."""
        return await overview(profile)

    @routes.get("/figures")
    async def read_figures(
        profile: str, region: ChosenRegion = None, quarter: ChosenQuarter = None
    ) -> FiguresView:
        """Return means, limits and the service's figures of a quarter, of a region or of all."""
        return await figures(profile, region, Quarter.read(quarter) if quarter else None)

    @routes.get("/standards")
    async def read_standards(profile: str) -> StandardsView:
        """Return the standards of a profile as they hold today."""
        return standards(profile)

    @routes.get("/applications/{number}")
    async def read_application(
        request: Request, response: Response, profile: str, number: str, code: Code = None
    ) -> ApplicationView:
        """Return one application to whoever sends its receipt code, or holds the page's pass."""
        view = await application(request, profile, number, code)
        if view is None:
            # An unknown number and a wrong code are the same answer.
            raise HTTPException(404, "There is no application with this number and receipt code.")
        response.headers["cache-control"] = "no-store"
        return view

    return routes
