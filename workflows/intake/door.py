"""The door: where upstream systems hand in facts over HTTP, and ask what became of them.

It refuses only a wrong token, a size and an envelope that can't be read; everything else is taken, once the
broker has it, and gets an outcome.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from psycopg_pool import PoolTimeout

from activities.outcomes import Pool
from events import cloudevents
from events.cloudevents import InboundEvent
from events.errors import Problem
from events.producer import Producer
from events.sealing import Quarantine
from workflows.intake import lookup
from workflows.intake.checks import check
from workflows.intake.problems import problem_response
from workflows.intake.reception import RETRY_SECONDS, Reception, read_body
from workflows.intake.tokens import Known, Tokens
from workflows.policy.model import Policy

MAX_BATCH = 1000


@dataclass(frozen=True)
class DoorDeps:
    """What the door needs. `tokens` by the source they are bound to; `overloaded`: intake lags."""

    producer: Producer
    pool: Pool
    policies: Mapping[str, Policy]
    tokens: Mapping[str, str] | Known = field(repr=False)
    quarantine: Quarantine = field(repr=False)
    max_payload_bytes: int
    clock: Callable[[], datetime]
    overloaded: Callable[[], Awaitable[bool]] | None = None


def router(deps: DoorDeps) -> APIRouter:
    """Return the routes `POST /events` and `GET /events`."""
    routes = APIRouter()
    door = Door(deps)

    @routes.post("/events")
    async def hand_in(request: Request, dry_run: bool = False) -> Response:
        """Take events in structured, binary or batch mode."""
        return await door.hand_in(request, dry_run=dry_run)

    @routes.get("/events")
    async def ask(request: Request, source: str, id: str) -> Response:  # noqa: A002 - CloudEvents' own name
        """Tell the outcome of one event."""
        return await door.ask(request, source, id)

    return routes


class Door:
    """The two routes' work."""

    def __init__(self, deps: DoorDeps) -> None:
        self._deps = deps
        self._tokens = Tokens(deps.tokens)
        self._reception = Reception(deps.producer, deps.pool, deps.quarantine, deps.overloaded)

    async def hand_in(self, request: Request, *, dry_run: bool) -> Response:
        """Answer a `POST /events`."""
        source = self._tokens.holder(request.headers)
        if source is None:
            return _unauthorised()
        body, whole = await read_body(request)
        fits = whole and len(body) <= self._deps.max_payload_bytes
        found = cloudevents.read_http(request.headers.items(), body) if fits else []
        if fits:
            objection = await self._objection(request, source, body, found)
        else:
            objection = await self._too_large(request, source, body, truncated=not whole)
        if objection is not None:
            return objection
        return self._checked(found) if dry_run else await self._send(request, found)

    async def _objection(
        self, request: Request, source: str, body: bytes, found: list[InboundEvent]
    ) -> Response | None:
        """What the door itself has against a request that is small enough."""
        if any(event.identified and event.text("source") != source for event in found):
            return _unauthorised()
        unreadable = [problem for event in found if not event.identified for problem in event.problems]
        if unreadable:
            return await self._unreadable(request, source, body, unreadable)
        if len(found) > MAX_BATCH:
            detail = f"Send at most {MAX_BATCH} events at once."
            return problem_response(413, "batch_too_long", "Too many events", detail=detail)
        return None

    async def ask(self, request: Request, source: str, id: str) -> Response:  # noqa: A002 - CloudEvents' word
        """Answer a `GET /events`."""
        if self._tokens.holder(request.headers) != source:
            return _unauthorised()
        try:
            async with self._deps.pool.connection() as conn:
                line = await lookup.outcome_of(conn, source, id)
        except (psycopg.Error, PoolTimeout):
            return _away()
        if line is None:
            detail = "No such fact has reached the inbox. If it was just sent, ask again."
            return problem_response(404, "not_known", "Not known", detail=detail)
        shown = {
            "source": line.source,
            "id": line.id,
            "number": line.number,
            "linked_to": line.linked_to,
            "alias": line.alias,
            "state": line.state,
            "outcome": line.outcome,
            "code": line.code,
            "sentence": line.sentence,
            "reasons": line.reasons,
            "duplicates": line.duplicates,
            "received_at": line.received_at.isoformat(),
            "finished_at": line.finished_at.isoformat() if line.finished_at else None,
        }
        return JSONResponse(shown)

    def _checked(self, found: list[InboundEvent]) -> Response:
        """What a dry run answers: all problems of every event, and nothing is kept."""
        now, deps = self._deps.clock(), self._deps
        results = []
        for event in found:
            problems = check(event, deps.policies, now, deps.max_payload_bytes).problems
            told = [problem.model_dump() for problem in problems]
            results.append(
                {"id": event.text("id"), "status": "refused" if told else "fine", "problems": told}
            )
        return JSONResponse({"dry_run": True, "events": results})

    async def _send(self, request: Request, found: list[InboundEvent]) -> Response:
        refused = await self._reception.pass_on(request, found)
        if refused == "overloaded":
            detail = "Intake is behind. Send again later."
            return problem_response(429, "overloaded", "Busy", detail=detail, headers=_later())
        if refused == "away":
            return _away()
        if refused == "too_large":
            detail = "An event is too large in its standard form. Send references."
            return problem_response(413, "too_large", "Too large", detail=detail)
        received = [{"id": event.text("id"), "status": "received"} for event in found]
        return JSONResponse({"events": received}, 202)

    async def _too_large(self, request: Request, source: str, body: bytes, *, truncated: bool) -> Response:
        limit = self._deps.max_payload_bytes
        problem = Problem(
            code="too_large",
            field="",
            sentence=f"The request is larger than {limit} bytes. Send less, and references to documents.",
        )
        kept = await self._reception.keep(request, source, body, [problem], truncated=truncated)
        if not kept:
            return _away()
        return problem_response(413, "too_large", "Too large", detail=problem.sentence, problems=[problem])

    async def _unreadable(
        self, request: Request, source: str, body: bytes, problems: list[Problem]
    ) -> Response:
        if not await self._reception.keep(request, source, body, problems):
            return _away()
        detail = (
            "The envelope can't be read, so nothing of this request was taken. Mend it and send it again."
        )
        return problem_response(
            400, problems[0].code, "Unreadable envelope", detail=detail, problems=problems
        )


def _later() -> dict[str, str]:
    return {"Retry-After": str(RETRY_SECONDS)}


def _away() -> Response:
    detail = "The request could not be taken and nothing was kept. Send it again."
    return problem_response(503, "away", "Not available", detail=detail, headers=_later())


def _unauthorised() -> Response:
    detail = "Send `Authorization: Bearer <token>` with a token that is bound to the events' source."
    return problem_response(
        401,
        "unauthorised",
        "Not allowed",
        detail=detail,
        headers={"WWW-Authenticate": 'Bearer realm="events"'},
    )
