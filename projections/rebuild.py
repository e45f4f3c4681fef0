"""Builds a read model anew beside the live one, from the first record of the log, and compares the two."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import psycopg
from psycopg import IsolationLevel

from events.consumer import Consumer
from projections import books, builds
from projections.builds import Build, BuildError
from projections.dump import Comparison, compare, count, lines
from projections.fill import POLL_RECORDS, Order, fill, wait_for_strays
from projections.projection import Projection, ReadModel
from projections.store import Connection

BATCH_EVENTS = 10_000
"""Large enough that a transaction's own cost is small, small enough that memory stays so."""


class Step(NamedTuple):
    """How far a rebuild is: records of how many, records a second of late, what goes on."""

    done: int
    total: int
    rate: float
    what: str

    @property
    def seconds_left(self) -> float | None:
        """At the present rate; None while there is none."""
        return (self.total - self.done) / self.rate if self.rate else None


Show = Callable[[Step], None]


@dataclass
class Result:
    """What came of it. `comparison` and `shown`, the build it was compared with, are absent where no build is
    live."""

    build: Build
    resumed: bool
    events: int = 0
    seconds: float = 0.0
    comparison: Comparison | None = None
    shown: Build | None = None

    @property
    def wrong(self) -> bool:
        """Whether rows differ that should be equal: another version may say other things."""
        differing = bool(self.comparison and self.comparison.differences)
        return differing and builds.comparable(self.build, self.shown)


@dataclass
class Rebuild:
    """One rebuild. `tables`: the SQL of the projection's tables. A rebuild that was killed is gone on with
    by the next one: rows and offsets are written together."""

    projection: Projection
    tables: str
    bootstrap: str
    dsn: str
    show: Show = lambda _step: None
    batch_events: int = BATCH_EVENTS

    def run(self, *, clean: bool = False) -> Result:
        """Fill a build up to where the live one stands, compare them, and leave it to the projectors to keep
        up. `clean` forgets what an earlier rebuild left.

        Raises `BuildError` `rebuilding` while another rebuild of the same projection runs.
        """
        with self._connected() as db, _alone(db, self.projection.name):
            build, resumed = builds.begin(db, self.projection, self.tables, clean=clean)
            model = ReadModel(self.projection, build.build, build.schema)
            result = Result(build, resumed)
            wait_for_strays(db, model)
            consumer = Consumer(
                self.bootstrap, client_id="rebuild", max_records=min(self.batch_events, POLL_RECORDS)
            )
            try:
                began = time.monotonic()
                self._begin(db, model, consumer)
                self._fill(db, model, self._targets(db, consumer), consumer, result)
                result.comparison = self._compare(db, model, consumer, result, began)
            finally:
                consumer.close()
            differences = result.comparison.differences if result.comparison else None
            builds.filled(db, build, differences)
            return result

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with psycopg.connect(
            self.dsn, autocommit=True, application_name=f"rebuild:{self.projection.name}"
        ) as db:
            yield db

    def _begin(self, db: Connection, model: ReadModel, consumer: Consumer) -> None:
        partitions = [(model.topic, number) for number in consumer.partitions(model.topic)]
        beginnings = consumer.beginnings(partitions)
        books.start(db, model, {number: offset for (_, number), offset in beginnings.items()})

    def _targets(self, db: Connection, consumer: Consumer) -> dict[int, int]:
        """Where the live build stands: the new one is never ahead of it, so that they can be compared. The
        end of the log, where there is no live build."""
        live = builds.live(db, self.projection.name)
        if live is not None:
            return books.offsets(db, ReadModel(self.projection, live.build, live.schema))
        topic = self.projection.topic
        ends = consumer.ends([(topic, number) for number in consumer.partitions(topic)])
        return {number: end for (_, number), end in ends.items()}

    def _fill(
        self, db: Connection, model: ReadModel, targets: dict[int, int], consumer: Consumer, result: Result
    ) -> None:
        at = books.offsets(db, model)
        done, total = sum(at.values()), sum(max(at[number], target) for number, target in targets.items())
        rate = Rate()
        order = Order(model, self.bootstrap, self.dsn, targets, self.batch_events)
        for one in fill(order, at, consumer):
            result.events += one.events
            done += one.records
            self.show(Step(done, total, rate(done), "folding"))

    def _compare(
        self, db: Connection, model: ReadModel, consumer: Consumer, result: Result, began: float
    ) -> Comparison | None:
        """Freeze a view of the live build, fill the new one to just there, and hold the two side by side."""
        live = result.shown = builds.live(db, self.projection.name)
        if live is None:
            result.seconds = time.monotonic() - began
            return None
        shown = ReadModel(self.projection, live.build, live.schema)
        with self._connected() as frozen:
            frozen.isolation_level = IsolationLevel.REPEATABLE_READ
            with frozen.transaction():
                self._fill(db, model, books.offsets(frozen, shown), consumer, result)
                result.seconds = time.monotonic() - began
                rows = count(frozen, shown)
                return compare(
                    lines(frozen, shown),
                    lines(db, model),
                    lambda done: self.show(Step(done, max(done, rows), 0.0, "comparing")),
                )


_RATE_SECONDS = 0.25  # a rate over less than that is a guess


class Rate:
    """Records a second over the last few seconds."""

    def __init__(self, window: float = 5.0) -> None:
        self._window = window
        self._seen: list[tuple[float, int]] = []

    def __call__(self, done: int) -> float:
        now = time.monotonic()
        self._seen = [one for one in self._seen if now - one[0] < self._window] + [(now, done)]
        first, had = self._seen[0]
        elapsed = now - first
        return (done - had) / elapsed if elapsed > _RATE_SECONDS else 0.0


@contextmanager
def _alone(db: Connection, projection: str) -> Iterator[None]:
    name = f"rebuild:{projection}"
    found = db.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (name,)).fetchone()
    if not (found and found[0]):
        raise BuildError("rebuilding", f"Another rebuild of {projection} is running. Wait for it.")
    try:
        yield
    finally:
        db.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (name,))
