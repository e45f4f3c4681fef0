"""A restored database has forgotten what came after the backup: the log says which cases there are and which
facts were applied, the outcomes of the last days say by which names upstream knows them.

Without this the same facts would be applied again, and numbers that were given out would be given out anew.
What had come and was not applied yet is in neither: upstream sends it again.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from activities.outcomes import Connection
from events.catalogue.registry import stream_of
from events.catalogue.service_events import DisputeRaised, LinkedCaseOpened
from events.consumer import Consumer, Record
from events.envelope import Event
from events.producer import BusAwayError
from events.reading import UnreadableError, read_event
from events.sealing import StreamKeys
from events.topics import OF_RUNS, OUTCOMES, TEAM
from workflows.intake import projects, recover_staff
from workflows.intake.numbers import ROSTER

UNKNOWN = b""
"""The fingerprint of a fact of which only the name is known: what comes under it is the same fact again."""

_NUMBER = re.compile(r".+-(\d{4})-(\d{6,})")

_CASE = """
INSERT INTO intake.subject AS s (number, profile, stream, begun_at) VALUES (%s, %s, %s, now())
ON CONFLICT (number) DO UPDATE SET begun_at = now() WHERE s.begun_at IS NULL
"""
_STAFF = """
INSERT INTO intake.subject (number, profile, stream) VALUES (%s, %s, %s) ON CONFLICT (number) DO NOTHING
"""
# A key of its own for what is still to come; what was sealed under the lost one stays closed.
_KEY = """
INSERT INTO intake.stream_key (kid, subject, master, wrapped) VALUES (%s, %s, %s, %s)
ON CONFLICT (subject) DO NOTHING
"""
_COUNTER = """
INSERT INTO intake.number_counter AS c (profile, stream, year, last) VALUES (%s, %s, %s, %s)
ON CONFLICT (profile, stream, year) DO UPDATE SET last = greatest(c.last, excluded.last)
"""
_FACT = """
INSERT INTO intake.inbox AS i (source, id, profile, stream, subject, type, time, topic, partition, "offset",
                               content_hmac, state, outcome, finished_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'final', 'applied', now())
