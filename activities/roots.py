"""Sealing the log: reading what is new in it, computing and signing its root, keeping that elsewhere too."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from temporalio import activity

from activities.outcomes import Pool
from activities.root_messages import (
    COMPUTE_ROOT,
    FIND_SPANS,
    KEEP_ROOT,
    NextRoot,
    RootData,
    RootEvent,
    RootOrder,
)
from events.catalogue.roots_events import RootSealed, Span
from events.consumer import Consumer, PositionLostError
from events.envelope import Event, Head
from events.merkle import BlockTree
from events.root_log import last_root
from events.roots import FIRST, LOG_TOPICS, RootKeys, public_key, sign
from events.spans import grow

_BATCH = 2_000


class RootActivities:
    """Activities of a worker. `key` gives what signs (32 bytes), `keys` tells whose roots are ours: both are
    asked at every use. `folder` takes a file per root."""

    def __init__(
        self,
        bootstrap: str,
        pool: Pool,
        key: Callable[[], bytes],
        keys: Callable[[], RootKeys],
        folder: Path,
    ) -> None:
        self._bootstrap = bootstrap
        self._pool = pool
        self._key = key
        self._keys = keys
        self._folder = folder

    @activity.defn(name=FIND_SPANS)
    async def find_spans(self) -> NextRoot:
        """Return what has come since the last root. Raises `PositionLostError` when the log is shorter than
        what that root stands for."""
        return await asyncio.to_thread(_find, self._bootstrap, self._keys())

    @activity.defn(name=COMPUTE_ROOT)
    async def compute_root(self, order: RootOrder) -> RootData:
        """Read the spans, keep the hashes of their blocks, and return the signed root. Memory does not grow
        with the log but by 32 bytes per block."""
        tree = BlockTree()
        consumer = await asyncio.to_thread(
            lambda: Consumer(self._bootstrap, client_id="roots", max_records=_BATCH)
        )
        try:
            steps = grow(tree, consumer, order.next.previous, order.next.spans)
            while (done := await asyncio.to_thread(next, steps, None)) is not None:
                activity.heartbeat(done)
        finally:
            await asyncio.to_thread(consumer.close)
        await keep_blocks(self._pool, tree)
        return RootData(data=self._signed(order, tree))

    @activity.defn(name=KEEP_ROOT)
    async def keep_root(self, sealed: RootEvent) -> str:
        """Write the root to a file of its own, whole or not at all; returns the file's name."""
        event = Event.model_validate(sealed.event)
        root = RootSealed.model_validate(event.data)
        path = self._folder / f"{root.sealed_at:%Y-%m-%d}-{root.number}.json"
        await asyncio.to_thread(_write, path, event.as_bytes())
        return path.name

    def _signed(self, order: RootOrder, tree: BlockTree) -> dict[str, object]:
        key = self._key()
        unsigned = RootSealed(
            number=order.next.head.sequence + 1,
            sealed_at=order.sealed_at,
            previous=order.next.previous,
            leaves=tree.size,
            spans=order.next.spans,
            root=tree.root().hex(),
            public_key=public_key(key),
            signature="AA==",
        ).as_data()
        return {**unsigned, "signature": sign(key, unsigned)}


async def keep_blocks(pool: Pool, tree: BlockTree) -> None:
    """Store the hashes of the blocks under their root. The same again changes nothing."""
    root = tree.root().hex()
    async with pool.connection() as conn, conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO roots.block (root, index, hash) VALUES (%s, %s, %s)"
            " ON CONFLICT (root, index) DO UPDATE SET hash = excluded.hash",
            [(root, index, block) for index, block in enumerate(tree.blocks())],
        )


def _find(bootstrap: str, keys: RootKeys) -> NextRoot:
    consumer = Consumer(bootstrap, client_id="roots")
    try:
        last = last_root(consumer, keys)
        places = [(topic, partition) for topic in LOG_TOPICS for partition in consumer.partitions(topic)]
        starts, ends = consumer.beginnings(places), consumer.ends(places)
    finally:
        consumer.close()
    if last is not None:
        starts |= {(span.topic, span.partition): span.end for span in last.root.spans}
    if any(ends.get(place, -1) < start for place, start in starts.items()):
        raise PositionLostError
    return NextRoot(
        head=Head(sequence=last.event.number, hash=last.event.hash) if last else Head(),
        previous=last.root.root if last else FIRST,
        spans=tuple(
            Span(topic=topic, partition=partition, start=start, end=ends[topic, partition])
            for (topic, partition), start in sorted(starts.items())
        ),
    )


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
