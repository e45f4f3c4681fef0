"""Keeps one projection up with the log: its own consumer, its own connection, so that projections fail
apart."""

import logging
import threading
import time

import psycopg

from events.consumer import Consumer, PositionLostError
from events.errors import MingdianError
from projections import batch, store
from projections.projection import Projection

_log = logging.getLogger(__name__)

DEAF_SECONDS = 30.0  # a client can be alive and hear nothing: the end grows, the position does not
WATCH_SECONDS = 5.0


class Engine:
    """Folds one projection until told to stop. State lives in PostgreSQL alone; Kafka's committed offsets
    are not used."""

    def __init__(self, projection: Projection, *, bootstrap: str, dsn: str) -> None:
        self.projection = projection
        self._bootstrap = bootstrap
        self._dsn = dsn
        self.healthy = False
        self.detail = "starting"
        self.behind = 0

    def run(self, stop: threading.Event) -> None:
        """Fold until `stop`. A lost database or broker is tried again with back-off; nothing is skipped
        meanwhile."""
        pause = 0.5
        while not stop.is_set():
            try:
                self._follow(stop)
                pause = 0.5
            except (psycopg.Error, MingdianError, store.FencedError) as error:
                code = getattr(error, "code", None) or type(error).__name__
                import traceback

                traceback.print_exc()
                self._say(False, f"{code}, trying again")
                _log.warning(
                    "projection interrupted", extra={"projection": self.projection.name, "code": code}
                )
                if isinstance(error, PositionLostError):
                    pause = 10.0
                stop.wait(pause)
                pause = min(pause * 2, 5.0)

    def _follow(self, stop: threading.Event) -> None:
        with psycopg.connect(
            self._dsn, autocommit=True, application_name=f"projector:{self.projection.name}"
        ) as db:
            if not self._alone(db, stop):
                return
            consumer = Consumer(self._bootstrap, client_id=f"projector-{self.projection.name}")
            try:
                self._assign(db, consumer)
                self._loop(db, consumer, stop)
            finally:
                consumer.close()

    def _alone(self, db: store.Connection, stop: threading.Event) -> bool:
        """One engine folds a projection at a time; others stand by. The lock goes with the connection."""
        name = f"{self.projection.name}:{self.projection.version}"
        while not stop.is_set():
            found = db.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (name,)).fetchone()
            if found is not None and found[0]:
                return True
            self._say(True, "standing by")
            stop.wait(1.0)
        return False

    def _assign(self, db: store.Connection, consumer: Consumer) -> None:
        topic = self.projection.topic
        partitions = [(topic, number) for number in consumer.partitions(topic)]
        beginnings = consumer.beginnings(partitions)
        store.start(db, self.projection, {number: offset for (_, number), offset in beginnings.items()})
        consumer.assign(
            {(topic, number): offset for number, offset in store.offsets(db, self.projection).items()}
        )

    def _loop(self, db: store.Connection, consumer: Consumer, stop: threading.Event) -> None:
        watched = 0.0
        while not stop.is_set():
            records = consumer.poll(0.5)
            if records:
                batch.apply(db, self.projection, records)
            if time.monotonic() - watched > WATCH_SECONDS:
                self._watch(consumer)
                watched = time.monotonic()

    def _watch(self, consumer: Consumer) -> None:
        seen = consumer.watch().values()
        self.behind = sum(one.behind for one in seen)
        self._say(True, f"{self.behind} behind")
        if any(one.behind and one.still > DEAF_SECONDS for one in seen):
            raise MingdianError("deaf", "The consumer hears nothing though the log grows; it is opened anew.")

    def _say(self, healthy: bool, detail: str) -> None:
        self.healthy, self.detail = healthy, detail
