"""Errors as pages for people and as RFC 9457 for programs; never a detail of what broke."""

import logging
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from events.producer import BusAwayError
from projections.site.headers import SECURITY
from projections.site.site import Site

PROGRAMS = ("/api/", "/events", "/documents", "/healthz")
"""Addresses that programs speak to."""

_KNOWN = frozenset({404, 405, 422, 429, 500, 503})
_log = logging.getLogger(__name__)


def install(app: FastAPI, site: Site) -> None:
    """Answer every error of the application."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return answer(site, request, error.status_code, error.detail, dict(error.headers or {}))

    async def unreadable(request: Request, error: Exception) -> Response:
        return answer(site, request, 422, "The request is not in the form that is asked for.")

    async def away(request: Request, error: Exception) -> Response:
        _log.warning("the database is away", extra={"code": type(error).__name__})
        return answer(
            site, request, 503, "The read models can't be reached. Try again.", {"retry-after": "5"}
        )

    async def silent(request: Request, error: Exception) -> Response:
        return answer(site, request, 503, "The log can't be read now. Try again.", {"retry-after": "5"})

    async def broken(request: Request, error: Exception) -> Response:
        return answer(site, request, 500, "The fault is ours. Try again later.")

    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, unreadable)
    app.add_exception_handler(OperationalError, away)
    app.add_exception_handler(PoolTimeout, away)
    app.add_exception_handler(BusAwayError, silent)
    app.add_exception_handler(Exception, broken)


def answer(
    site: Site, request: Request, status: int, detail: str, headers: dict[str, str] | None = None
) -> Response:
    """Return an error in the form that suits who asks."""
    if request.url.path.startswith(PROGRAMS):
        title = HTTPStatus(status).phrase
        body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        response: Response = JSONResponse(body, status, media_type="application/problem+json")
    else:
        profile = request.url.path.split("/")[1]
        policy = site.deps.policies.get(profile, site.first)
        shown = status if status in _KNOWN else 500
        response = site.pages.page(request, policy, "error.html", status=status, shown=shown)
    response.headers.update(headers or {})
    response.headers["cache-control"] = "no-store"
    response.headers.update(SECURITY)  # the layer that adds them does not see an unexpected error
    return response
