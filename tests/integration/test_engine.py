"""Engines that share a read model, go deaf, meet a deadlock, or are late."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from deploy.read_models import tables_of
from deploy.settings import Settings, save_settings
from events.consumer import Consumer, Record
from events.envelope import Event
from events.topics import CONNECTION
from projections import batch, books, builds, store
from projections.engine import Engine
from projections.progress.fold import Progress
from projections.projection import ReadModel
from projections.timeline.fold import Timeline
from tests.integration.projecting import Log, folding, until
from tests.unit.projections.logs import events_of, folded, logged
from tests.unit.workflows.telling import factory, household


@pytest.fixture
def log(settings: Settings) -> Iterator[Log]:
    one = Log(settings)
    yield one
    one.close()


@contextmanager
def projector(settings: Settings, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A projector process of its own, killed at the end."""
    folder.mkdir()
    elsewhere = settings.model_copy(
        update={
            "kafka": settings.kafka_bootstrap,
            "postgres": settings.postgres_dsn,
            "data_dir": folder,
        }
    )
    save_settings(elsewhere, folder / "settings.json")
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.process", "projector", str(folder / "settings.json")],
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def holders(log: Log) -> dict[int, int]:
    """How many partitions of the progress pages each connection holds."""
    build = log.shown(Progress()).build
    found = log.ask(
        "SELECT pid, count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND objid > 0"
        " AND classid = (hashtext(%s)::bigint & 4294967295)::oid GROUP BY pid",
        f"progress:{build}",
    )
    return dict(found)


def all_folded(log: Log, streams: dict[str, list[Event]]) -> bool:
    names = ("progress", "timeline", "statistics")
    return all(
        log.position(number, name)[0] == len(events) for number, events in streams.items() for name in names
    )


def test_one_two_three_and_one_projector_share_the_log_and_double_or_miss_nothing(
    settings: Settings, log: Log, tmp_path: Path
) -> None:
    streams = {
        f"HN-2026-83{place:04d}": events_of(household(), f"HN-2026-83{place:04d}") for place in range(120)
    }
    halt = threading.Event()

    def load() -> None:
        for events in streams.values():
            log.write(*events)
            halt.wait(0.1)

    loading = threading.Thread(target=load)
    with projector(settings, tmp_path / "one"):
        until(lambda: sorted(holders(log).values()) == [6], 60)
        loading.start()
        with projector(settings, tmp_path / "two"):
            until(lambda: sorted(holders(log).values()) == [3, 3], 60)
            with projector(settings, tmp_path / "three") as third:
                until(lambda: sorted(holders(log).values()) == [2, 2, 2], 60)
                third.send_signal(signal.SIGKILL)
        until(lambda: sorted(holders(log).values()) == [6], 60)
        halt.set()
        loading.join()
        until(lambda: all_folded(log, streams), 60)
    again = log.ask(
        "SELECT sum(redelivered) FROM projections.stream_position WHERE subject LIKE 'HN-2026-83%%'"
    )
    assert again == [(0,)]
    rows = log.ask("SELECT count(*) FROM timeline.entry WHERE number LIKE 'HN-2026-83%%'")
    assert rows == [(sum(map(len, streams.values())),)]


class Deaf(Consumer):
    """Alive, and hears nothing: what kafka-python 3.0.0 to 3.0.8 did after some rebalances."""

    def poll(self, seconds: float) -> list[Record]:
        time.sleep(seconds / 10)
        return []


def test_a_deaf_consumer_is_noticed_and_opened_anew(settings: Settings, log: Log) -> None:
    events = events_of(household(), "HN-2026-820001")
    opened: list[Consumer] = []

    def open_consumer(client: str) -> Consumer:
        kind = Consumer if opened else Deaf
        opened.append(kind(settings.kafka_bootstrap, client_id=client))
        return opened[-1]

    engine = Engine(
        log.shown(Progress()),
        bootstrap=settings.kafka_bootstrap,
        dsn=settings.postgres_dsn,
        deaf_seconds=1.0,
        open_consumer=open_consumer,
    )
    with folding(settings, engine):
        log.write(*events)
        until(lambda: log.position(events[0].subject)[0] == len(events))
    assert len(opened) == 2


