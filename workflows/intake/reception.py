"""What every way in over HTTP does with a request: read it, pass its facts on, or keep it among the dead
letters."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import psycopg
from fastapi import Request
from psycopg_pool import PoolTimeout

from activities.outcomes import Pool
from events import cloudevents
from events.cloudevents import InboundEvent
from events.errors import Problem
from events.producer import BusAwayError, BusRefusedError, Outgoing, Producer
from events.sealing import Quarantine
from events.topics import INBOUND
from events.tracing import child_span, with_trace
from workflows.intake import letters, lookup
from workflows.intake.lookup import FactLine

KEEP_BYTES = 4 * 1024 * 1024
"""How much of an oversized request is kept among the dead letters."""

RETRY_SECONDS = 5
"""After which a sender may come again."""

_SEND_SECONDS = 20.0

Refused = Literal["overloaded", "away", "too_large"]


@dataclass(frozen=True)
class Reception:
    """Made once per way in. `overloaded`: intake lags, and more must wait outside."""

    producer: Producer
    pool: Pool
    quarantine: Quarantine = field(repr=False)
    overloaded: Callable[[], Awaitable[bool]] | None = None

    async def pass_on(self, request: Request, found: Iterable[InboundEvent]) -> Refused | None:
        """Send facts on their way; None once the broker has all of them."""
        if self.overloaded is not None and await self.overloaded():
            return "overloaded"
        with child_span("door", request.headers.get("traceparent")):
            records = [
                Outgoing(
                    INBOUND,
                    event.key,
                    cloudevents.standard_form(event),
                    with_trace([("content-type", cloudevents.STRUCTURED.encode())]),
                )
                for event in found
            ]
            try:
                await asyncio.to_thread(self.producer.publish_all, records, timeout=_SEND_SECONDS)
            except BusAwayError:
                return "away"
            except BusRefusedError:
                return "too_large"
        return None

    async def keep(
        self,
        request: Request,
        source: str,
        body: bytes,
        problems: Sequence[Problem],
        *,
        truncated: bool = False,
    ) -> bool:
        """Keep a refused request; False when the database is away, and then the sender must come again."""
        try:
            async with self.pool.connection() as conn:
                await letters.keep(
                    conn,
                    self.quarantine,
                    source=source,
                    problems=problems,
                    headers=letters.as_headers(request.headers),
                    body=body,
                    truncated=truncated,
                )
        except (psycopg.Error, PoolTimeout):
            return False
        return True

    async def outcome(self, source: str, id: str) -> FactLine | None:  # noqa: A002 - CloudEvents' own name
        """Return a fact with its outcome so far; None when none such has come. Raises psycopg.Error,
        PoolTimeout."""
        async with self.pool.connection() as conn:
            return await lookup.outcome_of(conn, source, id)


async def read_body(request: Request) -> tuple[bytes, bool]:
    """The body, and whether it is whole: beyond what is kept, nothing more is read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > KEEP_BYTES:
            return bytes(body[:KEEP_BYTES]), False
    return bytes(body), True
