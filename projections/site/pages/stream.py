"""Server-sent events: where the page that one looks at stands now. The page then reads itself again."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException

from projections.site.announcements import Announcements, Topic
from projections.site.site import Site

_HEARTBEAT_SECONDS = 15
_RETRY_MILLISECONDS = 3000


def routes(site: Site) -> APIRouter:
    """Return the route of the stream."""
    router = APIRouter(include_in_schema=False)

    @router.get("/{profile}/stream")
    async def stream(request: Request, profile: str, number: str | None = None) -> Response:
        policy = site.policy(profile)
        if number is not None and not await site.may_see(request, policy, number, None):
            raise HTTPException(404)
        return _told(site, request, Topic(policy.profile, number))

    @router.get("/{profile}/stream/projects")
    async def projects(request: Request, profile: str, number: str | None = None) -> Response:
        policy = site.policy(profile)
        if not policy.feeds or (number is not None and not await site.projects.known(policy, number)):
            raise HTTPException(404)
        return _told(site, request, Topic(policy.profile, number, projects=True))

    return router


def _told(site: Site, request: Request, topic: Topic) -> Response:
    return EventSourceResponse(
        positions(site.announcements, topic, request.headers.get("last-event-id", "")),
        ping=_HEARTBEAT_SECONDS,
        headers={"cache-control": "no-store"},
    )


async def positions(announcements: Announcements, topic: Topic, known: str) -> AsyncIterator[ServerSentEvent]:
    """Yield the position at once and whenever it changes; what the client knows already is left out.

    The position is the event's id, so a client that comes back says where it was.
    """
    last = known
    async with announcements.listening(topic) as queue:
        while (newest := await queue.get()) is not None:
            position = str(newest)
            if position != last:
                last = position
                yield ServerSentEvent(data=position, event="position", id=position, retry=_RETRY_MILLISECONDS)
