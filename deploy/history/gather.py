"""Gathers the history of an application or a project: the inbox, Temporal's runs, and the log."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from deploy.history import run_words
from deploy.history.moment import Moment
from events.catalogue.registry import short_name
from events.consumer import Consumer, Record
from events.producer import partition_of
from events.reading import read_event
from events.topics import PROJECT, TEAM
from workflows.intake.lookup import facts_of
from workflows.intake.numbers import PROJECT as PROJECT_STREAM

_LOG = """
SELECT sequence, type, at, causation, hash, topic, partition, "offset", recorded_at, retracted, data
  FROM timeline.entry
 WHERE number = %s
 ORDER BY sequence
"""

_STORY = """
SELECT sequence, type, at, causation, hash, topic, partition, "offset", recorded_at, false AS retracted, data
  FROM prestart_story.entry
 WHERE number = %s
 ORDER BY sequence
"""

_LOG_DETAILS = ("sequence", "hash", "topic", "partition", "offset", "causation", "retracted")

_STREAM = "SELECT stream FROM intake.subject WHERE number = %s"
_MEMBER = "SELECT subject FROM intake.stream_head WHERE topic = %s AND subject = ANY(%s)"
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
            type=fact.type,
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


async def from_log(db: AsyncConnection[Any], number: str, *, project: bool) -> list[Moment]:
    """Return the events of an application or a project, each when it was written to the log, with its place
    and hash: as the pages have them."""
    async with db.cursor(row_factory=dict_row) as cursor:
        rows = await (await cursor.execute(_STORY if project else _LOG, (number,))).fetchall()
    return [
        Moment(
            at=row["recorded_at"],
            lane="log",
            what=short_name(row["type"]),
            happened_at=row["at"],
            details={name: row[name] for name in _LOG_DETAILS},
            type=row["type"],
            data=row["data"],
        )
        for row in rows
    ]


async def member_of(db: AsyncConnection[Any], asked: str, profiles: Iterable[str]) -> str | None:
    """Return the stream of a member of staff, by id or by the stream's own name; None where there is none."""
    names = [asked, *(f"team-{profile}-{asked}" for profile in profiles)]
    found = await (await db.execute(_MEMBER, (TEAM, names))).fetchone()
    return found[0] if found else None


async def is_project(db: AsyncConnection[Any], number: str) -> bool:
    """Whether the number is that of a key project: the timeline keeps applications alone."""
    found = await (await db.execute(_STREAM, (number,))).fetchone()
    return found is not None and found[0] == PROJECT_STREAM


def from_stream(bootstrap: str, number: str, topic: str = PROJECT) -> list[Moment]:
    """Return the events of a stream as the log itself has them, each once. Blocking. Raises BusAwayError."""
    consumer = Consumer(bootstrap, client_id="history")
    found: dict[int, Moment] = {}
    try:
        place = (topic, partition_of(topic, number))
        end = consumer.ends([place])[place]
        consumer.assign(consumer.beginnings([place]))
        while consumer.position(place) < end:
            for record in consumer.poll(1.0):
                if record.key == number.encode():
                    moment = _logged(record)
                    found.setdefault(moment.details["sequence"], moment)
    finally:
        consumer.close()
    return [moment for _, moment in sorted(found.items())]


def _logged(record: Record) -> Moment:
    event = read_event(record.value)
    return Moment(
        at=datetime.fromtimestamp((record.timestamp or 0) / 1000, UTC),
        lane="log",
        what=short_name(event.type),
        happened_at=event.at,
        details={
            "sequence": event.number,
            "hash": event.hash,
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "causation": event.causationid,
            "retracted": False,
        },
        type=event.type,
        data=dict(event.data),
    )


async def from_run(client: Client, number: str) -> list[Moment]:
    """Return the history in words, of a run and of those that it goes on from; nothing when Temporal knows no
    such run, or not any more."""
    moments: list[Moment] = []
    run_id: str | None = None
    while True:
        try:
            history = await client.get_workflow_handle(number, run_id=run_id).fetch_history()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return moments
            raise
        moments = [*run_words.moments(history.events), *moments]
        began = history.events[0].workflow_execution_started_event_attributes
        run_id = began.continued_execution_run_id
        if not run_id:
            return moments


def in_order(*sources: Sequence[Moment]) -> list[Moment]:
    """Join the sources in order of time."""
    return sorted((moment for source in sources for moment in source), key=lambda moment: moment.order)
