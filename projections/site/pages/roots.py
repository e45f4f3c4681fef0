"""The roots outside the log: a page, a feed, a file each. Whoever keeps one can prove any later change."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse

from events.envelope import CONTENT_TYPE
from events.root_log import LoggedRoot
from events.roots import next_seal
from projections.site.site import Site

_SHOWN = 60
_TOLD = 400
_MINUTE = "max-age=60"

Before = Annotated[int | None, Query(ge=1, le=10**9)]


def routes(site: Site) -> APIRouter:
    """Return page, JSON, feed and files. A root speaks for all profiles, so each shows the same."""
    router = APIRouter(include_in_schema=False)

    @router.get("/roots")
    async def first() -> Response:
        return RedirectResponse(f"/{site.first.profile}/roots", status_code=307)

    @router.get("/{profile}/roots")
    async def page(request: Request, profile: str) -> Response:
        policy = site.policy(profile)
        roots = await site.evidence.book.roots()
        return site.pages.page(
            request,
            policy,
            "roots.html",
            roots=[one.root for one in reversed(roots[-_SHOWN:])],
            count=len(roots),
            keys=list(dict.fromkeys(one.root.public_key for one in reversed(roots))),
            due=next_seal(site.now()),
        )

    @router.get("/{profile}/roots.json")
    async def data(profile: str, before: Before = None) -> Response:
        """The newest roots first, at most 400; `before` a number for older ones."""
        site.policy(profile)
        roots = [
            one for one in await site.evidence.book.roots() if before is None or one.root.number < before
        ]
        told: list[dict[str, Any]] = [one.event.as_json() for one in reversed(roots[-_TOLD:])]
        return JSONResponse({"roots": told}, headers={"cache-control": _MINUTE})

    @router.get("/{profile}/roots.atom")
    async def feed(request: Request, profile: str) -> Response:
        policy = site.policy(profile)
        roots = await site.evidence.book.roots()
        response = site.pages.page(
            request,
            policy,
            "roots.atom",
            base=str(request.base_url).rstrip("/"),
            roots=[one.root for one in reversed(roots[-_SHOWN:])],
            updated=roots[-1].root.sealed_at if roots else site.now(),
        )
        response.headers["content-type"] = "application/atom+xml; charset=utf-8"
        return response

    @router.get("/{profile}/roots/{number}.json")
    async def file(profile: str, number: int) -> Response:
        """The event of one root, byte for byte as it lies in the log."""
        site.policy(profile)
        found = _numbered(await site.evidence.book.roots(), number)
        return Response(found.event.as_bytes(), media_type=CONTENT_TYPE, headers={"cache-control": _MINUTE})

    return router


def _numbered(roots: Iterable[LoggedRoot], number: int) -> LoggedRoot:
    found = next((one for one in roots if one.root.number == number), None)
    if found is None:
        raise HTTPException(404)
    return found
