"""What a holder hands in on the application's page: kept as a file, then told to the case as a fact.

The site is an upstream like any other, `/mingdian/<profile>/web`: its facts pass intake and get an outcome.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from psycopg.rows import class_row

from activities.documents.cabinet import Cabinet
from events import cloudevents
from events.catalogue.base import FileRef, Paper
from events.catalogue.connection_facts import DocumentsSupplied
from events.producer import Outgoing, Producer
from events.topics import INBOUND
from events.tracing import child_span, with_trace
from workflows.intake import lookup
from workflows.policy.model import Policy

WEB = "/web"
"""What follows a profile's own source in that of its pages."""

WAIT_SECONDS = 5.0
"""How long a form waits for the outcome before it says *received, being checked*."""
_LOOK_SECONDS = 0.2
_SEND_SECONDS = 10.0


class HandedIn(NamedTuple):
    """A file that a holder handed in, and what became of it: `outcome` and `code` are None until that is
    final."""

    id: str
    document: str
    sha256: str
    at: datetime
    outcome: str | None
    code: str | None


@dataclass(frozen=True)
class Handing:
    """Made once per process."""

    cabinet: Cabinet
    producer: Producer
    clock: Callable[[], datetime]

    async def hand_in(self, policy: Policy, number: str, document: str, once: str, content: bytes) -> None:
        """Keep a file, tell the case, and wait a moment for its answer. `once` is the form's own: the same
        file sent again with it makes no second fact.

        Raises `FileRefusedError`, `StoreAwayError`, `BusAwayError` (nothing is lost: send it again), or
        psycopg.Error.
        """
        source = web_source(policy)
        file = self.cabinet.described(content)
        await self.cabinet.keep(number, file, content, source)
        id_ = f"{number}.{once}.{document}.{file.sha256[:16]}"
        noted = await self._note(source, id_, number, document, file)
        with child_span("hand_in", None):
            record = Outgoing(
                INBOUND,
                number,
                fact(policy, number, noted, file),
                with_trace([("content-type", cloudevents.STRUCTURED.encode())]),
            )
            await asyncio.to_thread(self.producer.publish_all, [record], timeout=_SEND_SECONDS)
        await self._wait(source, noted.id)

    async def handed_in(self, number: str) -> list[HandedIn]:
        """Return what holders of a case handed in, oldest first."""
        async with (
            self.cabinet.pool.connection() as conn,
            conn.cursor(row_factory=class_row(HandedIn)) as cursor,
        ):
            await cursor.execute(
                """
                SELECT h.id, h.document, h.sha256, h.at, i.outcome, i.code
                FROM documents.handed_in h LEFT JOIN intake.inbox i USING (source, id)
                WHERE h.subject = %s ORDER BY h.at, h.id
                """,
                (number,),
            )
            return await cursor.fetchall()

    async def _note(self, source: str, id_: str, number: str, document: str, file: FileRef) -> HandedIn:
        """Note what is handed in, once: the fact is dated when it was sent first, each time it is sent."""
        async with self.cabinet.pool.connection() as conn, conn.transaction():
            await conn.execute(
                """
                INSERT INTO documents.handed_in (source, id, subject, document, sha256, at)
                VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
                """,
                (source, id_, number, document, file.sha256, self.clock()),
            )
            cursor = await conn.execute(
                "SELECT id, document, sha256, at FROM documents.handed_in WHERE source = %s AND id = %s",
                (source, id_),
            )
            row = await cursor.fetchone()
        assert row is not None
        return HandedIn(row[0], row[1], row[2], row[3], None, None)

    async def _wait(self, source: str, id_: str) -> None:
        """Return once the fact has its final outcome, or when the wait is over."""
        end = asyncio.get_running_loop().time() + WAIT_SECONDS
        while asyncio.get_running_loop().time() < end:
            async with self.cabinet.pool.connection() as conn:
                line = await lookup.outcome_of(conn, source, id_)
            if line is not None and line.outcome is not None:
                return
            await asyncio.sleep(_LOOK_SECONDS)


def web_source(policy: Policy) -> str:
    """Return the source of what comes from a profile's pages."""
    return f"{policy.source}{WEB}"


def fact(policy: Policy, number: str, noted: HandedIn, file: FileRef) -> bytes:
    """The fact that a document has come, in structured mode."""
    supplied = DocumentsSupplied(
        documents=(noted.document,), papers=(Paper(document=noted.document, file=file),)
    )
    attributes = {
        "specversion": "1.0",
        "id": noted.id,
        "source": web_source(policy),
        "type": supplied.type,
        "subject": number,
        "time": noted.at.isoformat(),
        "profile": policy.profile,
    }
    return cloudevents.write_structured(attributes, supplied.model_dump(mode="json", exclude_none=True))
