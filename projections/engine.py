"""Keeps one read model up with the log: its own consumer, its own connection, so that all fail
apart."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg

from events.consumer import Consumer, PositionLostError
from events.errors import MingdianError
from projections import batch, books, store
from projections.announce import everything
from projections.builds import is_live
from projections.projection import ReadModel
from projections.share import Share

_log = logging.getLogger(__name__)

DEAF_SECONDS = 30.0  # a client can be alive and hear nothing: the end grows, the position does not
WATCH_SECONDS = 5.0
SETTLE_SECONDS = 1.0
OLD_NEWS = timedelta(minutes=1)
"""Further behind than this an engine tells no reader of pages; once it has caught up, it tells all."""

Open = Callable[[str], Consumer]


class Engine:
    """Folds one read model until told to stop. State lives in PostgreSQL alone; Kafka's committed offsets are
    not used. Any number of engines share the partitions of the same read model."""

    def __init__(
        self,
        model: ReadModel,
        *,
        bootstrap: str,
        dsn: str,
        deaf_seconds: float = DEAF_SECONDS,
        open_consumer: Open | None = None,
    ) -> None:
        self.model = model
        self._dsn = dsn
        self._deaf_seconds = deaf_seconds
        self._open = open_consumer or (lambda client: Consumer(bootstrap, client_id=client))
        self._untold = False
        self._at: dict[int, int] = {}
        self.healthy = False
        self.detail = "starting"
        self.behind = 0

    def run(self, stop: threading.Event) -> None:
        """Fold until `stop`. A lost database or broker is tried again with back-off; nothing is skipped
        meanwhile."""
        pause = 0.5
        while not stop.is_set():
            began = time.monotonic()
            try:
                self._follow(stop)
            except (psycopg.Error, MingdianError, books.FencedError) as error:
                code = getattr(error, "code", None) or type(error).__name__
                self._say(False, f"{code}, trying again")
                _log.warning("projection interrupted", extra={"projection": self.model.name, "code": code})
                pause = 0.5 if time.monotonic() - began > 30 else min(pause * 2, 5.0)
                stop.wait(10.0 if isinstance(error, PositionLostError) else pause)

    def _follow(self, stop: threading.Event) -> None:
        name = f"projector:{self.model.name}:{self.model.build}"
        with psycopg.connect(self._dsn, autocommit=True, application_name=name) as db:
            consumer = self._open(f"projector-{self.model.name}")
            try:
                self._loop(db, consumer, self._join(db, consumer), stop)
            finally:
                consumer.close()

    def _join(self, db: store.Connection, consumer: Consumer) -> Share:
        topic = self.model.topic
        partitions = consumer.partitions(topic)
        beginnings = consumer.beginnings([(topic, number) for number in partitions])
        books.start(db, self.model, {number: offset for (_, number), offset in beginnings.items()})
        return Share(db, self.model, partitions)

    def _loop(self, db: store.Connection, consumer: Consumer, share: Share, stop: threading.Event) -> None:
        settled = watched = 0.0
        while not stop.is_set():
            now = time.monotonic()
            if now - settled > SETTLE_SECONDS:
                self._settle(db, consumer, share)
                settled = now
            if now - watched > min(WATCH_SECONDS, self._deaf_seconds):
                self._watch(consumer, share)
                watched = now
            if not share.mine:
                stop.wait(SETTLE_SECONDS)
                continue
            self.take(db, batch.read(consumer.poll(0.5), self._at))

    def _settle(self, db: store.Connection, consumer: Consumer, share: Share) -> None:
        if share.settle():
            offsets = books.offsets(db, self.model)
            self._at = {number: offsets[number] for number in share.mine}
            consumer.assign({(self.model.topic, number): offset for number, offset in self._at.items()})

    def take(self, db: store.Connection, read: batch.Batch) -> None:
        """Old news is folded in silence. A page that was open meanwhile is told to look, once it is over."""
        newest = read.newest_at
        old = newest is not None and datetime.now(UTC) - newest > OLD_NEWS
        if read.moves:
            batch.apply(db, self.model, read, quiet=old)
        if self._untold and not old and is_live(db, self.model):
            everything(db)
        self._untold = old

    def _watch(self, consumer: Consumer, share: Share) -> None:
        seen = consumer.watch().values()
        self.behind = sum(one.behind for one in seen)
        self._say(
            True, f"{self.behind} behind in {len(share.mine)} partitions" if share.mine else "standing by"
        )
        if any(one.behind and one.still > self._deaf_seconds for one in seen):
            raise MingdianError("deaf", "The consumer hears nothing though the log grows; it is opened anew.")

    def _say(self, healthy: bool, detail: str) -> None:
        self.healthy, self.detail = healthy, detail
