"""The public site as one application: pure wiring."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.responses import JSONResponse

from projections.api import public
from projections.api.application_views import ApplicationView
from projections.api.figures import FiguresView
from projections.api.quarters import Quarter
from projections.api.standards_views import StandardsView
from projections.api.views import OverviewView
from projections.site import errors
from projections.site.assets import FOR_EVER
from projections.site.deps import SiteDeps
from projections.site.headers import Head, SecurityHeaders
from projections.site.pages import (
    application,
    documents,
    figures,
    overview,
    progress,
    project,
    projects,
    receipts,
    roots,
    saved,
    stream,
    verify,
)
from projections.site.pages import standards as standards_page
from projections.site.site import Site

_COMPRESSED = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/pdf", "application/ofd")
"""What would be no smaller."""


def create_site(deps: SiteDeps, doors: Iterable[APIRouter] = ()) -> FastAPI:
    """Return pages, interface and streams; `doors` are further routers that are asked first."""
    site = Site(deps)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with site.announcements.running():
            yield

    app = FastAPI(
        title="Mingdian", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json"
    )
    app.state.site = site
    for door in doors:
        app.include_router(door)
    app.include_router(_interface(site))
    app.include_router(_plumbing(site))
    pages = (
        overview, figures, progress, application, documents, standards_page, saved, receipts, verify, roots,
        stream, projects, project,
    )  # fmt: skip
    for page in pages:
        app.include_router(page.routes(site))
    errors.install(app, site)
    app.add_middleware(GZipMiddleware, minimum_size=800, compresslevel=5, exclude_content_types=_COMPRESSED)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Head)
    return app


def _interface(site: Site) -> APIRouter:
    """The interface for programs, on the same reads and the same rules as the pages."""

    async def read_overview(profile: str) -> OverviewView:
        return await site.overview(site.policy(profile))

    async def read_figures(profile: str, region: str | None, quarter: Quarter | None) -> FiguresView:
        return await site.figures(site.policy(profile), region, quarter)

    def read_standards(profile: str) -> StandardsView:
        policy = site.policy(profile)
        return site.standards(policy)

    async def read_application(
        request: Request, profile: str, number: str, code: str | None
    ) -> ApplicationView | None:
        policy = site.policy(profile)
        if not await site.may_see(request, policy, number, code):
            return None
        return await site.application(policy, number)

    return public.router(read_overview, read_figures, read_standards, read_application)


def _plumbing(site: Site) -> APIRouter:
    """Assets and the health of the process."""
    router = APIRouter(include_in_schema=False)

    @router.get("/assets/{name}")
    async def asset(name: str) -> Response:
        found = site.assets.get(name)
        if found is None:
            raise HTTPException(404)
        return Response(found.content, media_type=found.media_type, headers={"cache-control": FOR_EVER})

    @router.get("/favicon.ico")
    async def icon() -> Response:
        return await asset(site.assets.url("icon.svg").rsplit("/", 1)[1])

    @router.get("/healthz")
    async def health() -> Response:
        """Healthy means that pages can be read and changes are heard."""
        fresh = await site.reads.freshness()
        heard = site.announcements.connected
        told = {"ok": heard, "position": fresh.position, "readers": site.announcements.readers}
        return JSONResponse(told, 200 if heard else 503, headers={"cache-control": "no-store"})

    return router
