"""What is slow, deaf, broken or long gone holds up nobody else."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from kafka import KafkaConsumer

from deploy.read_models import tables_of
from deploy.settings import Settings
from events.consumer import Consumer, Record
from events.envelope import Event
from events.topics import CONNECTION
from projections import books, builds
from projections.engine import Engine
from projections.progress.fold import Progress
from projections.projection import Key, Logged, Row
from projections.timeline.fold import Timeline
from tests.integration.projecting import Log, folding, until
from tests.integration.upstreams import SHOP, at_work, upstream_of
from tests.unit.projections.logs import events_of
from tests.unit.workflows.telling import household
from workflows.intake import receive


@pytest.fixture
def log(settings: Settings) -> Iterator[Log]:
    one = Log(settings)
    yield one
    one.close()


def streams(first: int, count: int) -> list[list[Event]]:
    return [events_of(household(), f"HN-2026-{first + place:06d}") for place in range(count)]


def test_a_client_of_kafka_overrides_what_would_lose_or_invent_records(settings: Settings) -> None:
    consumer = Consumer(settings.kafka_bootstrap)
    try:
        config: dict[str, Any] = consumer._consumer.config
    finally:
        consumer.close()
    wanted = {
        "group_id": None,  # no group: nothing to be thrown out of, no committed offset to trust
        "enable_auto_commit": False,
        "auto_offset_reset": "none",
        "isolation_level": "read_committed",
        "partition_assignment_strategy": (),
        "allow_auto_create_topics": False,
    }
    assert {name: config[name] for name in wanted} == wanted
    assert config["max_poll_records"] <= 500


class Slow(Progress):
    """A fold that takes longer than a client may be silent."""

    name = "slow"

    def fold(self, rows: Mapping[Key, Row], events: Sequence[Logged]) -> Mapping[Key, Row]:
        time.sleep(0.5)
        return super().fold(rows, events)


def test_a_fold_slower_than_the_poll_interval_loses_and_repeats_nothing(
    settings: Settings, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KafkaConsumer.DEFAULT_CONFIG, "max_poll_interval_ms", 200)
    builds.ensure(log.db, Slow(), tables_of(Progress()))
    model = log.shown(Slow())
    consumer = Consumer(settings.kafka_bootstrap)
    places = [(CONNECTION, number) for number in consumer.partitions(CONNECTION)]
    books.start(log.db, model, {number: end for (_, number), end in consumer.ends(places).items()})
    consumer.close()
    engines = [
        Engine(
            model,
            bootstrap=settings.kafka_bootstrap,
            dsn=settings.postgres_dsn,
            open_consumer=lambda client: Consumer(settings.kafka_bootstrap, client_id=client, max_records=10),
        )
        for _ in range(2)
    ]
    told = streams(840000, 6)
    with folding(settings, *engines):
        log.write(*(event for events in told for event in events))
        until(lambda: all(log.position(one[0].subject, "slow")[0] == len(one) for one in told))
    assert {log.position(one[0].subject, "slow") for one in told} == {(len(one), 0) for one in told}


def test_a_read_model_that_fails_holds_up_no_other_and_catches_up(settings: Settings, log: Log) -> None:
    [events] = streams(841000, 1)
    number, schema = events[0].subject, log.shown(Timeline()).schema
    log.db.execute(f"ALTER TABLE {schema}.entry RENAME TO gone".encode())
    try:
        with folding(settings):
            log.write(*events)
            until(
                lambda: (
                    log.position(number, "progress")[0]
                    == log.position(number, "statistics")[0]
                    == len(events)
                )
            )
            assert log.position(number, "timeline")[0] == 0
    finally:
        log.db.execute(f"ALTER TABLE {schema}.gone RENAME TO entry".encode())
    with folding(settings):
        until(lambda: log.position(number, "timeline")[0] == len(events))
    assert log.ask("SELECT count(*) FROM timeline.entry WHERE number = %s", number) == [(len(events),)]


class Deaf(Consumer):
    """Alive, and hears nothing."""

    def poll(self, seconds: float) -> list[Record]:
        time.sleep(seconds / 10)
        return []


async def test_an_intake_that_hears_nothing_while_the_log_grows_connects_anew(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Consumer] = []

    def open_consumer(*given: Any, **more: Any) -> Consumer:
        opened.append((Consumer if opened else Deaf)(*given, **more))
        return opened[-1]

    monkeypatch.setattr(receive, "Consumer", open_consumer)
    monkeypatch.setattr(receive, "DEAF_SECONDS", 1.0)
    async with upstream_of(settings, secrets.token_hex(4)) as upstream, at_work(settings):
        await upstream.send(("a", "application_submitted", "s", SHOP))
        [line] = await upstream.outcomes("a")
    assert line.outcome == "applied"
    assert len(opened) == 2
