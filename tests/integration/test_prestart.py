"""Pre-start records on real servers: kept up from their own topic, and built anew from it alike."""

from collections.abc import Iterator

import psycopg
import pytest

from deploy.errors import UserError
from deploy.feed.pages import wait_for_pages
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


_APPLIED = """
INSERT INTO intake.inbox
    (source, id, subject, stream, type, topic, partition, "offset", content_hmac, state, outcome)
VALUES (%s, %s, %s, 'project', 'any', 'any', 0, 0, '', 'final', 'applied')
"""


async def test_who_feeds_a_project_waits_for_its_page(settings: Settings, log: Log) -> None:
    project = Project("HNK-2026-820001").opened(0).works("design", 3, 9)
    (source, name) = str(project.drafts[-1].causationid).split("|")
    with folding(settings, *(keeper(settings, one) for one in (Prestart(), PrestartStory()))):
        log.write(*project.events(), topic=PROJECT)
        # Seen by this connection alone: for everybody else intake has heard nothing of it.
        async with (
            await psycopg.AsyncConnection.connect(settings.postgres_dsn) as conn,
            conn.transaction(force_rollback=True),
        ):
            subject = "INSERT INTO intake.subject (number, profile, stream) VALUES (%s, 'hainan', 'project')"
            await conn.execute(subject, (project.number,))
            await conn.execute(_APPLIED, (source, name, project.number))
            await wait_for_pages(conn, [(source, name)], patience=30)
            await conn.execute(_APPLIED, (source, "told to nobody", project.number))
            with pytest.raises(UserError, match="not on the pages"):
                await wait_for_pages(conn, [(source, "told to nobody")], patience=0.1)
