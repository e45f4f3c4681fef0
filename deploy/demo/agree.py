"""Do inbox, workflows, log and pages say the same? Each is read whole and compared, case by case."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from temporalio.client import Client

from deploy.demo.log import Log, Stream, read_log
from deploy.demo.witnesses import Database, read_database, read_workflows
from deploy.feed.run import connect as connect_database
from deploy.settings import Settings
from workflows.temporal import connect as connect_temporal

CONVERGE_SECONDS = 60.0
"""How long the parts may take to agree once nothing new comes in."""

LOOK_SECONDS = 1.0


@dataclass(frozen=True, order=True)
class Finding:
    """What does not agree, and about which application (empty: about the log as a whole)."""

    code: str
    number: str


@dataclass(frozen=True)
class Agreement:
    """How much was compared, and every disagreement."""

    cases: int
    events: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """True when all agree."""
        return not self.findings


async def agree(settings: Settings, *, patience: float = CONVERGE_SECONDS) -> Agreement:
    """Compare until all agree. What disagrees still after `patience` seconds is returned as found."""
    give_up = time.monotonic() + patience
    client = await connect_temporal(settings.temporal_address, settings.namespace)
    async with await connect_database(settings) as conn:
        while True:
            found = await _compare(settings, conn, client)
            if found.ok or time.monotonic() > give_up:
                return found
            await asyncio.sleep(LOOK_SECONDS)


async def _compare(settings: Settings, conn: psycopg.AsyncConnection, client: Client) -> Agreement:
    # The database is read before the log: whatever it shows must stand there; what came since shows later.
    database = await read_database(conn)
    log = await asyncio.to_thread(read_log, settings.kafka_bootstrap)
    workflows = await read_workflows(client, set(database.applied) | set(log.streams))
    findings = sorted({*_findings(log, database, workflows)})
    return Agreement(len(log.streams), log.events, tuple(findings))


def _findings(log: Log, database: Database, workflows: dict[str, str]) -> Iterator[Finding]:
    for fault in log.faults:
        yield Finding(fault.code, fault.subject)
    numbers = set(log.streams) | set(database.applied) | set(database.progress)
    for number in numbers:
        yield from (Finding(code, number) for code in _about(number, log, database, workflows))


def _about(number: str, log: Log, database: Database, workflows: dict[str, str]) -> Iterator[str]:
    """Compare one application everywhere."""
    stream = log.streams.get(number)
    if stream is None:
        yield "not_in_log"
        return
    if number not in database.applied:
        yield "not_in_inbox"
    elif not database.applied[number] <= stream.causes:
        yield "applied_without_event"
    if database.progress.get(number) != stream.last:
        yield "progress_differs"
    if database.timeline.get(number) != (stream.last, stream.last):
        yield "timeline_differs"
    if number not in database.statistics:
        yield "not_in_statistics"
    if wrong := _workflow(stream, workflows.get(number)):
        yield wrong


def _workflow(stream: Stream, status: str | None) -> str | None:
    """A run goes on exactly as long as its stream is open; a closed one may be past its retention."""
    if stream.closed:
        return None if status in {"COMPLETED", None} else "workflow_not_closed"
    return None if status == "RUNNING" else "workflow_missing" if status is None else "workflow_ended"
