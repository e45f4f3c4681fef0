"""Where upstream systems hand in files, before or after the facts that name them; and where staff get them.

A fact may name a file that has not come: the fact counts from its own time, and the file is shown as missing
until it comes. Refusing the fact instead would stop a clock for a slow line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from psycopg_pool import PoolTimeout

from activities.documents.cabinet import Cabinet
from activities.documents.kinds import suffix_of
from activities.documents.refusals import StoreAwayError
from events.cloudevents import text_problems
from events.errors import MingdianError, Problem
from workflows.intake.desk import Desk
from workflows.intake.problems import problem_response
from workflows.intake.receiving import REFUSALS, STATUS, NotTakenError, Receiver
from workflows.intake.subjects import Ref
from workflows.intake.tokens import Known, Tokens
from workflows.policy.model import Policy

RETRY_SECONDS = 5

_TITLE = {
    400: "Not understood",
    404: "Not known",
    408: "Too slow",
    409: "Not taken",
    413: "Too large",
    415: "Not a kind that is taken",
    429: "Busy",
    503: "Not available",
}


@dataclass(frozen=True)
class UploadDeps:
    """`tokens` by the source that each is bound to, `staff` by the code of the member of staff."""

    cabinet: Cabinet
    desk: Desk
    tokens: Mapping[str, str] | Known = field(repr=False)
    staff: Mapping[str, str] | Known = field(repr=False)


def router(deps: UploadDeps) -> APIRouter:
    """Return the routes `POST /documents` and `GET /documents/{number}/{sha256}`."""
    routes = APIRouter()
    uploads = Uploads(deps)

    @routes.post("/documents")
    async def hand_in(request: Request, subject: str = "", profile: str = "") -> Response:
        """Take a file, which is the body."""
        return await uploads.hand_in(request, subject, profile)

    @routes.get("/documents/{number}/{sha256}")
    async def get(request: Request, number: str, sha256: str) -> Response:
        """Give a file to staff."""
        return await uploads.give(request, number, sha256)

    return routes


class Uploads:
    """The two routes' work."""

    def __init__(self, deps: UploadDeps) -> None:
        self._cabinet, self._desk = deps.cabinet, deps.desk
        self._receiver = Receiver(deps.cabinet, deps.desk)
        self._sources, self._staff = Tokens(deps.tokens), Tokens(deps.staff)

    async def hand_in(self, request: Request, subject: str, profile: str) -> Response:
        """Answer a `POST /documents`."""
        source = self._sources.holder(request.headers)
        if source is None:
            return _unauthorised("Send `Authorization: Bearer <token>` with a token of the door.")
        try:
            policy = self._policy(profile)
            _require_subject(subject)
            number, file = await self._receiver.receive(request, policy, Ref(source, subject))
        except REFUSALS as error:
            return refusal(error)
        address = f"/documents/{number}/{file.sha256}"
        return JSONResponse(file.model_dump(), 201, headers={"location": address})

    async def give(self, request: Request, number: str, sha256: str) -> Response:
        """Answer a `GET /documents/…`."""
        staff = self._staff.holder(request.headers)
        if staff is None:
            return _unauthorised("Send `Authorization: Bearer <token>` with a token of staff.")
        try:
            opened = await self._cabinet.open_for_staff(number, sha256, staff)
        except StoreAwayError as error:
            return refusal(error)
        except (psycopg.Error, PoolTimeout):
            return _away()
        if opened is None:
            detail = "There is no such file, or it was erased. ./mingdian documents list shows what there is."
            return problem_response(404, "not_known", "Not known", detail=detail)
        name = f"{number}-{sha256[:12]}.{suffix_of(opened.ref.media_type)}"
        headers = {
            "content-type": opened.ref.media_type,
            "content-disposition": f'attachment; filename="{name}"',
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
        }
        return Response(opened.content, headers=headers)

    def _policy(self, profile: str) -> Policy:
        policy = self._desk.policies.get(profile)
        if policy is None:
            sentence = "The parameter profile names none that is served."
            raise NotTakenError(Problem(code="unknown_profile", field="profile", sentence=sentence))
        return policy


def refusal(error: MingdianError) -> Response:
    """A refusal of the store as an answer."""
    status = STATUS.get(error.code, 400)
    later = {"Retry-After": str(RETRY_SECONDS)} if status in {429, 503} else None
    return problem_response(status, error.code, _TITLE[status], detail=error.sentence, headers=later)


def _require_subject(subject: str) -> None:
    if not subject:
        sentence = "Name the application in the parameter subject: your reference or our number."
        raise NotTakenError(Problem(code="no_subject", field="subject", sentence=sentence))
    if problems := text_problems("subject", subject):
        raise NotTakenError(problems[0])


def _unauthorised(detail: str) -> Response:
    headers = {"WWW-Authenticate": 'Bearer realm="documents"'}
    return problem_response(401, "unauthorised", "Not allowed", detail=detail, headers=headers)


def _away() -> Response:
    detail = "The file could not be taken. Send it again."
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return problem_response(503, "away", "Not available", detail=detail, headers=headers)
