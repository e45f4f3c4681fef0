"""Where a channel hands in its messages, each in its own words, and is answered in them.

What can be translated is a fact like any other and goes the same way: sent to the broker, answered 202 once
the broker has it. What can't is refused with all reasons at once, and kept as it came among the dead letters.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from psycopg_pool import PoolTimeout
from starlette.requests import ClientDisconnect

from events.errors import MingdianError, Problem
from workflows.intake.channel_answers import Outcome, answered, answered_together, refused_later
from workflows.intake.channel_messages import SENTENCES, Taking
from workflows.intake.channel_requests import Messages, messages_in
from workflows.intake.marks import mark_of
from workflows.intake.problems import problem_response
from workflows.intake.rates import Rates
from workflows.intake.receiving import REFUSALS, STATUS, Receiver
from workflows.intake.reception import Reception, read_body
from workflows.intake.subjects import Ref
from workflows.intake.tokens import Known, Tokens
from workflows.policy.interface import Interface
from workflows.policy.interface_words import Words
from workflows.policy.model import Policy

BODY_SECONDS = 60.0
"""How long the bytes of a message may take to come."""

Stands = Callable[[str, str, str, Words], Awaitable[Mapping[str, Any] | None]]
"""(profile, source, reference, words) → how the application stands, in these words; None for one that is not
known, or was erased. Raises psycopg.Error, PoolTimeout."""


class Counterpart(NamedTuple):
    """A channel of a profile."""

    profile: str
    interface: Interface


@dataclass(frozen=True)
class ChannelDeps:
    """`interfaces` by profile; `tokens` by the source that each is bound to. Without `stands` nobody is told
    how an application stands, without `receiver` no file is taken."""

    reception: Reception
    policies: Mapping[str, Policy]
    interfaces: Mapping[str, Iterable[Interface]]
    tokens: Mapping[str, str] | Known = field(repr=False)
    max_payload_bytes: int
    clock: Callable[[], datetime]
    stands: Stands | None = None
    receiver: Receiver | None = None
    rates: Rates = field(default_factory=Rates)


def router(deps: ChannelDeps) -> APIRouter:
    """Return the routes `POST /channels/{channel}`, `GET /channels/{channel}`, and `POST …/files`."""
    routes = APIRouter()
    door = ChannelDoor(deps)

    @routes.post("/channels/{channel}")
    async def hand_in(request: Request, channel: str) -> Response:
        """Take a channel's message, in its own words, or several."""
        return await door.hand_in(request, channel)

    @routes.post("/channels/{channel}/files")
    async def hand_in_file(request: Request, channel: str) -> Response:
        """Take a file, which is the body; a parameter that the table names says for which application."""
        return await door.hand_in_file(request, channel)

    @routes.get("/channels/{channel}")
    async def ask(request: Request, channel: str, id: str = "", reference: str = "") -> Response:  # noqa: A002 - the query's
        """Tell what became of a message (`id` is what the channel's table makes of it), or how an application
        stands (`reference` is the channel's own number)."""
        if reference:
            return await door.ask_progress(request, channel, reference)
        return await door.ask(request, channel, id)

    return routes


