"""Where a feed hands in its list of projects over HTTP, as its own system writes it.

The list is read by the table that the profile has of the feed. Rows that can be understood go on; those that
can't are told line by line, and the list is kept among the dead letters.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from psycopg_pool import PoolTimeout
from pydantic import BaseModel, ConfigDict, ValidationError

from events.errors import Problem
from workflows.intake import list_book, lookup
from workflows.intake.list_files import ListError, lines_of, unseen
from workflows.intake.list_plan import Known, Listed, Plan, Telling, plan
from workflows.intake.list_rows import ListRow, objections, rows_of
from workflows.intake.list_taking import ReadList, by_line, listed_of, sift
from workflows.intake.problems import problem_response
from workflows.intake.reception import RETRY_SECONDS, Reception, read_body
from workflows.intake.tokens import Known as KnownTokens
from workflows.intake.tokens import Tokens
from workflows.policy.lists import ListTable
from workflows.policy.model import Policy


@dataclass(frozen=True)
class ListDeps:
    """`lists` by the source of the feed that each reads; `tokens` by the source they are bound to."""

    reception: Reception
    policies: Mapping[str, Policy]
    lists: Mapping[str, ListTable]
    tokens: Mapping[str, str] | KnownTokens = field(repr=False)
    max_payload_bytes: int
    clock: Callable[[], datetime]


class Asked(BaseModel):
    """What a sender says of its list: of which moment it is, whether it is `complete` (who does not stand in
    it has left the feed; `sure`: even if those are more than half), whether it is only to be checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: str = ""
    complete: bool = False
    sure: bool = False
    dry_run: bool = False


def router(deps: ListDeps) -> APIRouter:
    """Return the routes `POST /feeds/{feed}` and `GET /feeds/{feed}`."""
    routes = APIRouter()
    door = ListDoor(deps)

    @routes.post("/feeds/{feed}")
    async def hand_in(request: Request, feed: str) -> Response:
        """Take a list; the query says what `Asked` holds."""
        return await door.hand_in(request, feed)

    @routes.get("/feeds/{feed}")
    async def ask(request: Request, feed: str) -> Response:
        """Tell what became of the feed's last list."""
        return await door.ask(request, feed)

    return routes


