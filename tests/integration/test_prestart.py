"""Pre-start records on real servers: kept up from their own topic, and built anew from it alike."""

from collections.abc import Iterator

import pytest

from deploy.processes.projector import keeper
from deploy.read_models import tables_of
from deploy.settings import Settings
from events.topics import PROJECT
from projections.prestart.fold import Prestart
from projections.prestart_story.fold import PrestartStory
from projections.rebuild import Rebuild
from tests.integration.projecting import Log, folding, until
from tests.unit.projections.projects import Project

NUMBERS = tuple(f"HNK-2026-81{place:04d}" for place in range(12))


@pytest.fixture
def log(settings: Settings) -> Iterator[Log]:
    one = Log(settings)
    yield one
    one.close()


def stories() -> list[Project]:
    told = []
    for place, number in enumerate(NUMBERS):
        project = Project(number).opened(0, record=f"P-{place}")
        for at in range(1, 20):
            feed, record = ("prov", f"P-{place}") if at % 3 else ("haikou", f"C-{place}")
            project.row(20 - at if at % 4 == 0 else at, since=at, feed=feed, record=record, stage="approved")
        project.works("design", 3, 9).turned(4, "yellow", 12)
        told.append(project)
    return told


def test_records_are_kept_up_and_built_anew_alike(settings: Settings, log: Log) -> None:
    events = [project.events() for project in stories()]
    # Streams interleaved, a part before the projector runs and a part while it does.
    mixed = [event for those in zip(*events, strict=True) for event in those]
    log.write(*mixed[:100], topic=PROJECT)
    projections = (Prestart(), PrestartStory())
    with folding(settings, *(keeper(settings, one) for one in projections)):
        log.write(*mixed[100:], topic=PROJECT)
        whole = {those[0].subject: (len(those), 0) for those in events}
        until(
            lambda: all(
                log.position(number, one.name) == length
                for number, length in whole.items()
                for one in projections
            )
        )
        query = "SELECT conflicts, light, told_at::date::text FROM prestart.project WHERE number = ANY(%s)"
        assert log.ask(query, list(NUMBERS)) == [([], "yellow", "2026-01-24")] * len(NUMBERS)
        for one in projections:
            assert log.findings(projection=one.name) == set()
            servers = settings.kafka_bootstrap, settings.postgres_dsn
            result = Rebuild(one, tables_of(one), *servers, lambda _: None, 50).run(clean=True)
            assert result.comparison is not None
            assert (result.comparison.differences, result.comparison.examples) == (0, [])
            assert result.comparison.rows >= len(NUMBERS)
