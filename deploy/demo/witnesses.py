"""What the database and Temporal know of every case: the witnesses that the log is held against."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import psycopg
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

_APPLIED = """
SELECT subject, array_agg(source || '|' || id) FROM intake.inbox
WHERE outcome = 'applied' GROUP BY subject
"""
_BEGUN = "SELECT number FROM intake.subject WHERE begun_at IS NOT NULL"
_PROGRESS = "SELECT number, sequence FROM progress.application"
_TIMELINE = "SELECT number, count(*), max(sequence) FROM timeline.entry GROUP BY number"
_STATISTICS = "SELECT number FROM statistics.application"


@dataclass(frozen=True)
class Database:
    """Inbox and pages. `applied`: applied facts by case begun; `timeline`: entries and last sequence."""

    applied: dict[str, set[str]]
    progress: dict[str, int]
    timeline: dict[str, tuple[int, int]]
    statistics: set[str]


async def read_database(conn: psycopg.AsyncConnection) -> Database:
    """Read all of it as of one moment."""
    async with conn.transaction():
        await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        begun = {row[0] for row in await (await conn.execute(_BEGUN)).fetchall()}
        applied = {row[0]: set(row[1]) for row in await (await conn.execute(_APPLIED)).fetchall()}
        progress = {row[0]: row[1] for row in await (await conn.execute(_PROGRESS)).fetchall()}
        entries = await (await conn.execute(_TIMELINE)).fetchall()
        statistics = {row[0] for row in await (await conn.execute(_STATISTICS)).fetchall()}
    return Database(
        {number: applied.get(number, set()) for number in begun | set(applied)},
        progress,
        {number: (count, last) for number, count, last in entries},
        statistics,
    )


async def read_workflows(client: Client, numbers: Iterable[str]) -> dict[str, str]:
    """Return each case's status by Temporal's name for it; a case that Temporal has not is absent.

    Temporal's lists may be a moment behind, so what they lack is asked for one by one.
    """
    listed: dict[str, tuple[datetime, str]] = {}
    async for run in client.list_workflows("", page_size=1_000):
        begun = run.start_time
        if run.status is not None and begun >= listed.get(run.id, (begun, ""))[0]:
            listed[run.id] = (begun, run.status.name)
    found = {number: status for number, (_, status) in listed.items()}
    for number in set(numbers) - set(found):
        try:
            described = await client.get_workflow_handle(number).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            continue
        if described.status is not None:
            found[number] = described.status.name
    return found
