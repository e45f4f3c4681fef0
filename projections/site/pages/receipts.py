"""A receipt to keep: the sealed event itself, byte for byte as it lies in the log."""

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from events.envelope import CONTENT_TYPE
from projections.site.site import Site

_MOST = 10**9


def routes(site: Site) -> APIRouter:
    """Return the route of the download, for whoever may see the application."""
    router = APIRouter(include_in_schema=False)

    @router.get("/{profile}/progress/{number}/receipts/{sequence}.json")
    async def receipt(request: Request, profile: str, number: str, sequence: int) -> Response:
        policy = site.policy(profile)
        if not await site.may_see(request, policy, number, None):
            return RedirectResponse(f"/{policy.profile}/progress", status_code=303)
        if not 0 < sequence < _MOST:
            raise HTTPException(404)
        content = await site.evidence.event_file(policy.profile, number, sequence, "receipt_issued")
        if content is None:
            raise HTTPException(404)
        name = f"{number}-{sequence}.json"
        return Response(
            content,
            media_type=CONTENT_TYPE,
            headers={"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"},
        )

    return router
