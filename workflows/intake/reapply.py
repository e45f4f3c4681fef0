"""A restored database brings erased keys back: the log says which, and they are destroyed again."""

import asyncio
from collections.abc import Callable, Iterator
from typing import NamedTuple

from activities.outcomes import Connection
from events.catalogue.erasure_events import SubjectErased
from events.consumer import Consumer
from events.envelope import Event, recompute_hash
from events.errors import MingdianError
from events.producer import BusAwayError
from events.topics import ERASURE
from events.upcasting import read_data
from workflows.intake.erase import destroy


class Reapplied(NamedTuple):
    """Erasures read, streams that had been whole again, dead letters emptied, streams not known here."""

    read: int = 0
    erased: int = 0
    letters: int = 0
    unknown: int = 0


class BrokenLogError(MingdianError):
    """An erasure in the log does not carry its own hash."""

    def __init__(self) -> None:
        super().__init__("broken_log", "An event of the erasures does not verify. See ./mingdian audit.")


async def reapply(conn: Connection, bootstrap: str, remove_files: Callable[[str], None]) -> Reapplied:
    """Read the whole stream and apply it. Again is harmless. Raises `BusAwayError`, `BrokenLogError`, and
    what `remove_files` does, which removes the files of a number, once its key is gone."""
    events = await asyncio.to_thread(lambda: list(_erasures(bootstrap)))
    done = Reapplied(read=len(events))
    for event in events:
        said = read_data(event.type, event.data)
        if not isinstance(said, SubjectErased):
            continue
        async with conn.transaction():
            erased, letters = await destroy(conn, said.number, said.letters, event.at)
            known = said.number is None or await _is_known(conn, said.number)
            await _follow_head(conn, event)
        if said.number is not None:
            await asyncio.to_thread(remove_files, said.number)
        done = Reapplied(
            done.read, done.erased + erased, done.letters + len(letters), done.unknown + (not known)
        )
    return done


async def _is_known(conn: Connection, number: str) -> bool:
    cursor = await conn.execute("SELECT 1 FROM intake.subject WHERE number = %s", (number,))
    return await cursor.fetchone() is not None


async def _follow_head(conn: Connection, event: Event) -> None:
    """The restored database has forgotten where its stream ends: a next event must not take a used place."""
    await conn.execute(
        """
        INSERT INTO intake.stream_head AS h (subject, topic, sequence, hash) VALUES (%s, %s, %s, %s)
        ON CONFLICT (subject) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash
        WHERE h.sequence < excluded.sequence
        """,
        (event.subject, ERASURE, event.number, event.hash),
    )


def _proven(value: bytes) -> Event:
    try:
        event = Event.model_validate_json(value)
        if recompute_hash(event.as_json()) == event.hash:
            return event
    except ValueError:
        pass
    raise BrokenLogError


def _erasures(bootstrap: str) -> Iterator[Event]:
    consumer = Consumer(bootstrap, client_id="mingdian-reapply")
    try:
        places = [(ERASURE, number) for number in consumer.partitions(ERASURE)]
        if not places:
            raise BusAwayError
        ends = consumer.ends(places)
        consumer.assign(consumer.beginnings(places))
        while any(consumer.position(place) < ends[place] for place in places):
            for record in consumer.poll(1.0):
                yield _proven(record.value)
    finally:
        consumer.close()
