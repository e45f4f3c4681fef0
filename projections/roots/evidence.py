"""Proves a receipt: it lies in the log, unchanged, and a signed root stands for it.

The read models only say where to look; what is said rests on the record itself and on the roots. A path is
made from the records of one block and the stored hashes of all blocks: at most 1,024 records are read for it,
however long the day was.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from events.catalogue.roots_events import RootSealed, Span
from events.consumer import PositionLostError, Record
from events.envelope import recompute_hash
from events.merkle import BLOCK, leaf_hash, path_in_blocks, root_from, sides
from events.roots import index_of, leaves
from projections.roots.book import ReadRoots, RootBook
from projections.roots.compare import Compared, Pasted, compare, read_pasted

ReadSpans = Callable[[Sequence[Span]], list[list[Record]]]
"""The records of parts of the log; blocking, raises `BusAwayError` and `PositionLostError`."""

Verdict = Literal["unreadable", "altered", "unknown", "waiting", "sealed", "unproven", "broken"]

_READERS = 4
"""How many may read the log at once for all readers of pages; others wait their turn."""

_PLACE = 'SELECT topic, partition, "offset", hash FROM timeline.entry WHERE number = %s AND sequence = %s'
_EVENT = (
    'SELECT topic, partition, "offset", hash FROM timeline.entry'
    " WHERE number = %s AND sequence = %s AND profile = %s AND type LIKE %s"
)
_BLOCKS = "SELECT hash FROM roots.block WHERE root = %s ORDER BY index"


class Place(NamedTuple):
    """Where an event lies in the log, and its hash."""

    topic: str
    partition: int
    offset: int
    hash: str


class Step(NamedTuple):
    """One step of an inclusion path: a hash, and whether it stands on the left."""

    left: bool
    hash: str


class Proof(NamedTuple):
    """The root that stands for an event, and the way from its leaf (number `leaf_index`) there."""

    root: RootSealed
    leaf_index: int
    leaf: str
    steps: tuple[Step, ...]


class Judgement(NamedTuple):
    """What can be said of a receipt. `fields` only for whoever held its hash; `place` once it is in the log;
    `proof` once a root stands for it."""

    verdict: Verdict
    pasted: Pasted | None = None
    fields: tuple[Compared, ...] = ()
    place: Place | None = None
    recorded_at: datetime | None = None
    proof: Proof | None = None
    root: RootSealed | None = None

    @property
    def genuine(self) -> bool:
        """Whether the receipt lies in the log as it was sent."""
        return self.verdict in {"waiting", "sealed", "unproven"}


class Evidence:
    """Answers from the log itself; `pool` reaches the read models and the blocks."""

    def __init__(
        self, pool: AsyncConnectionPool[AsyncConnection[Any]], read_spans: ReadSpans, read_roots: ReadRoots
    ) -> None:
        self.book = RootBook(read_roots)
        self._pool = pool
        self._read_spans = read_spans
        self._turn = asyncio.Semaphore(_READERS)

    async def judge(self, raw: bytes) -> Judgement:
        """Judge what somebody sent. Raises `BusAwayError` when the log can't be read now.

        Whoever does not know the hash learns nothing, not even whether there is such an event. Fields are
        told as `compare` allows.
        """
        pasted = read_pasted(raw)
        if pasted is None:
            return Judgement("unreadable")
        found = await self._ask(_PLACE, pasted.subject, pasted.sequence)
        if not found or found[0][3] != pasted.claimed:
            return Judgement("unknown" if pasted.consistent else "altered", pasted)
        place = Place(*found[0])
        record = await self._record(place)
        logged = _body(record)
        if record is None or logged is None or recompute_hash(logged) != place.hash:
            return Judgement("broken", pasted)
        fields = compare(pasted.body, logged)
        if not pasted.consistent:
            return Judgement("altered", pasted, fields)
        at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        return await self._sealed(Judgement("waiting", pasted, fields, place, at), place)

    async def event_file(self, profile: str, number: str, sequence: int, kind: str) -> bytes | None:
        """Return an event as it lies in the log, byte for byte; None when there is none of this `kind` (the
        past-tense word of its type). Raises `BusAwayError`."""
        found = await self._ask(_EVENT, number, sequence, profile, f"%.{kind}.v%")
        record = await self._record(Place(*found[0])) if found else None
        return record.value if record else None

    async def _sealed(self, so_far: Judgement, place: Place) -> Judgement:
        for logged in await self.book.roots():
            root = logged.root
            index = index_of(root.spans, place.topic, place.partition, place.offset)
            if index is not None:
                return await self._proven(so_far, root, index, place)
        return so_far

    async def _proven(self, so_far: Judgement, root: RootSealed, index: int, place: Place) -> Judgement:
        blocks = [bytes(row[0]) for row in await self._ask(_BLOCKS, root.root)]
        if len(blocks) != -(-root.leaves // BLOCK):
            return so_far._replace(verdict="unproven", root=root)
        try:
            block = await self._block(root, index // BLOCK)
        except PositionLostError:
            return so_far._replace(verdict="broken", root=root)
        leaf = leaf_hash(bytes.fromhex(place.hash))
        way = path_in_blocks(block, blocks, index)
        if root_from(leaf, index, root.leaves, way).hex() != root.root:
            return so_far._replace(verdict="broken", root=root)
        steps = zip(sides(index, root.leaves), way, strict=True)
        proof = Proof(root, index, leaf.hex(), tuple(Step(left, one.hex()) for left, one in steps))
        return so_far._replace(verdict="sealed", root=root, proof=proof)

    async def _block(self, root: RootSealed, number: int) -> list[bytes]:
        """Return the leaf hashes of one block, read from the log."""
        parts = list(_parts(root.spans, number * BLOCK, min((number + 1) * BLOCK, root.leaves)))
        found = await self._read(parts)
        data = [bytes.fromhex(root.previous)] if number == 0 else []
        for part, records in zip(parts, found, strict=True):
            data += [leaf for batch in leaves(part, [records]) for leaf in batch]
        return [leaf_hash(one) for one in data]

    async def _record(self, place: Place) -> Record | None:
        span = Span(topic=place.topic, partition=place.partition, start=place.offset, end=place.offset + 1)
        try:
            (found,) = await self._read([span])
        except PositionLostError:
            return None
        return found[0] if found else None

    async def _read(self, spans: Sequence[Span]) -> list[list[Record]]:
        async with self._turn:
            return await asyncio.to_thread(self._read_spans, spans)

    async def _ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        async with self._pool.connection() as connection:
            return await (await connection.execute(question.encode(), values)).fetchall()


def _parts(spans: Iterable[Span], start: int, end: int) -> Iterable[Span]:
    """The parts of `spans` that hold the leaves from index `start` up to `end`."""
    before = 1  # leaf 0 holds the previous root
    for span in spans:
        first, last = max(start, before), min(end, before + span.size)
        if first < last:
            moved = {"start": span.start + first - before, "end": span.start + last - before}
            yield span.model_copy(update=moved)
        before += span.size


def _body(record: Record | None) -> dict[str, Any] | None:
    try:
        body = json.loads(record.value) if record else None
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
