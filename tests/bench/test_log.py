"""The measurements measure what they say: valid streams, the same rows, figures beside their limits."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from deploy.audit.audit import Scope, audit
from deploy.bench import log, runner
from deploy.settings import Settings
from projections import builds
from projections.dump import Line, lines
from projections.projection import ReadModel

EVENTS = 2_000


@contextmanager
def filled(settings: Settings) -> Iterator[dict[str, object]]:
    """A topic with the streams of the bulk writer, as an order to the runner names it."""
    with log.topic_like_the_log(settings) as topic:
        order = {
            "kafka": settings.kafka_bootstrap,
            "postgres": settings.postgres_dsn,
            "profile": str(settings.profiles[0]),
            "topic": topic,
            "events": EVENTS,
        }
        assert runner.measured({**order, "what": "publish"})[0] == EVENTS
        yield order


async def test_the_audit_accepts_the_streams_of_the_bulk_writer(settings: Settings) -> None:
    with filled(settings) as order:
        report = await audit(settings, Scope(topics=(str(order["topic"]),), log_only=True))
        assert (report.ok, report.events) == (True, EVENTS)


@pytest.mark.parametrize("name", log.PROJECTIONS)
def test_the_hand_written_loop_writes_the_rows_of_the_rebuild(settings: Settings, name: str) -> None:
    with filled(settings) as order, psycopg.connect(settings.postgres_dsn, autocommit=True) as db:
        try:
            for what in ("handmade", "rebuild"):
                assert runner.measured({**order, "what": what, "projection": name})[0] == EVENTS
            projection = runner.copy_of(name, str(order["topic"]))
            (build,) = builds.of(db, projection.name)
            made = rows(db, ReadModel(projection, build.build, build.schema))
            by_hand = rows(db, ReadModel(projection, 0, f"bench_hand_{name}"))
            assert made
            assert made == by_hand
        finally:
            runner.forget(settings.postgres_dsn)


def rows(db: psycopg.Connection[tuple[object, ...]], model: ReadModel) -> list[Line]:
    """The rows of a table, without how far streams are folded: the loop keeps no book of that."""
    return [line for line in lines(db, model) if line.key.startswith(b"[0,")]


def test_every_figure_stands_beside_what_it_is_compared_with(settings: Settings) -> None:
    told: list[str] = []
    figures = list(log.measure(settings, [1_000], told.append))
    named = {figure.name.removeprefix("log: ").removesuffix(", 1000"): figure for figure in figures}
    compared = {name for name, figure in named.items() if figure.ratio is not None}
    assert compared == {
        "publish",
        *(f"rebuild {name}" for name in log.PROJECTIONS),
        "rebuild statistics against quix",
    }
    for figure in figures:
        assert figure.value > 0
        if figure.ratio is not None:
            assert figure.limit
            assert figure.ratio == pytest.approx(figure.value / figure.limit, rel=0.01)
    assert {"poll", "quix fold"} <= named.keys() - compared
    assert any("quix" in words for words in told)
