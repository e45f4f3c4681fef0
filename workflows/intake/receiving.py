"""A file comes in at a door: received within bounds, told by its bytes, kept sealed for the application that
it is for, whose name gets a number here if it has none yet."""

import asyncio
from dataclasses import dataclass

import psycopg
from fastapi import Request
from psycopg_pool import PoolTimeout
from starlette.requests import ClientDisconnect

from activities.documents import register
from activities.documents.cabinet import Cabinet
from activities.documents.refusals import BusyError, FileRefusedError, StoreAwayError, TooLargeError
from events.catalogue.base import FileRef
from events.catalogue.connection_facts import ApplicationSubmitted
from events.catalogue.registry import stream_of
from events.errors import MingdianError, Problem
from workflows.intake import lookup
from workflows.intake.desk import Desk
from workflows.intake.receive import again_after_a_meeting
from workflows.intake.subjects import Opening, Ref, local_year, look_up, objection, open_subjects
from workflows.policy.model import Policy

RECEIVE_SECONDS = 300.0

STATUS = {
    "empty_file": 400,
    "too_large": 413,
    "unknown_kind": 415,
    "two_kinds": 415,
    "unknown_number": 404,
    "unknown_profile": 404,
    "wrong_profile": 409,
    "wrong_stream": 409,
    "subject_erased": 409,
    "too_many_files": 409,
    "bad_attribute": 400,
    "no_subject": 400,
    "too_slow": 408,
    "busy": 429,
    "store_away": 503,
    "away": 503,
}
"""What is answered to a file that is not taken, by the code of the reason."""


class NotTakenError(MingdianError):
    """A file can't be taken for what the request names, or did not come whole."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code, problem.sentence)


REFUSALS = (FileRefusedError, NotTakenError, BusyError, StoreAwayError)
"""What `Receiver.receive` raises."""


@dataclass(frozen=True)
class Receiver:
    """Made once per way in."""

    cabinet: Cabinet
    desk: Desk

    async def receive(self, request: Request, policy: Policy, ref: Ref) -> tuple[str, FileRef]:
        """Keep the body as a file of an application; returns its number, and the file.

        Raises one of `REFUSALS`; once more with the same bytes changes nothing.
        """
        try:
            with self.cabinet.turn():
                content = await self._received(request)
                file = self.cabinet.described(content)
                number = await again_after_a_meeting(lambda: self._number(policy, ref))
                await self.cabinet.keep(number, file, content, ref.source)
        except (TimeoutError, ClientDisconnect):
            raise _not_taken(
                "too_slow", "The file did not come whole within five minutes. Send it again."
            ) from None
        except (psycopg.Error, PoolTimeout):
            raise _not_taken("away", "The file could not be taken. Send it again.") from None
        return number, file

    async def known(self, ref: Ref) -> frozenset[FileRef]:
        """Return the files that the application behind a name holds. Raises psycopg.Error, PoolTimeout."""
        async with self.cabinet.pool.connection() as conn:
            number = await lookup.number_of(conn, ref.source, ref.name)
            held = await register.files_of(conn, number) if number is not None else []
        return frozenset(FileRef(sha256=one.sha256, size=one.size, media_type=one.media_type) for one in held)

    async def _received(self, request: Request) -> bytes:
        """The body; one that says itself that it is too long is not read at all."""
        length = request.headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length) > self.cabinet.limits.file_bytes:
            raise TooLargeError(self.cabinet.limits.file_bytes)
        async with asyncio.timeout(RECEIVE_SECONDS):
            return await self.cabinet.received(request.stream())

    async def _number(self, policy: Policy, ref: Ref) -> str:
        """The application's number; a new name gets one here, as it would by its first fact."""
        async with self.cabinet.pool.connection() as conn, conn.transaction():
            known = (await look_up(conn, self.desk, [ref])).get(ref)
            stream = stream_of(ApplicationSubmitted.type)
            problem = objection(policy, ref.name, known, stream)
            if problem is not None:
                raise NotTakenError(problem)
            if known is None:
                opening = Opening(policy, local_year(policy, self.desk.clock()), stream)
                known = (await open_subjects(conn, self.desk, {ref: opening}))[ref]
            return known.number


def _not_taken(code: str, sentence: str) -> NotTakenError:
    return NotTakenError(Problem(code=code, field="", sentence=sentence))
