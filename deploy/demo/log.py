"""Reads the log of connections whole and proves it: sequences without a hole, hashes in their chain."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from deploy.errors import UserError
from events.catalogue.connection_events import CaseClosed
from events.consumer import Consumer, Record
from events.envelope import GENESIS, recompute_hash
from events.topics import CONNECTION

POLL_SECONDS = 5.0
_EMPTY_POLLS = 3


@dataclass(frozen=True)
class Fault:
    """Something wrong in the log; `subject` is empty where none can be read."""

    code: str
    subject: str = ""


@dataclass
class Stream:
    """A stream as read: its last sequence and hash, the facts behind its events, whether it is closed."""

    last: int = 0
    hash: str = GENESIS
    causes: set[str] = field(default_factory=set)
    hashes: list[str] = field(default_factory=list)
    closed: bool = False


@dataclass
class Log:
    """The whole log. `redelivered` counts the same event written again, which readers drop."""

    streams: dict[str, Stream] = field(default_factory=dict)
    events: int = 0
    redelivered: int = 0
    faults: list[Fault] = field(default_factory=list)


def read_log(bootstrap: str) -> Log:
    """Read from the first record to what is the end now. Blocking. Raises BusAwayError."""
    log = Log()
    consumer = Consumer(bootstrap, client_id="agree", max_records=2_000)
    try:
        for record in _records(consumer):
            add_record(log, record)
    finally:
        consumer.close()
    return log


def _records(consumer: Consumer) -> Iterator[Record]:
    places = [(CONNECTION, partition) for partition in consumer.partitions(CONNECTION)]
    ends, begins = consumer.ends(places), consumer.beginnings(places)
    open_places = {place for place in places if begins[place] < ends[place]}
    if not open_places:
        return
    consumer.assign({place: begins[place] for place in open_places})
    empty = 0
    while open_places:
        records = consumer.poll(POLL_SECONDS)
        yield from (r for r in records if r.offset < ends[r.topic, r.partition])
        open_places = {place for place in open_places if consumer.position(place) < ends[place]}
        empty = 0 if records else empty + 1
        if empty >= _EMPTY_POLLS:
            raise UserError(
                "log_silent", "Kafka gives no more records before the end of the log. See its log."
            )


def add_record(log: Log, record: Record) -> None:
    """Take one record into the log as read so far."""
    try:
        event: dict[str, Any] = json.loads(record.value)
        subject, sequence = str(event["subject"]), int(event["sequence"])
    except (ValueError, KeyError, TypeError):
        log.faults.append(Fault("unreadable_event"))
        return
    stream = log.streams.setdefault(subject, Stream())
    if record.key != subject.encode():
        log.faults.append(Fault("wrong_key", subject))
    if recompute_hash(event) != event.get("hash"):
        log.faults.append(Fault("wrong_hash", subject))
    if sequence <= stream.last:
        log.redelivered += 1
        if sequence < 1 or stream.hashes[sequence - 1] != event["hash"]:
            log.faults.append(Fault("two_contents", subject))
        return
    if sequence != stream.last + 1:
        log.faults.append(Fault("hole", subject))
        return
    if event.get("prevhash") != stream.hash:
        log.faults.append(Fault("broken_chain", subject))
    log.events += 1
    stream.last, stream.hash = sequence, str(event["hash"])
    stream.hashes.append(stream.hash)
    stream.closed = event["type"] == CaseClosed.type
    if event.get("causationid"):
        stream.causes.add(str(event["causationid"]))
