"""Finding an application by number and receipt code, and leaving it again. The code never stands in an
address."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from projections.site.numbers import tidy
from projections.site.site import Site
from workflows.policy.model import Policy

Typed = Annotated[str, Form(max_length=200)]
_NO_STORE = "no-store"


def routes(site: Site) -> APIRouter:
    """Return the routes of the form."""
    router = APIRouter(include_in_schema=False)

    @router.get("/{profile}/progress")
    async def form(request: Request, profile: str) -> Response:
        return _form(site, request, site.policy(profile))

    @router.post("/{profile}/progress")
    async def find(request: Request, profile: str, number: Typed = "", code: Typed = "") -> Response:
        policy = site.policy(profile)
        meant = tidy(number, policy.prefix)
        try:
            found = await site.may_see(request, policy, meant, code)
        except HTTPException as refused:
            if refused.status_code != 429:
                raise
            wait = int((refused.headers or {}).get("retry-after", "1"))
            page = _form(site, request, policy, fault="limited", status=429, number=number, wait=wait)
            page.headers["retry-after"] = str(wait)
            return page
        if not found:
            return _form(site, request, policy, fault="wrong", status=404, number=number)
        response = RedirectResponse(f"/{policy.profile}/progress/{meant}", status_code=303)
        site.passes.give(response, request, policy.profile, meant, site.now())
        response.headers["cache-control"] = _NO_STORE
        return response

    @router.post("/{profile}/progress/{number}/leave")
    async def leave(profile: str, number: str) -> Response:
        policy = site.policy(profile)
        response = RedirectResponse(f"/{policy.profile}/progress", status_code=303)
        site.passes.take(response, number)
        return response

    return router


def _form(
    site: Site,
    request: Request,
    policy: Policy,
    *,
    fault: str = "",
    status: int = 200,
    number: str = "",
    wait: int = 0,
) -> Response:
    page = site.pages.page(
        request,
        policy,
        "progress.html",
        status=status,
        section="progress",
        fault=fault,
        number=number[:40],
        wait=wait,
    )
    page.headers["cache-control"] = _NO_STORE
    return page