class ListDoor:
    """The two routes' work."""

    def __init__(self, deps: ListDeps) -> None:
        self._deps = deps
        self._tokens = Tokens(deps.tokens)

    async def hand_in(self, request: Request, feed: str) -> Response:
        """Answer a `POST /feeds/…`. A feed that does not exist and a wrong token are told alike."""
        source = self._source(request, feed)
        if source is None:
            return _unauthorised()
        try:
            asked = Asked.model_validate(dict(request.query_params))
        except ValidationError:
            return _bad_query()
        body, whole = await read_body(request)
        try:
            if not whole:
                raise ListError("too_large", "The list is too large. Send parts, none of them complete.")
            read = await asyncio.to_thread(self._read, source, body, asked)
        except ListError as error:
            return await self._unreadable(request, source, body, error, truncated=not whole)
        try:
            return await self._take(request, body, read, asked)
        except (psycopg.Error, PoolTimeout):
            return _away()

    async def ask(self, request: Request, feed: str) -> Response:
        """Answer a `GET /feeds/…`."""
        source = self._source(request, feed)
        if source is None:
            return _unauthorised()
        try:
            async with self._deps.reception.pool.connection() as conn:
                last = await list_book.last_list(conn, source)
                if last is None:
                    return problem_response(404, "not_known", "Not known", detail="No list has been taken.")
                tally = await lookup.outcomes_pending(conn, source, last.facts)
                lines = await lookup.outcomes_of(conn, source, last.facts)
        except (psycopg.Error, PoolTimeout):
            return _away()
        against = [
            {"record": line.alias, "code": line.code, "reasons": line.reasons}
            for line in lines
            if line.outcome in {"refused", "dead"}
        ]
        shown = {
            "feed": feed,
            "as_of": last.as_of.isoformat() if last.as_of else None,
            "complete": last.complete,
            "taken_at": last.taken_at.isoformat(),
            "rows": last.rows,
            "told": len(last.facts),
            "open": len(set(last.facts)) - tally.final,
            "applied": tally.applied,
            "refused": last.refused,
            "refused_after_all": against,
        }
        return JSONResponse(shown)

    def _source(self, request: Request, feed: str) -> str | None:
        source = self._tokens.holder(request.headers)
        table = self._deps.lists.get(source or "")
        return source if table is not None and table.feed == feed else None

    def _read(self, source: str, body: bytes, asked: Asked) -> ReadList:
        """Read a list to its end. Raises ListError."""
        table = self._deps.lists[source]
        policy = self._deps.policies[table.profile]
        listed = listed_of(
            table, policy, source, asked.as_of, complete=asked.complete, now=self._deps.clock()
        )
        lines = list(lines_of(body, table))
        return ReadList(listed, list(rows_of(lines, table, policy)), unseen(lines, table))

    async def _take(self, request: Request, body: bytes, read: ReadList, asked: Asked) -> Response:
        deps, listed, source = self._deps, read.listed, read.listed.source
        async with deps.reception.pool.connection() as conn, conn.transaction():
            if not await list_book.alone(conn, source) or await list_book.under_way(conn, source):
                return _under_way()
            known = await list_book.known(conn, source)
            made, rows = await asyncio.to_thread(self._planned, read.rows, listed, known)
            if made.doubtful and not asked.sure and not asked.dry_run:
                return _doubtful(made)
            if asked.dry_run:
                return JSONResponse({"dry_run": True, **_answer(read, rows, made)})
            faults = by_line(rows)
            if faults and not await deps.reception.keep(request, source, body, faults):
                return _away()
            refused = await deps.reception.pass_on(request, [one.event for one in made.tellings])
            if refused is not None:
                return _away() if refused == "away" else _under_way()
            facts = [one.event.text("id") or "" for one in made.tellings]
            await list_book.note(
                conn, source, as_of=listed.as_of, complete=listed.complete, rows=rows, facts=facts
            )
        return JSONResponse(_answer(read, rows, made), 202)

    def _planned(self, rows: list[ListRow], listed: Listed, known: Known) -> tuple[Plan, list[ListRow]]:
        """What the list tells, without what intake would refuse. A long list takes seconds of work."""
        return sift(plan(rows, listed, known), rows, self._against)

    def _against(self, telling: Telling) -> list[Problem]:
        deps = self._deps
        table = deps.lists[telling.event.text("source") or ""]
        return objections(telling.event, table, deps.policies, deps.clock(), deps.max_payload_bytes)

    async def _unreadable(
        self, request: Request, source: str, body: bytes, error: ListError, *, truncated: bool
    ) -> Response:
        told = Problem(code=error.code, field="", sentence=error.sentence)
        if not await self._deps.reception.keep(request, source, body, [told], truncated=truncated):
            return _away()
        status = 413 if truncated else 400
        return problem_response(status, error.code, "Unreadable list", detail=error.sentence, problems=[told])


def _answer(read: ReadList, rows: Sequence[ListRow], made: Plan) -> dict[str, Any]:
    """What a list comes to: how many rows go on, who left, who came back, and why which line was refused."""
    listed = read.listed
    return {
        "as_of": listed.as_of.isoformat() if listed.as_of else None,
        "complete": listed.complete,
        "rows": len(rows),
        "sent": made.count("row") + made.count("back"),
        "back": made.count("back"),
        "gone": made.count("gone"),
        "gone_withheld": made.withheld,
        "refused": list_book.refusals(rows),
        "in_no_row": read.unseen,
    }


def _bad_query() -> Response:
    detail = f"The query may say {', '.join(Asked.model_fields)}: a day, true or false. Nothing was taken."
    return problem_response(400, "bad_query", "What is asked for?", detail=detail)


def _doubtful(made: Plan) -> Response:
    detail = (
        f"{made.count('gone')} records do not stand in this list, more than half of those that the feed has. "
        "If it is complete, send it again with sure=true."
    )
    return problem_response(409, "too_many_gone", "Is this list complete?", detail=detail)


def _under_way() -> Response:
    detail = "The feed's last list is still being taken. Send this one again in a moment."
    return problem_response(429, "list_under_way", "Busy", detail=detail, headers=_later())


def _away() -> Response:
    detail = "The list could not be taken and nothing was kept. Send it again."
    return problem_response(503, "away", "Not available", detail=detail, headers=_later())


def _later() -> dict[str, str]:
    return {"Retry-After": str(RETRY_SECONDS)}


def _unauthorised() -> Response:
    return problem_response(
        401,
        "unauthorised",
        "Not allowed",
        detail="Send `Authorization: Bearer <token>` with the token of the feed's source.",
        headers={"WWW-Authenticate": 'Bearer realm="feeds"'},
    )
