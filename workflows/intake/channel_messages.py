"""Messages of a channel are taken: translated, sent on their way together, and what is refused is kept."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from fastapi import Request
from psycopg_pool import PoolTimeout

from events.catalogue.base import FileRef
from events.cloudevents import InboundEvent
from events.errors import Problem
from workflows.intake.channel_answers import Outcome
from workflows.intake.receiving import Receiver
from workflows.intake.reception import Reception
from workflows.intake.subjects import Ref
from workflows.intake.translate import Translated, places_of, translate
from workflows.policy.interface import PAPERS, Interface
from workflows.policy.model import Policy

SENTENCES = {
    "overloaded": "The platform is behind. Send the message again later.",
    "away": "The message could not be taken and nothing was kept. Send it again.",
    "not_known": "No such message or application has come. If it was just sent, ask again.",
    "too_large": "The message is too large. Send less, and files by themselves.",
    "too_slow": "The message did not come whole within a minute. Send it again.",
    "too_many": "More came in a minute than is agreed. Send again later.",
    "unknown_file": "No such file was handed in for this application. Hand it in first, then name it.",
    "no_files_here": "No files are taken here. Ask for the table of this channel.",
    "bad_reference": "This is no number of this channel. Send the application's own.",
}
_STATUS = {"overloaded": 429, "away": 503, "too_large": 413}


@dataclass(frozen=True)
class Taking:
    """For one request of a channel."""

    reception: Reception
    table: Interface
    profile: str
    policies: Mapping[str, Policy]
    clock: Callable[[], datetime]
    max_bytes: int
    receiver: Receiver | None

    async def take(
        self, request: Request, messages: Sequence[object], *, whole: bytes | None = None
    ) -> list[Outcome]:
        """Take messages; returns an outcome for each, in order. `whole` is the body of a request that is a
        message by itself: what is refused is kept as it came.

        What can be taken is sent first: were it kept back by the broker, all of it would come again, and what
        is refused would be kept twice.
        """
        read = [await self._read(message) for message in messages]
        sound = [one.event for one in read if one.event is not None]
        held_back = await self.reception.pass_on(request, sound) if sound else None
        told = []
        for message, one in zip(messages, read, strict=True):
            if one.event is None and held_back not in {"away", "overloaded"}:
                body = whole if whole is not None else json.dumps(message, ensure_ascii=False).encode()
                told.append(await self._refused(request, body, one))
            elif held_back is not None:
                told.append(_outcome(one.reference, held_back, _STATUS[held_back]))
            else:
                told.append(Outcome(one.reference, 202))
        return told

    async def refused(
        self, request: Request, body: bytes, problem: Problem, status: int, *, truncated: bool = False
    ) -> Outcome:
        """Keep a request that is refused as a whole."""
        kept = await self.reception.keep(request, self.table.upstream, body, [problem], truncated=truncated)
        return Outcome(None, status, problem.code, (problem,)) if kept else _outcome(None, "away", 503)

    async def _read(self, message: object) -> Translated:
        """Translate a message; the files that it names must be there."""
        found = translate(
            self.table,
            self.profile,
            message,
            policies=self.policies,
            now=self.clock(),
            max_bytes=self.max_bytes,
        )
        if found.event is None or not (named := _files_in(found.event)):
            return found
        try:
            ref = Ref(self.table.upstream, found.reference or "")
            held = await self.receiver.known(ref) if self.receiver is not None else frozenset()
        except (psycopg.Error, PoolTimeout):
            problem = Problem(code="away", field="", sentence=SENTENCES["away"])
            return Translated(found.reference, problems=(problem,))
        if named <= held:
            return found
        places = ", ".join(places_of(self.table, PAPERS))
        problem = Problem(code="unknown_file", field=places, sentence=SENTENCES["unknown_file"])
        return Translated(found.reference, problems=(problem,))

    async def _refused(self, request: Request, body: bytes, found: Translated) -> Outcome:
        """Keep what is refused, and say why; what could not be kept must come again."""
        problems = found.problems
        if problems[0].code == "away":
            return _outcome(found.reference, "away", 503)
        if not await self.reception.keep(request, self.table.upstream, body, problems):
            return _outcome(found.reference, "away", 503)
        return Outcome(found.reference, 400 if found.unreadable else 422, problems[0].code, problems)


def _files_in(event: InboundEvent) -> frozenset[FileRef]:
    papers = event.data.get(PAPERS, ()) if isinstance(event.data, dict) else ()
    return frozenset(FileRef.model_validate(one["file"]) for one in papers)


def _outcome(reference: str | None, code: str, status: int) -> Outcome:
    problem = Problem(code=code, field="", sentence=SENTENCES[code])
    return Outcome(reference, status, code, (problem,))
