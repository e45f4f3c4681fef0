"""Where a channel hands in its messages, each in its own words, and is answered in them.

What can be translated is a fact like any other and goes the same way: sent to the broker, answered 202 once
the broker has it. What can't is refused with all reasons at once, and kept as it came among the dead letters.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from psycopg_pool import PoolTimeout

from events.errors import Problem
from workflows.intake.lookup import FactLine
from workflows.intake.problems import problem_response
from workflows.intake.reception import RETRY_SECONDS, Reception, read_body
from workflows.intake.tokens import Tokens
from workflows.intake.translate import places_of, translate
from workflows.policy.interface import Interface
from workflows.policy.model import Policy
from workflows.policy.translating import laid_out

_STATUS = {"overloaded": 429, "away": 503, "too_large": 413}
_SENTENCE = {
    "overloaded": "The platform is behind. Send the message again later.",
    "away": "The message could not be taken and nothing was kept. Send it again.",
    "not_known": "No such message has come. If it was just sent, ask again.",
    "too_large": "The message is too large. Send less, and documents by themselves.",
}


class Counterpart(NamedTuple):
    """A channel of a profile."""

    profile: str
    interface: Interface


@dataclass(frozen=True)
class ChannelDeps:
    """`interfaces` by profile; `tokens` by the source that each is bound to."""

    reception: Reception
    policies: Mapping[str, Policy]
    interfaces: Mapping[str, Iterable[Interface]]
    tokens: Mapping[str, str] = field(repr=False)
    max_payload_bytes: int
    clock: Callable[[], datetime]


def router(deps: ChannelDeps) -> APIRouter:
    """Return the routes `POST /channels/{channel}` and `GET /channels/{channel}`."""
    routes = APIRouter()
    door = ChannelDoor(deps)

    @routes.post("/channels/{channel}")
    async def hand_in(request: Request, channel: str) -> Response:
        """Take one message of a channel, in its own words."""
        return await door.hand_in(request, channel)

    @routes.get("/channels/{channel}")
    async def ask(request: Request, channel: str, id: str) -> Response:  # noqa: A002 - as the fact's own
        """Tell what became of a message; `id` is what the channel's table makes of it."""
        return await door.ask(request, channel, id)

    return routes


class ChannelDoor:
    """The two routes' work."""

    def __init__(self, deps: ChannelDeps) -> None:
        self._deps = deps
        self._known = {
            one.upstream: Counterpart(profile, one)
            for profile, listed in deps.interfaces.items()
            for one in listed
        }
        self._tokens = Tokens(
            {source: deps.tokens[source] for source in self._known if source in deps.tokens}
        )

    async def hand_in(self, request: Request, channel: str) -> Response:
        """Answer a `POST /channels/…`. A channel that does not exist and a wrong token are told alike."""
        counterpart = self._counterpart(request, channel)
        if counterpart is None:
            return _unauthorised()
        table = counterpart.interface
        body, whole = await read_body(request)
        if not whole or len(body) > self._deps.max_payload_bytes:
            problem = _problem("too_large")
            return await self._refuse(request, table, body, [problem], status=413, truncated=not whole)
        found = translate(
            table,
            counterpart.profile,
            body,
            policies=self._deps.policies,
            now=self._deps.clock(),
            max_bytes=self._deps.max_payload_bytes,
        )
        if found.event is None:
            status = 400 if found.unreadable else 422
            return await self._refuse(
                request, table, body, found.problems, status=status, reference=found.reference
            )
        refused = await self._deps.reception.pass_on(request, [found.event])
        if refused is not None:
            return answer(table, found.reference, _STATUS[refused], refused, [_problem(refused)])
        return answer(table, found.reference, 202)

    async def ask(self, request: Request, channel: str, id: str) -> Response:  # noqa: A002
        """Answer a `GET /channels/…`: taken so far, applied, or refused after all, and why."""
        counterpart = self._counterpart(request, channel)
        if counterpart is None:
            return _unauthorised()
        table = counterpart.interface
        try:
            line = await self._deps.reception.outcome(table.upstream, id)
        except (psycopg.Error, PoolTimeout):
            return answer(table, None, 503, "away", [_problem("away")])
        if line is None:
            return answer(table, None, 404, "not_known", [_problem("not_known")])
        problems = _reasons(table, line)
        code = line.code if problems else None
        return answer(table, line.alias, 200, code, problems, of=line)

    def _counterpart(self, request: Request, channel: str) -> Counterpart | None:
        found = self._known.get(self._tokens.holder(request.headers) or "")
        return found if found is not None and found.interface.id == channel else None

    async def _refuse(
        self,
        request: Request,
        table: Interface,
        body: bytes,
        problems: Sequence[Problem],
        *,
        status: int,
        reference: str | None = None,
        truncated: bool = False,
    ) -> Response:
        """Keep what is refused, and say why; what could not be kept must come again."""
        kept = await self._deps.reception.keep(request, table.upstream, body, problems, truncated=truncated)
        if not kept:
            return answer(table, reference, 503, "away", [_problem("away")])
        return answer(table, reference, status, problems[0].code, problems)


def answer(
    table: Interface,
    reference: str | None,
    status: int,
    code: str | None = None,
    problems: Sequence[Problem] = (),
    *,
    of: FactLine | None = None,
) -> JSONResponse:
    """Return an answer in the words of a channel, with its own number where it gave one that is; `of` is the
    message that was asked about."""
    names = table.answer
    applied = of is not None and of.outcome == "applied" and names.applied is not None
    cells: list[tuple[str, object]] = [(names.code, names.applied if applied else names.word(code))]
    if names.number is not None and of is not None and of.number is not None:
        cells.append((names.number, of.number))
    if reference is not None:
        cells.append((names.reference, reference))
    if problems:
        cells.append((names.text, " ".join(dict.fromkeys(problem.sentence for problem in problems))))
        reasons = [
            {
                names.reason_field: problem.field,
                names.reason_code: names.word(problem.code) if problem.code in names.codes else problem.code,
                names.reason_text: problem.sentence,
            }
            for problem in problems
        ]
        cells.append((names.reasons, reasons))
    headers = {"Retry-After": str(RETRY_SECONDS)} if status in {429, 503} else {}
    return JSONResponse(laid_out(cells), status, headers=headers)


def _reasons(table: Interface, line: FactLine) -> list[Problem]:
    """Why a message was refused after all, by the channel's own names; empty when it was not."""
    if line.outcome not in {"refused", "dead"}:
        return []
    told = [Problem.model_validate(one) for one in line.reasons]
    told = told or [
        Problem(code=line.code or "dead", field="", sentence=line.sentence or "It was not taken.")
    ]
    return [one.model_copy(update={"field": ", ".join(places_of(table, one.field))}) for one in told]


def _problem(code: str) -> Problem:
    return Problem(code=code, field="", sentence=_SENTENCE[code])


def _unauthorised() -> Response:
    return problem_response(
        401,
        "unauthorised",
        "Not allowed",
        detail="Send `Authorization: Bearer <token>` with a token that is bound to this channel's source.",
        headers={"WWW-Authenticate": 'Bearer realm="channels"'},
    )
