"""Gathers an application's history: the inbox, Temporal's run, and the log as the timeline keeps it."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from deploy.history import run_words
from deploy.history.moment import Moment
from events.catalogue.registry import short_name
from workflows.intake.lookup import facts_of

_LOG = """
SELECT sequence, type, at, causation, hash, topic, partition, "offset", recorded_at, retracted
  FROM timeline.entry
 WHERE number = %s
 ORDER BY sequence
"""

_LOG_DETAILS = ("sequence", "hash", "topic", "partition", "offset", "causation", "retracted")

_ALIAS = "SELECT number FROM intake.alias WHERE alias = %s ORDER BY source LIMIT 1"


async def number_of(db: AsyncConnection[Any], asked: str) -> str:
    """Return the application's number for a number or for upstream's own reference."""
    found = await (await db.execute(_ALIAS, (asked,))).fetchone()
    return found[0] if found else asked


async def from_inbox(db: AsyncConnection[Any], number: str) -> list[Moment]:
    """Return the facts received, each at its arrival, with source and outcome."""
    return [
        Moment(
            at=fact.received_at,
            lane="fact",
            what=short_name(fact.type),
            happened_at=fact.time,
            details={
                "source": fact.source,
                "id": fact.id,
                "outcome": fact.outcome or fact.state,
                "code": fact.code,
                "duplicates": fact.duplicates,
                "topic": fact.topic,
                "partition": fact.partition,
                "offset": fact.offset,
            },
        )
        for fact in await facts_of(db, number)
    ]


async def from_log(db: AsyncConnection[Any], number: str) -> list[Moment]:
    """Return the events of the log, each when it was written there, with its place and hash."""
    async with db.cursor(row_factory=dict_row) as cursor:
        rows = await (await cursor.execute(_LOG, (number,))).fetchall()
    return [
        Moment(
            at=row["recorded_at"],
            lane="log",
            what=short_name(row["type"]),
            happened_at=row["at"],
            details={
                name: row[name]
                for name in ("sequence", "hash", "topic", "partition", "offset", "causation", "retracted")
            },
        )
        for row in rows
    ]


async def from_run(client: Client, number: str) -> list[Moment]:
    """Return the run's history in words; nothing when Temporal knows no such run, or not any more."""
    try:
        history = await client.get_workflow_handle(number).fetch_history()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return []
        raise
    return run_words.moments(history.events)


def in_order(*sources: Sequence[Moment]) -> list[Moment]:
    """Join the sources in order of time."""
    return sorted((moment for source in sources for moment in source), key=lambda moment: moment.order)
