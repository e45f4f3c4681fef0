"""What the tests of the projections share: a log to write to, and questions to the read models."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from deploy.processes.projector import keeper
from deploy.read_models import all_projections
from deploy.settings import Settings
from events.envelope import Event
from events.producer import Outgoing, Producer
from events.topics import CONNECTION
from projections import builds
from projections.announce import CHANNEL
from projections.dump import lines
from projections.engine import Engine
from projections.keeper import Keeper
from projections.projection import Projection, ReadModel


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is so; the limit only keeps a broken test from hanging."""
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it never came true"
        time.sleep(0.05)


@contextmanager
def folding(settings: Settings, *keepers: Keeper | Engine) -> Iterator[None]:
    """Keepers or engines in threads for as long as the block lasts; by default all of a projector."""
    stop = threading.Event()
    chosen = keepers or [keeper(settings, one) for one in all_projections()]
    threads = [threading.Thread(target=one.run, args=(stop,)) for one in chosen]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


class Log:
    """Writes to the log as a run does, and asks the read models."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._producer = Producer(settings.kafka_bootstrap, "test")
        self.db = psycopg.connect(settings.postgres_dsn, autocommit=True)

    def write(self, *events: Event, topic: str = CONNECTION) -> None:
        self.write_bytes(*((event.subject, event.as_bytes()) for event in events), topic=topic)

    def write_bytes(self, *records: tuple[str, bytes], topic: str = CONNECTION) -> None:
        self._producer.publish_all([Outgoing(topic, key, value) for key, value in records])

    def ask(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.db.execute(question.encode(), values).fetchall()

    def shown(self, projection: Projection) -> ReadModel:
        live = builds.live(self.db, projection.name)
        assert live is not None
        return ReadModel(projection, live.build, live.schema)

    def position(self, number: str, projection: str = "progress") -> tuple[int, int]:
        """How far a stream is folded in what is shown, and how many of its events came again."""
        found = self.ask(
            "SELECT p.sequence, p.redelivered FROM projections.stream_position p"
            " JOIN projections.build b USING (projection, build)"
            " WHERE b.state = 'live' AND p.subject = %s AND p.projection = %s",
            number,
            projection,
        )
        return found[0] if found else (0, 0)

    def dump(self, projection: Projection) -> list[bytes]:
        """Every row of what is shown."""
        return [line.row for line in lines(self.db, self.shown(projection))]

    def findings(self, number: str | None = None, projection: str = "progress") -> set[str]:
        found = self.ask(
            "SELECT code FROM projections.finding"
            " WHERE projection = %s AND (%s::text IS NULL OR subject = %s)",
            projection,
            number,
            number,
        )
        return {code for (code,) in found}

    @contextmanager
    def listening(self) -> Iterator[Callable[[], list[str]]]:
        """What readers of pages are told while the block lasts."""
        told: list[str] = []
        with psycopg.connect(self.settings.postgres_dsn, autocommit=True) as ear:
            ear.execute(f"LISTEN {CHANNEL}")

            def heard() -> list[str]:
                told.extend(one.payload for one in ear.notifies(timeout=0.05))
                return told

            yield heard

    def close(self) -> None:
        self._producer.close()
        self.db.close()
