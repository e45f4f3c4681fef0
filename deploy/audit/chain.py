"""Puts the records of the log into the order of their streams and proves them: no hole, no change, no
double.

It lets through what a read model may fold, by the same rules as the projections' engine: first of its place,
hash right, nothing missing before it.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import orjson
from pydantic import ValidationError

from deploy.audit.findings import Findings
from deploy.audit.scratch import Scratch
from events.catalogue.connection_events import CaseClosed, Corrected
from events.catalogue.project_events import ProjectClosed
from events.catalogue.service_events import LinkedCaseOpened
from events.consumer import Record
from events.envelope import GENESIS, Event
from events.reading import UnreadableError, read_event
from projections.projection import Logged

_CLOSED = frozenset({CaseClosed.type, ProjectClosed.type})


@dataclass(slots=True)
class Stream:
    """A stream as read: where it lies, its last sequence and hash without a hole, how much waits behind one.

    `spoilt` names the hash that a changed event claims, by its sequence: it is no hole. `linked_to` is the
    closed case that this one says it is about.
    """

    id: int
    subject: str
    topic: str
    partition: int
    sequence: int = 0
    hash: str = GENESIS
    ahead: int = 0
    closed: bool = False
    linked_to: str | None = None
    spoilt: dict[int, str] | None = None


@dataclass
class Chain:
    """All streams. `events` counts different ones, `redelivered` identical repeats."""

    scratch: Scratch
    findings: Findings
    streams: dict[str, Stream] = field(default_factory=dict)
    events: int = 0
    redelivered: int = 0

    def add(self, record: Record) -> list[Logged]:
        """Take one record; return the events that can now be folded, in order of their stream."""
        where = f"{record.topic}/{record.partition}/{record.offset}"
        try:
            event = read_event(record.value)
        except UnreadableError as error:
            self._spoilt(record, error.code, where)
            return []
        stream = self._stream(event.subject, record)
        if record.key != event.subject.encode():
            self.findings.add("wrong_key", event.subject, where)
        if (stream.topic, stream.partition) != (record.topic, record.partition):
            self.findings.add("two_places", event.subject, where)
        if not self._is_first(stream, event, where):
            return []
        self.events += 1
        self._note_cause(stream, event)
        if event.number != stream.sequence + 1:
            self._keep(stream, event, record)
            return []
        logged = Logged(event, record.topic, record.partition, record.offset, _moment(record.timestamp))
        return [self._step(stream, logged), *self._catch_up(stream)]

    def finish(self) -> None:
        """Tell what is still missing, once no record is left."""
        for stream in self.streams.values():
            if stream.ahead:
                self._tell_holes(stream)

    # ---- one record

    def _spoilt(self, record: Record, code: str, where: str) -> None:
        """A changed event still says where it belongs; of anything else only its place is known."""
        if code != "hash_differs":
            self.findings.add("unreadable_event", where=where)
            return
        body = json.loads(record.value)
        stream = self._stream(body["subject"], record)
        self.findings.add("wrong_hash", stream.subject, where)
        stream.spoilt = {**(stream.spoilt or {}), int(body["sequence"]): body["hash"]}

    def _stream(self, subject: str, record: Record) -> Stream:
        known = self.streams.get(subject)
        if known is None:
            known = Stream(len(self.streams), subject, record.topic, record.partition)
            self.streams[subject] = known
        return known

    def _is_first(self, stream: Stream, event: Event, where: str) -> bool:
        place, own = (stream.id, event.number), bytes.fromhex(event.hash)
        db = self.scratch.db
        if db.execute("INSERT OR IGNORE INTO event VALUES (?, ?, ?)", (*place, own)).rowcount:
            return True
        (known,) = db.execute("SELECT hash FROM event WHERE stream = ? AND sequence = ?", place).fetchone()
        if known == own:
            self.redelivered += 1
        else:
            self.findings.add("two_contents", stream.subject, where)
        return False

    def _note_cause(self, stream: Stream, event: Event) -> None:
        if event.causationid is None:
            return
        db = self.scratch.db
        row = (event.causationid, stream.id, stream.subject)
        if db.execute("INSERT OR IGNORE INTO cause VALUES (?, ?, ?)", row).rowcount:
            return
        ask = "SELECT stream, subject FROM cause WHERE cause = ?"
        first, subject = db.execute(ask, (event.causationid,)).fetchone()
        # Streams of different topics may well follow from one fact: a case and, say, its project.
        if first != stream.id and self.streams[subject].topic == stream.topic:
            self.findings.add("applied_twice", stream.subject, event.causationid)

    # ---- the order of a stream

    def _keep(self, stream: Stream, event: Event, record: Record) -> None:
        stream.ahead += 1
        place = json.dumps([record.topic, record.partition, record.offset, record.timestamp])
        self.scratch.db.execute(
            "INSERT INTO ahead VALUES (?, ?, ?, ?)", (stream.id, event.number, place, record.value)
        )

    def _catch_up(self, stream: Stream) -> Iterator[Logged]:
        """Let through what waited behind the hole that has just filled."""
        db = self.scratch.db
        while stream.ahead:
            key = (stream.id, stream.sequence + 1)
            ask = "DELETE FROM ahead WHERE stream = ? AND sequence = ? RETURNING place, value"
            found = db.execute(ask, key).fetchall()
            if not found:
                return
            stream.ahead -= 1
            topic, partition, offset, timestamp = json.loads(found[0][0])
            event = read_event(found[0][1])
            self.findings.add("out_of_order", stream.subject, f"{topic}/{partition}/{offset}")
            yield self._step(stream, Logged(event, topic, partition, offset, _moment(timestamp)))

    def _step(self, stream: Stream, logged: Logged) -> Logged:
        event = logged.event
        if event.prevhash != stream.hash:
            self.findings.add("broken_chain", stream.subject, event.id)
        stream.sequence, stream.hash = event.number, event.hash
        stream.closed = event.type in _CLOSED
        if event.type == LinkedCaseOpened.type:
            stream.linked_to = event.data.get("linked_to")
        self._note_said(stream, event)
        return logged

    def _note_said(self, stream: Stream, event: Event) -> None:
        """The same event of the same fact again, and the first not taken back: the fact was applied twice."""
        db = self.scratch.db
        for sequence in _taken_back(event):
            db.execute("DELETE FROM said WHERE stream = ? AND sequence = ?", (stream.id, sequence))
        if event.causationid is None:
            return
        told = [event.type, event.time, event.causationid, event.data]
        said = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
        what = hashlib.blake2b(said, digest_size=16).digest()
        row = (stream.id, what, event.number)
        if not db.execute("INSERT OR IGNORE INTO said VALUES (?, ?, ?)", row).rowcount:
            self.findings.add("applied_twice", stream.subject, event.id)

    def _tell_holes(self, stream: Stream) -> None:
        """Walk what waits: what is missing before each, and whether the chain holds where nothing is."""
        last, known = stream.sequence, stream.hash
        spoilt = stream.spoilt or {}
        ask = "SELECT sequence, value FROM ahead WHERE stream = ? ORDER BY sequence"
        for sequence, value in self.scratch.db.execute(ask, (stream.id,)):
            missing = [number for number in range(last + 1, sequence) if number not in spoilt]
            if missing:
                where = f"{missing[0]}" if len(missing) == 1 else f"{missing[0]}-{missing[-1]}"
                self.findings.add("hole", stream.subject, where)
            event = read_event(value)
            before = known if sequence == last + 1 else spoilt.get(sequence - 1)
            if before is not None and event.prevhash != before:
                self.findings.add("broken_chain", stream.subject, event.id)
            last, known = sequence, event.hash


def _taken_back(event: Event) -> Sequence[int]:
    """What a correction names; one without its form is told by the read models that can't take it."""
    with contextlib.suppress(ValidationError):
        if event.type == Corrected.type:
            return Corrected.model_validate(event.data).sequences
    return ()


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
