"""The interface for programs: the same views as JSON. Errors are RFC 9457."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from starlette.exceptions import HTTPException

from projections.api.application_views import ApplicationView
from projections.api.standards_views import StandardsView
from projections.api.views import OverviewView

Code = Annotated[str | None, Header(alias="X-Receipt-Code", max_length=200)]

Overview = Callable[[str], Awaitable[OverviewView]]
Standards = Callable[[str], StandardsView]
Application = Callable[[Request, str, str, str | None], Awaitable[ApplicationView | None]]


def router(overview: Overview, standards: Standards, application: Application) -> APIRouter:
    """Return the routes. `application` checks who asks and gives None for whoever may not know."""
    routes = APIRouter(prefix="/api/{profile}", tags=["public"])

    @routes.get("/overview")
    async def read_overview(profile: str) -> OverviewView:
        """Return the figures of a profile."""
        return await overview(profile)

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