@pytest.fixture
def apart(log: Log) -> ReadModel:
    """A read model of the tests' own, for events that are not in the log."""
    projection = Progress()
    projection.name = "apart"
    builds.ensure(log.db, projection, tables_of(Progress()))
    model = log.shown(projection)
    books.start(log.db, model, {0: 0})
    return model


def test_a_transaction_that_a_deadlock_broke_off_is_tried_anew(
    settings: Settings, log: Log, apart: ReadModel
) -> None:
    """Somebody locks two rows in the other order; the engine's transaction is the victim."""
    first, second = (events_of(household(), f"HN-2026-82001{place}") for place in (1, 2))
    batch.apply(log.db, apart, batch.Batch(events=logged([first[0], second[0]])))
    crossed: list[bool] = []
    with psycopg.connect(settings.postgres_dsn) as other, psycopg.connect(settings.postgres_dsn) as db:
        db.autocommit = True
        lock = f"SELECT FROM {apart.schema}.application WHERE number = %s FOR UPDATE".encode()
        other.execute("SET deadlock_timeout = '60s'")
        other.execute(lock, (second[0].subject,))
        engine = db.info.backend_pid

        def cross() -> None:
            until(lambda: bool(log.ask("SELECT FROM pg_locks WHERE pid = %s AND NOT granted", engine)))
            other.execute(lock, (first[0].subject,))
            crossed.append(True)
            other.rollback()

        crossing = threading.Thread(target=cross)
        crossing.start()
        assert batch.apply(db, apart, batch.Batch(events=logged([first[1], second[1]]))) == 2
        crossing.join()
    assert crossed
    found = log.ask("SELECT sequence FROM apart.application WHERE number LIKE 'HN-2026-82001%%'")
    assert found == [(2,), (2,)]


def test_old_news_is_folded_in_silence_and_everybody_looks_once_it_is_over(
    settings: Settings, log: Log, apart: ReadModel
) -> None:
    events = events_of(household(), "HN-2026-820020")
    engine = Engine(apart, bootstrap=settings.kafka_bootstrap, dsn=settings.postgres_dsn)
    at = books.offsets(log.db, apart)[0]
    stay = {0: books.Move(at, at, None)}
    old, new = logged(events[:3]), logged(events[3:])  # recorded long ago
    with log.listening() as heard:
        engine.take(log.db, batch.Batch(events=old, moves=stay))
        assert heard() == []
        engine.take(log.db, batch.Batch())
        assert heard() == ['"*"']
        fresh = [one._replace(recorded_at=log.ask("SELECT now()")[0][0]) for one in new]
        engine.take(log.db, batch.Batch(events=fresh, moves=stay))
        assert json.loads(heard()[-1])[0]["number"] == events[0].subject


def test_rows_come_back_as_they_were_written_whatever_they_hold(settings: Settings, log: Log) -> None:
    model = log.shown(Timeline())
    (row,) = list(folded(Timeline(), logged(events_of(factory(), "HN-2026-820030")[:1])).values())
    strange = 'tab\t, line\n, return\r, back\\slash, \\N, \\., "quotes", 电\u3000\u2028\x7f, 𠮷'
    row = {**row, "causation": strange, "data": {"text": strange, "n": [1, None, True, 2.5]}}
    with log.db.transaction(force_rollback=True):
        store.write(log.db, model, {(row["number"], 1): row}, set())
        back = store.load(log.db, model, [(row["number"], 1)])[row["number"], 1]
    assert back["causation"] == strange
    assert back["data"] == row["data"]
    assert back["topic"] != CONNECTION
