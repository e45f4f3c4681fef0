"""Temporal against the log: a run goes on exactly as long as its stream is open, and ends where it ends."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel
from temporalio.client import Client, WorkflowFailureError
from temporalio.service import RPCError, RPCStatusCode

from deploy.audit.chain import Chain, Stream
from deploy.audit.findings import Finding
from events.topics import OF_RUNS
from workflows.lifecycles import LIFECYCLES
from workflows.project_messages import KEY_PROJECT

AT_ONCE = 8
"""How many questions Temporal is asked at a time."""

_CASES = " OR ".join(f"WorkflowType = '{name}'" for name in (*LIFECYCLES, KEY_PROJECT))


class Ended(BaseModel):
    """What the audit asks of the result of a run, of whichever lifecycle."""

    sequence: int
    hash: str


@dataclass
class Runs:
    """Asks Temporal. `proven` are the closed streams whose run was seen to end at the same place."""

    client: Client
    proven: set[str] = field(default_factory=set)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def compare(self, chain: Chain, subject: str | None) -> set[Finding]:
        """Compare every case. Raises RPCError when Temporal is away."""
        streams = {name: one for name, one in chain.streams.items() if one.topic in OF_RUNS}
        statuses = await self._statuses(streams, subject)
        found = {
            Finding("workflow_without_events", number) for number in statuses if number not in chain.streams
        }
        for number, stream in streams.items():
            if code := _wrong(stream, statuses.get(number)):
                found.add(Finding(code, number))
        ended = [
            one
            for name, one in streams.items()
            if one.closed and statuses.get(name) == "COMPLETED" and name not in self.proven
        ]
        differing = await asyncio.gather(*(self._differs(one) for one in ended))
        return found | {one for one in differing if one is not None}

    async def _statuses(self, streams: Iterable[str], subject: str | None) -> dict[str, str]:
        """Each case's status by Temporal's name for it; a case that Temporal has not is absent.

        Temporal's lists may be a moment behind, so what they lack is asked for one by one.
        """
        if subject is not None:
            return dict(filter(None, [await self._status(subject)]))
        listed: dict[str, tuple[datetime, str]] = {}
        async for run in self.client.list_workflows(_CASES, page_size=1_000):
            begun = run.start_time
            if run.status is not None and begun >= listed.get(run.id, (begun, ""))[0]:
                listed[run.id] = (begun, run.status.name)
        found = {number: status for number, (_, status) in listed.items()}
        asked = await asyncio.gather(*(self._status(number) for number in set(streams) - set(found)))
        return found | dict(one for one in asked if one is not None)

    async def _status(self, number: str) -> tuple[str, str] | None:
        async with self._gate:
            try:
                described = await self.client.get_workflow_handle(number).describe()
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                return None
        return (number, described.status.name) if described.status is not None else None

    async def _differs(self, stream: Stream) -> Finding | None:
        """Compare where a run says that it ended with where its stream ends."""
        handle = self.client.get_workflow_handle(stream.subject, result_type=Ended)
        async with self._gate:
            try:
                result = await handle.result()
            except (RPCError, WorkflowFailureError):
                return None  # gone meanwhile: what remains is the log's word
        if (result.sequence, result.hash) == (stream.sequence, stream.hash):
            self.proven.add(stream.subject)
            return None
        return Finding("result_differs", stream.subject)


def _wrong(stream: Stream, status: str | None) -> str | None:
    """Return the code of what is wrong; a closed run may be past Temporal's retention."""
    if stream.closed:
        return None if status in {"COMPLETED", None} else "workflow_not_closed"
    return None if status == "RUNNING" else "workflow_missing" if status is None else "workflow_ended"
