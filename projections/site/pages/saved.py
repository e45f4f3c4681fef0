"""What the measures save: one simulated year, under today's tables and under those of before."""

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from projections.api.savings import Savings
from projections.site.site import Site


def routes(site: Site) -> APIRouter:
    """Return the page, and the same for programs."""
    router = APIRouter(include_in_schema=False)

    def known(profile: str) -> Savings | None:
        """A profile without former tables has nothing to compare: the page does not exist."""
        policy = site.policy(profile)
        if all(process.now for process in policy.processes):
            raise HTTPException(404)
        return site.deps.savings(profile)

    @router.get("/{profile}/saved")
    async def page(request: Request, profile: str) -> Response:
        found, policy = known(profile), site.policy(profile)
        words = site.pages.words(request, policy)
        return site.pages.page(request, policy, "saved.html", w=words, s=found)

    @router.get("/api/{profile}/saved")
    async def data(profile: str) -> Savings:
        found = known(profile)
        if found is None:
            raise HTTPException(503, headers={"retry-after": "30"})
        return found

    return router
