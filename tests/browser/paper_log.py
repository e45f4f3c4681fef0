"""A log on paper, for pages that show where things lie in it: one partition, and roots sealed by hand."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import psycopg

from events.catalogue.roots_events import RootSealed, Span
from events.consumer import PositionLostError, Record
from events.envelope import Draft, Event, Head, seal
from events.merkle import BlockTree
from events.producer import BusAwayError
from events.root_log import LoggedRoot, RootsRead
from events.roots import FIRST, POLICY_VERSION, SOURCE, SUBJECT, leaf_data, public_key, sign
from events.topics import CONNECTION

KEY = b"k" * 32


class PaperLog:
    """What `Evidence` reads. `away` lets it fall silent."""

    def __init__(self) -> None:
        self.values: list[bytes] = []
        self.roots: list[LoggedRoot] = []
        self.away = False
        self.at = 0.0

    def fill(self, events: Iterable[Event], at: datetime) -> None:
        """Hold these events, from offset 0 on, written at `at`; forget the roots."""
        self.values = [event.as_bytes() for event in events]
        self.roots = []
        self.at = at.timestamp()

    def read_spans(self, spans: Sequence[Span]) -> list[list[Record]]:
        """As the log gives it."""
        if self.away:
            raise BusAwayError
        if any(span.end > len(self.values) for span in spans):
            raise PositionLostError
        return [[self._record(offset) for offset in range(span.start, span.end)] for span in spans]

    def read_roots(self, start: int) -> RootsRead:
        """As the topic of roots gives them."""
        if self.away:
            raise BusAwayError
        return RootsRead(self.roots[start:], [], len(self.roots))

    def seal(self, db: psycopg.Connection[Any], end: int, at: datetime) -> RootSealed:
        """Seal up to offset `end`, and keep the blocks."""
        before = self.roots[-1] if self.roots else None
        start = before.root.spans[0].end if before else 0
        tree = BlockTree()
        tree.add(bytes.fromhex(before.root.root if before else FIRST))
        for value in self.values[start:end]:
            tree.add(leaf_data(value))
        unsigned = RootSealed(
            number=len(self.roots) + 1,
            sealed_at=at,
            previous=before.root.root if before else FIRST,
            leaves=tree.size,
            spans=(Span(topic=CONNECTION, partition=0, start=start, end=end),),
            root=tree.root().hex(),
            public_key=public_key(KEY),
            signature="AA==",
        ).as_data()
        data = {**unsigned, "signature": sign(KEY, unsigned)}
        root = RootSealed.model_validate(data)
        self.roots.append(LoggedRoot(self._event(data, at), root, len(self.roots)))
        with db.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO roots.block (root, index, hash) VALUES (%s, %s, %s)",
                [(root.root, index, block) for index, block in enumerate(tree.blocks())],
            )
        return root

    def _event(self, data: dict[str, Any], at: datetime) -> Event:
        last = self.roots[-1].event if self.roots else None
        (event,) = seal(
            Head(sequence=last.number, hash=last.hash) if last else Head(),
            [Draft(type=RootSealed.type, time=at, data=data)],
            source=SOURCE,
            subject=SUBJECT,
            correlationid=SUBJECT,
            policyversion=POLICY_VERSION,
        )
        return event

    def _record(self, offset: int) -> Record:
        return Record(CONNECTION, 0, offset, int(self.at * 1000), b"", self.values[offset], ())
