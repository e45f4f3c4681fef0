"""The projection engine on real servers: nothing doubled, nothing missed, one bad record stops nobody."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql

from deploy.processes.projector import all_projections
from deploy.settings import Settings
from events.envelope import Event
from events.producer import Outgoing, Producer
from events.topics import CONNECTION
from projections import batch, store
from projections.engine import Engine
from projections.progress.fold import Progress
from projections.projection import Projection
from tests.unit.projections.logs import events_of
from tests.unit.workflows.telling import factory, household

TABLES = tuple(one.table.name for one in all_projections())
BOOKS = ("projections.partition_offset", "projections.stream_position", "projections.held")


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))


class Log:
    """Writes to the log as a run does, and asks the read models."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._producer = Producer(settings.kafka_bootstrap, "test")
        self.db = psycopg.connect(settings.postgres_dsn, autocommit=True)

    def write(self, *events: Event) -> None:
        self.write_bytes(*((event.subject, event.as_bytes()) for event in events))

    def write_bytes(self, *records: tuple[str, bytes]) -> None:
        self._producer.publish_all([Outgoing(CONNECTION, key, value) for key, value in records])

    def ask(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.db.execute(question.encode(), values).fetchall()

    def position(self, number: str, projection: str = "progress") -> tuple[int, int]:
        found = self.ask(
            "SELECT sequence, redelivered FROM projections.stream_position"
            " WHERE subject = %s AND projection = %s",
            number,
            projection,
        )
        return found[0] if found else (0, 0)

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every read model."""
        every = sql.SQL("SELECT to_jsonb(t) FROM {} t ORDER BY 1")
        return {name: self.db.execute(every.format(_table(name))).fetchall() for name in TABLES}

    def forget(self) -> None:
        """Empty the read models and the engine's books."""
        for name in (*TABLES, *BOOKS):
            self.db.execute(sql.SQL("DELETE FROM {}").format(_table(name)))

    def close(self) -> None:
        self._producer.close()
        self.db.close()


@pytest.fixture
def log(settings: Settings) -> Iterator[Log]:
    one = Log(settings)
    yield one
    one.close()


@contextmanager
def folding(settings: Settings, *projections: Projection) -> Iterator[list[Engine]]:
    """Engines in threads for as long as the block lasts."""
    stop = threading.Event()
    engines = [
        Engine(one, bootstrap=settings.kafka_bootstrap, dsn=settings.postgres_dsn)
        for one in projections or all_projections()
    ]
    threads = [threading.Thread(target=engine.run, args=(stop,)) for engine in engines]
    for thread in threads:
        thread.start()
    try:
        yield engines
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is so; the limit only keeps a broken test from hanging."""
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "it never came true"
        time.sleep(0.05)


def test_a_stream_is_shown_once_however_often_it_is_delivered(settings: Settings, log: Log) -> None:
    events = events_of(factory(), "HN-2026-800001")
    with folding(settings):
        log.write(*events)
        log.write(*events)
        until(lambda: log.position(events[0].subject) == (len(events), len(events)))
        until(lambda: log.position(events[0].subject, "timeline") == (len(events), len(events)))
    (count,) = log.ask("SELECT count(*) FROM timeline.entry WHERE number = %s", events[0].subject)[0]
    assert count == len(events)


def test_a_hole_holds_its_own_stream_and_no_other(settings: Settings, log: Log) -> None:
    holed, whole = events_of(factory(), "HN-2026-800002"), events_of(household(), "HN-2026-800003")
    with folding(settings):
        log.write(*holed[:5], *holed[6:], *whole)
        until(lambda: log.position(whole[0].subject)[0] == len(whole))
        until(lambda: log.position(holed[0].subject)[0] == 5)
        log.write(holed[5])
        until(lambda: log.position(holed[0].subject)[0] == len(holed))
    assert log.ask("SELECT count(*) FROM projections.held WHERE subject = %s", holed[0].subject) == [(0,)]


def test_bytes_that_are_no_event_are_found_and_passed(settings: Settings, log: Log) -> None:
    events = events_of(household(), "HN-2026-800004")
    forged = json.loads(events[1].as_bytes()) | {"time": "2020-01-01T00:00:00.000000Z"}
    with folding(settings, Progress()):
        log.write_bytes((events[0].subject, b"not json"), (events[0].subject, json.dumps(forged).encode()))
        log.write(*events)
        until(lambda: log.position(events[0].subject)[0] == len(events))
    codes = {
        code for (code,) in log.ask("SELECT code FROM projections.finding WHERE projection = 'progress'")
    }
    assert {"unreadable", "hash_differs"} <= codes


def test_another_content_for_a_known_place_is_found_and_not_shown(settings: Settings, log: Log) -> None:
    first, other = events_of(household(), "HN-2026-800005"), events_of(factory(), "HN-2026-800005")
    with folding(settings, Progress()):
        log.write(first[0])
        until(lambda: log.position(first[0].subject)[0] == 1)
        log.write(other[0])
        until(lambda: log.position(first[0].subject)[1] == 1)
    assert log.ask(
        "SELECT code FROM projections.finding WHERE subject = %s AND projection = 'progress'",
        first[0].subject,
    ) == [("other_content",)]
    assert log.ask("SELECT kind FROM progress.application WHERE number = %s", first[0].subject) == [
        ("lv_res",)
    ]


def test_an_engine_that_was_overtaken_writes_nothing(settings: Settings, log: Log) -> None:
    events = events_of(household(), "HN-2026-800006")
    with folding(settings, Progress()):
        log.write(*events)
        until(lambda: log.position(events[0].subject)[0] == len(events))
    (partition, following) = log.ask(
        "SELECT partition, next_offset FROM projections.partition_offset WHERE projection = 'progress'"
        " ORDER BY next_offset DESC LIMIT 1"
    )[0]
    from events.consumer import Record

    stale = Record(CONNECTION, partition, following - 1, 0, None, b"{}", ())
    with pytest.raises(store.FencedError):
        batch.apply(log.db, Progress(), [stale])


def test_a_second_engine_stands_by_and_takes_over(settings: Settings, log: Log) -> None:
    events = events_of(household(), "HN-2026-800007")
    with folding(settings, Progress()) as (first,):
        until(lambda: first.healthy and first.detail != "standing by")
        with folding(settings, Progress()) as (second,):
            until(lambda: second.detail == "standing by")
            log.write(*events)
            until(lambda: log.position(events[0].subject)[0] == len(events))
            assert log.position(events[0].subject)[1] == 0


def test_what_is_read_anew_from_the_log_equals_what_was_folded_live(settings: Settings, log: Log) -> None:
    with folding(settings):
        log.write(*events_of(factory(), "HN-2026-800008"))
        until(lambda: log.position("HN-2026-800008", "timeline")[0] > 20)
        until(lambda: log.position("HN-2026-800008", "statistics")[0] > 20)
        until(lambda: log.position("HN-2026-800008", "progress")[0] > 20)
    live = log.dump()
    log.forget()
    with folding(settings):
        for projection in ("timeline", "statistics", "progress"):
            until(lambda name=projection: log.position("HN-2026-800008", name)[0] > 20)  # type: ignore[misc]
    assert log.dump() == live