class ChannelDoor:
    """The routes' work."""

    def __init__(self, deps: ChannelDeps) -> None:
        self._deps = deps
        self._known = {
            one.upstream: Counterpart(profile, one)
            for profile, listed in deps.interfaces.items()
            for one in listed
        }
        self._tokens = Tokens(deps.tokens)

    async def hand_in(self, request: Request, channel: str) -> Response:
        """Answer a `POST /channels/…`."""
        let_in = self._let_in(request, channel)
        if isinstance(let_in, Response):
            return let_in
        table, taking = let_in.interface, self._taking(let_in)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body, whole = await read_body(request)
        except (TimeoutError, ClientDisconnect):
            return answered(table, _refusal("too_slow", 408))
        most = self._deps.max_payload_bytes
        if not whole or len(body) > most:  # the rest is not kept: who sends too much fills no disk of ours
            problem = _problem("too_large")
            return answered(table, await taking.refused(request, body[:most], problem, 413, truncated=True))
        asked = messages_in(table, body)
        if asked.problem is not None:
            status = 413 if asked.problem.code == "batch_too_long" else 400
            return answered(table, await taking.refused(request, body, asked.problem, status))
        return await self._take(request, table, taking, body, asked)

    async def _take(
        self, request: Request, table: Interface, taking: Taking, body: bytes, asked: Messages
    ) -> Response:
        if not asked.several:
            [outcome] = await taking.take(request, asked.found, whole=body)
            return answered(table, outcome)
        assert table.batch is not None
        if wait := self._wait(table, len(asked.found) - 1):
            return answered(table, _refusal("too_many", 429), wait=wait)
        return answered_together(table, table.batch, await taking.take(request, asked.found))

    async def hand_in_file(self, request: Request, channel: str) -> Response:
        """Answer a `POST /channels/…/files`."""
        let_in = self._let_in(request, channel)
        if isinstance(let_in, Response):
            return let_in
        table, receiver = let_in.interface, self._deps.receiver
        if table.files is None or receiver is None:
            return answered(table, _refusal("no_files_here", 404))
        reference = request.query_params.get(table.files.reference, "")
        if not table.number.fullmatch(reference):
            return answered(table, _refusal("bad_reference", 400, table.files.reference))
        policy, ref = self._deps.policies[let_in.profile], Ref(table.upstream, reference)
        try:
            _, file = await receiver.receive(request, policy, ref)
        except REFUSALS as error:
            return answered(table, _of(error, reference))
        return answered(table, Outcome(reference, 201), mark=mark_of(file))

    async def ask(self, request: Request, channel: str, id: str) -> Response:  # noqa: A002 - the query's
        """Answer a `GET /channels/…?id=…`: taken so far, applied, or refused after all, and why."""
        let_in = self._let_in(request, channel)
        if isinstance(let_in, Response):
            return let_in
        table = let_in.interface
        try:
            line = await self._deps.reception.outcome(table.upstream, id)
        except (psycopg.Error, PoolTimeout):
            return answered(table, _refusal("away", 503))
        if line is None:
            return answered(table, _refusal("not_known", 404))
        problems = refused_later(table, line)
        outcome = Outcome(line.alias, 200, line.code if problems else None, problems)
        return answered(table, outcome, of=line)

    async def ask_progress(self, request: Request, channel: str, reference: str) -> Response:
        """Answer a `GET /channels/…?reference=…`: how an application of its own stands, and its e-receipt."""
        let_in = self._let_in(request, channel)
        if isinstance(let_in, Response):
            return let_in
        table, stands = let_in.interface, self._deps.stands
        if table.asked is None or stands is None or not table.number.fullmatch(reference):
            return answered(table, _refusal("not_known", 404))
        try:
            told = await stands(let_in.profile, table.upstream, reference, table.asked)
        except (psycopg.Error, PoolTimeout):
            return answered(table, _refusal("away", 503))
        if told is None:
            return answered(table, _refusal("not_known", 404))
        return JSONResponse(told, headers={"cache-control": "no-store"})

    def _let_in(self, request: Request, channel: str) -> Counterpart | Response:
        """The channel that asks, if it may and not too often. One that does not exist and a wrong token are
        told alike."""
        found = self._known.get(self._tokens.holder(request.headers) or "")
        if found is None or found.interface.id != channel:
            return _unauthorised()
        if wait := self._wait(found.interface):
            return answered(found.interface, _refusal("too_many", 429), wait=wait)
        return found

    def _wait(self, table: Interface, count: int = 1) -> int:
        return self._deps.rates.wait(table.upstream, table.per_minute, count)

    def _taking(self, of: Counterpart) -> Taking:
        deps = self._deps
        return Taking(
            deps.reception,
            of.interface,
            of.profile,
            deps.policies,
            deps.clock,
            deps.max_payload_bytes,
            deps.receiver,
        )


def _problem(code: str, place: str = "") -> Problem:
    return Problem(code=code, field=place, sentence=SENTENCES[code])


def _refusal(code: str, status: int, place: str = "") -> Outcome:
    return Outcome(None, status, code, (_problem(code, place),))


def _of(error: MingdianError, reference: str) -> Outcome:
    """A file that was not taken."""
    problem = Problem(code=error.code, field="", sentence=error.sentence)
    return Outcome(reference, STATUS.get(error.code, 400), error.code, (problem,))


def _unauthorised() -> Response:
    return problem_response(
        401,
        "unauthorised",
        "Not allowed",
        detail="Send `Authorization: Bearer <token>` with a token that is bound to this channel's source.",
        headers={"WWW-Authenticate": 'Bearer realm="channels"'},
    )
