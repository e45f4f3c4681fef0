"""A read model built anew beside the one that is shown, compared with it, shown in its place."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.processes.projector import keeper
from deploy.read_models import tables_of
from deploy.settings import Settings, save_settings
from projections import builds, holes, rebuild
from projections.builds import BuildError
from projections.dump import lines
from projections.progress.fold import Progress
from projections.projection import ReadModel
from projections.rebuild import Rebuild, Step
from projections.timeline.fold import Timeline
from tests.integration.projecting import Log, folding, until
from tests.unit.projections.logs import events_of
from tests.unit.workflows.telling import factory, household


@pytest.fixture
def log(settings: Settings) -> Iterator[Log]:
    one = Log(settings)
    yield one
    one.close()


def anew(
    settings: Settings,
    projection: Progress | Timeline,
    show: rebuild.Show = lambda _: None,
    batch_events: int = rebuild.BATCH_EVENTS,
) -> Rebuild:
    servers = settings.kafka_bootstrap, settings.postgres_dsn
    return Rebuild(projection, tables_of(projection), *servers, show, batch_events)


PAGE = "SELECT string_agg(to_jsonb(a)::text, '' ORDER BY number) FROM progress.application a"
"""All that a page could read."""


class Watched(psycopg.Connection[Any]):
    """Lets somebody else look at the page after every statement."""

    look: Callable[[], None]

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        """Execute, then let look."""
        cursor = super().execute(*args, **kwargs)
        self.look()
        return cursor


def caught_up(log: Log, projection: str, number: str, length: int) -> bool:
    return log.position(number, projection)[0] == length


def test_the_page_shows_the_old_build_until_the_new_one_takes_over_at_once(
    settings: Settings, log: Log
) -> None:
    events = events_of(factory(), "HN-2026-810001")
    seen: list[str] = []

    def page(_: Step) -> None:
        seen.append(log.ask(PAGE)[0][0])

    with folding(settings, keeper(settings, Progress())):
        log.write(*events)
        until(lambda: caught_up(log, "progress", events[0].subject, len(events)))
        before = log.shown(Progress())
        shown, read = log.dump(Progress()), log.ask(PAGE)[0][0]
        # In small batches, so that the page is looked at while the new build is half made, too.
        result = anew(settings, Progress(), page, batch_events=5).run(clean=True)
        assert result.comparison is not None
        assert result.comparison.differences == 0, result.comparison.examples
        assert result.comparison.digests[0] == result.comparison.digests[1]
        assert log.shown(Progress()).build == before.build
        assert len(seen) > 2
        assert set(seen) == {read}
        with pytest.raises(BuildError, match="is live"):
            builds.drop(log.db, "progress", before.build)
        builds.switch(log.db, "progress", result.build.build)
        assert log.shown(Progress()).build == result.build.build
        assert log.dump(Progress()) == shown
        builds.drop(log.db, "progress", before.build)
        log.write(*events_of(household(), "HN-2026-810002"))  # the projector goes on with the new one
        until(lambda: caught_up(log, "progress", "HN-2026-810002", len(events_of(household()))))
    assert log.ask("SELECT count(*) FROM pg_namespace WHERE nspname = %s", before.schema) == [(0,)]


def test_at_every_moment_of_a_switch_the_page_reads_all_rows_or_waits(settings: Settings, log: Log) -> None:
    events = events_of(factory(), "HN-2026-810007")
    seen: list[str] = []

    def look() -> None:
        with contextlib.suppress(psycopg.errors.LockNotAvailable):  # it waits for the switch
            seen.append(log.ask(PAGE)[0][0])

    with folding(settings, keeper(settings, Progress())):
        log.write(*events)
        until(lambda: caught_up(log, "progress", events[0].subject, len(events)))
        build = anew(settings, Progress()).run(clean=True).build.build
    read = log.ask(PAGE)[0][0]
    log.db.execute("SET lock_timeout = '50ms'")
    with Watched.connect(settings.postgres_dsn, autocommit=True) as db:
        db.look = look
        builds.switch(db, "progress", build)
    assert log.shown(Progress()).build == build
    assert len(seen) > 3
    assert set(seen) == {read}


def test_a_row_that_is_not_what_the_log_says_is_found_and_not_shown_unasked(
    settings: Settings, log: Log
) -> None:
    events = events_of(household(), "HN-2026-810003")
    with folding(settings, keeper(settings, Progress())):
        log.write(*events)
        until(lambda: caught_up(log, "progress", events[0].subject, len(events)))
        log.db.execute("UPDATE progress.application SET region = '460200' WHERE number = 'HN-2026-810003'")
        result = anew(settings, Progress()).run(clean=True)
        assert result.comparison is not None
        assert result.comparison.differences == 1
        assert "460200" in result.comparison.examples[0]
        with pytest.raises(BuildError, match="1 rows"):
            builds.switch(log.db, "progress", result.build.build)
        until(lambda: not _behind(log, result.build.build))
        builds.switch(log.db, "progress", result.build.build, differing=True)
    [(region,)] = log.ask("SELECT region FROM progress.application WHERE number = 'HN-2026-810003'")
    assert region != "460200"


def test_another_version_may_differ_and_is_shown_all_the_same(settings: Settings, log: Log) -> None:
    events = events_of(household(), "HN-2026-810008")
    with folding(settings, keeper(settings, Progress())):
        log.write(*events)
        until(lambda: caught_up(log, "progress", events[0].subject, len(events)))
        log.db.execute("UPDATE progress.application SET region = '460200' WHERE number = 'HN-2026-810008'")
        before = log.shown(Progress()).build
        first = anew(settings, Progress()).run(clean=True)
        assert first.wrong
        log.db.execute(
            "UPDATE projections.build SET version = version - 1 WHERE projection = 'progress' AND build = %s",
            (before,),
        )
        result = anew(settings, Progress()).run(clean=True)
        assert result.comparison is not None
        assert result.comparison.differences == 1
        assert not result.wrong
        until(lambda: not _behind(log, result.build.build))
        builds.switch(log.db, "progress", result.build.build)
    assert log.shown(Progress()).build == result.build.build
    assert log.ask("SELECT region FROM progress.application WHERE number = 'HN-2026-810008'") != [("460200",)]
    for build in (before, first.build.build):  # or they would be kept up beside what later tests look at
        builds.drop(log.db, "progress", build)


def _behind(log: Log, build: int) -> bool:
    (one, other) = log.ask(
        "SELECT sum(next_offset) FILTER (WHERE build = %s), max(l.shown) FROM projections.partition_offset,"
        " (SELECT sum(next_offset) AS shown FROM projections.live_offset WHERE projection = 'progress') l"
        " WHERE projection = 'progress'",
        build,
    )[0]
    return bool(one < other)


def test_a_build_that_lacks_what_is_shown_is_not_switched_to(settings: Settings, log: Log) -> None:
    events = events_of(household(), "HN-2026-810004")
    result = anew(settings, Progress()).run(clean=True)  # no projector runs: nobody keeps it up
    partition, offset = next(iter(sorted(_offsets(log).items())))
    log.db.execute(
        "UPDATE projections.partition_offset SET next_offset = %s WHERE build = %s AND partition = %s",
        (offset + 1, log.shown(Progress()).build, partition),
    )
    with pytest.raises(BuildError, match="behind"):
        builds.switch(log.db, "progress", result.build.build)
    log.db.execute(
        "UPDATE projections.partition_offset SET next_offset = %s WHERE build = %s AND partition = %s",
        (offset, log.shown(Progress()).build, partition),
    )
    builds.drop(log.db, "progress", result.build.build)
    assert events


def _offsets(log: Log) -> dict[int, int]:
    return dict(
        log.ask("SELECT partition, next_offset FROM projections.live_offset WHERE projection = 'progress'")
    )


def test_a_rebuild_killed_half_way_is_gone_on_with(settings: Settings, log: Log, tmp_path: Path) -> None:
    events = [event for place in range(40) for event in events_of(factory(), f"HN-2026-8110{place:02d}")]
    with folding(settings, keeper(settings, Timeline())):
        log.write(*events)
        numbers = {event.subject: event.number for event in events}
        until(lambda: all(caught_up(log, "timeline", *one) for one in numbers.items()), 60)
        save_settings(settings, tmp_path / "settings.json")
        program = [sys.executable, "-m", "tests.integration.dying_rebuild", str(tmp_path / "settings.json")]
        assert subprocess.run(program, check=False).returncode == -signal.SIGKILL
        left = [one for one in builds.of(log.db, "timeline") if one.state == builds.BUILDING]
        folded = sum(1 for _ in lines(log.db, ReadModel(Timeline(), left[0].build, left[0].schema)))
        assert 0 < folded < len(log.dump(Timeline()))
        result = anew(settings, Timeline()).run()
    assert result.resumed
    assert result.build.build == left[0].build
    assert result.events < len(log.dump(Timeline()))
    assert result.comparison is not None
    assert result.comparison.differences == 0


def test_a_hole_given_up_is_given_up_in_every_build(settings: Settings, log: Log) -> None:
    events = events_of(factory(), "HN-2026-810005")
    with folding(settings, keeper(settings, Progress())):
        log.write(*events[:5], *events[7:])
        until(lambda: bool(log.ask("SELECT FROM projections.held WHERE subject = %s", events[0].subject)))
        model = log.shown(Progress())
        gap, folded = holes.skip(log.db, model, events[0].subject, "lost with the old system")
        assert (gap.first, gap.last) == (6, 7)
        assert folded > 0
        until(lambda: caught_up(log, "progress", events[0].subject, len(events)))
        log.write(*events[5:7])  # too late: it counts as seen
        until(lambda: log.position(events[0].subject)[1] == 2)
        result = anew(settings, Progress()).run(clean=True)
    assert result.comparison is not None
    assert result.comparison.differences == 0, result.comparison.examples
    reasons = log.ask("SELECT reason FROM projections.skip WHERE subject = %s", events[0].subject)
    assert reasons == [("lost with the old system",)]
    assert log.findings(events[0].subject) == set()
    with pytest.raises(BuildError, match="Nothing"):
        holes.skip(log.db, model, events[0].subject, "again")


def test_a_build_in_the_making_announces_nobody(settings: Settings, log: Log) -> None:
    with folding(settings, keeper(settings, Progress())), log.listening() as heard:
        log.write(*events_of(household(), "HN-2026-810006"))
        until(lambda: any("HN-2026-810006" in one for one in heard()))
        earlier = len(heard())
        anew(settings, Progress()).run(clean=True)
        assert len(heard()) == earlier