ON CONFLICT (source, id) DO UPDATE
SET state = 'final', outcome = 'applied', raw = NULL, code = NULL, sentence = NULL, finished_at = now()
WHERE i.state <> 'final'
"""
# The names of a case stay its own: a late dispute comes under that of the closed case that it is about.
_ALIAS = """
INSERT INTO intake.alias (source, alias, number)
SELECT %s, %s, number FROM intake.subject WHERE number = %s AND linked_to IS NULL
ON CONFLICT DO NOTHING
"""
_LINK = """
UPDATE intake.subject SET linked_to = %s, dispute = %s WHERE number = %s AND linked_to IS NULL
"""
_POSITION = """
UPDATE intake.position SET next_offset = %s WHERE topic = %s AND partition = %s AND next_offset < %s
"""


class Recovered(NamedTuple):
    """Cases, facts and names that the database had forgotten, and partitions whose handled part it had."""

    cases: int = 0
    facts: int = 0
    names: int = 0
    partitions: int = 0


async def recover(conn: Connection, bootstrap: str, keys: StreamKeys) -> Recovered:
    """Complete the inbox from the log. Intake must not run meanwhile. Again is harmless.

    Raises `BusAwayError`.
    """
    cases = facts = names = 0
    links, seats = _Links(), recover_staff.Seats()
    for topic in OF_RUNS:
        async for batch in _batches(bootstrap, topic):
            async with conn.transaction():
                for record in batch:
                    try:
                        event = read_event(record.value)
                    except UnreadableError:
                        continue  # the audit tells of it
                    cases += await _case(conn, event, keys)
                    facts += await _fact(conn, event, record)
                    links.hear(event)
                    await seats.hear(conn, event)
                    await projects.hear(conn, event)
    async with conn.transaction():  # only now is every closed case there, whichever partition it lies in
        for number, dispute in links.disputes.items():
            await conn.execute(_LINK, (links.cases[number], dispute, number))
    async for batch in _batches(bootstrap, TEAM):
        async with conn.transaction():
            for record in batch:
                with contextlib.suppress(UnreadableError):
                    event = read_event(record.value)
                    await recover_staff.hear_team(conn, event)
                    facts += await _staff_fact(conn, event, record, keys)
    async for batch in _batches(bootstrap, OUTCOMES):
        async with conn.transaction():
            for record in batch:
                names += await _name(conn, record)
    return Recovered(cases, facts, names, await _positions(conn, bootstrap))


@dataclass
class _Links:
    """Cases about a closed one, with the dispute that each began with."""

    cases: dict[str, str] = field(default_factory=dict)
    disputes: dict[str, str] = field(default_factory=dict)

    def hear(self, event: Event) -> None:
        if event.type == LinkedCaseOpened.type:
            self.cases[event.subject] = str(event.data["linked_to"])
        elif event.type == DisputeRaised.type and event.subject in self.cases:
            self.disputes.setdefault(event.subject, str(event.data["dispute"]))


async def _case(conn: Connection, event: Event, keys: StreamKeys) -> int:
    if event.number != 1:
        return 0
    profile = event.source.rsplit("/", 1)[-1]
    stream = stream_of(event.type)
    cursor = await conn.execute(_CASE, (event.subject, profile, stream))
    made = keys.make()
    await conn.execute(_KEY, (made.key.kid, event.subject, made.master, made.wrapped))
    if form := _NUMBER.fullmatch(event.subject):
        await conn.execute(_COUNTER, (profile, stream, int(form[1]), int(form[2])))
    return cursor.rowcount


async def _fact(conn: Connection, event: Event, record: Record, stream: str | None = None) -> int:
    if event.causationid is None:
        return 0
    source, _, id_ = event.causationid.partition("|")  # a URI holds no bar
    profile = event.source.rsplit("/", 1)[-1]
    place = record.topic, record.partition, record.offset
    cursor = await conn.execute(
        _FACT,
        (source, id_, profile, stream or stream_of(event.type), event.subject, event.type, event.at, *place,
         UNKNOWN),
    )  # fmt: skip
    return cursor.rowcount


async def _staff_fact(conn: Connection, event: Event, record: Record, keys: StreamKeys) -> int:
    """What the personnel department had told of somebody."""
    if event.causationid is None:
        return 0
    made = keys.make()
    await conn.execute(_STAFF, (event.subject, event.source.rsplit("/", 1)[-1], ROSTER))
    await conn.execute(_KEY, (made.key.kid, event.subject, made.master, made.wrapped))
    return await _fact(conn, event, record, ROSTER)


async def _name(conn: Connection, record: Record) -> int:
    told = orjson.loads(record.value)
    if not told.get("number") or not told.get("alias") or told["alias"] == told["number"]:
        return 0
    cursor = await conn.execute(_ALIAS, (told["source"], told["alias"], told["number"]))
    return cursor.rowcount


async def _positions(conn: Connection, bootstrap: str) -> int:
    """What lies before the beginning of an inbound partition was deleted because it was handled."""
    cursor = await conn.execute("SELECT topic, partition FROM intake.position")
    places = [(topic, partition) async for topic, partition in cursor]
    consumer = await asyncio.to_thread(lambda: Consumer(bootstrap, client_id="mingdian-recover"))
    try:
        beginnings = await asyncio.to_thread(consumer.beginnings, places)
    finally:
        await asyncio.to_thread(consumer.close)
    moved = 0
    for (topic, partition), begin in sorted(beginnings.items()):
        moved += (await conn.execute(_POSITION, (begin, topic, partition, begin))).rowcount
    return moved


async def _batches(bootstrap: str, topic: str) -> AsyncIterator[Sequence[Record]]:
    steps = _read(bootstrap, topic)
    while (batch := await asyncio.to_thread(next, steps, None)) is not None:
        yield batch


def _read(bootstrap: str, topic: str) -> Iterator[Sequence[Record]]:
    consumer = Consumer(bootstrap, client_id="mingdian-recover")
    try:
        places = [(topic, number) for number in consumer.partitions(topic)]
        if not places:
            raise BusAwayError
        ends = consumer.ends(places)
        consumer.assign(consumer.beginnings(places))
        while any(consumer.position(place) < ends[place] for place in places):
            yield consumer.poll(1.0)
    finally:
        consumer.close()
