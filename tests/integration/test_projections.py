"""The projection engine on real servers: nothing doubled, nothing missed, one bad record stops nobody."""

import json
import logging
from collections.abc import Iterator

import pytest

from deploy.processes.projector import keeper
from deploy.settings import Settings
from deploy.stack.figures import platform_figures
from events.consumer import Record
from events.envelope import Draft, Event, Head, seal
from events.topics import CONNECTION
from projections import batch, books
from projections.progress.fold import Progress
from tests.integration.projecting import Log, folding, until
from tests.unit.projections.logs import events_of
from tests.unit.workflows.telling import factory, household


@pytest.fixture
def log(settings: Settings) -> Iterator[Log]:
    one = Log(settings)
    yield one
    one.close()


def test_a_stream_is_shown_once_however_often_it_is_delivered(settings: Settings, log: Log) -> None:
    events = events_of(factory(), "HN-2026-800001")
    with folding(settings):
        log.write(*events)
        log.write(*events)
        until(lambda: log.position(events[0].subject) == (len(events), len(events)))
        until(lambda: log.position(events[0].subject, "timeline") == (len(events), len(events)))
    (count,) = log.ask("SELECT count(*) FROM timeline.entry WHERE number = %s", events[0].subject)[0]
    assert count == len(events)


def test_a_hole_holds_its_own_stream_and_no_other_and_is_told(
    settings: Settings, log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    holed, whole = events_of(factory(), "HN-2026-800002"), events_of(household(), "HN-2026-800003")
    with folding(settings):
        until(lambda: "progress" in platform_figures(settings))
        others = platform_figures(settings)["progress"]["held"]  # of other tests' streams
        log.write(*holed[:5], *holed[6:], *whole)
        until(lambda: log.position(whole[0].subject)[0] == len(whole))
        until(lambda: log.position(holed[0].subject)[0] == 5)
        until(lambda: platform_figures(settings)["progress"]["held"] == others + len(holed) - 6)
        log.write(holed[5])
        until(lambda: log.position(holed[0].subject)[0] == len(holed))
    assert log.ask("SELECT count(*) FROM projections.held WHERE subject = %s", holed[0].subject) == [(0,)]
    told = [one for one in caplog.records if getattr(one, "number", None) == holed[0].subject]
    assert told
    assert all(one.levelno == logging.WARNING for one in told)


def test_bytes_that_are_no_event_are_found_and_passed(settings: Settings, log: Log) -> None:
    events = events_of(household(), "HN-2026-800004")
    body = json.loads(events[1].as_bytes())
    forged = [
        {**body, "time": "2020-01-01T00:00:00.000000Z"},
        {**body, "sequence": "second"},
        {**body, "time": "yesterday"},
        {**body, "data": {"n": 2**60}},
        {**body, "data": {"text": "\ud800"}},
        {**body, "data": {"n": 0.1}},
    ]
    with folding(settings, keeper(settings, Progress())):
        log.write_bytes(*((events[0].subject, json.dumps(one).encode()) for one in forged))
        log.write_bytes((events[0].subject, b"not json"), (events[0].subject, b"[" * 100_000))
        log.write(*events)
        until(lambda: log.position(events[0].subject)[0] == len(events))
    assert {"unreadable", "hash_differs"} <= log.findings()


def test_another_content_for_a_known_place_is_found_and_not_shown(settings: Settings, log: Log) -> None:
    first, other = events_of(household(), "HN-2026-800005"), events_of(factory(), "HN-2026-800005")
    with folding(settings, keeper(settings, Progress())):
        log.write(first[0])
        until(lambda: log.position(first[0].subject)[0] == 1)
        log.write(other[0])
        until(lambda: log.position(first[0].subject)[1] == 1)
    assert log.findings(first[0].subject) == {"other_content"}
    assert log.ask("SELECT kind FROM progress.application WHERE number = %s", first[0].subject) == [
        ("lv_res",)
    ]


def test_an_event_that_a_table_refuses_stops_its_own_stream_only(settings: Settings, log: Log) -> None:
    """PostgreSQL keeps no NUL in a text; nothing before it minds."""
    refused, fine = events_of(factory(), "HN-2026-800009"), events_of(household(), "HN-2026-800010")
    with folding(settings):
        log.write(*fine[:2], *refused[:3], *with_nul(refused, 3), *fine[2:])
        until(lambda: log.position(fine[0].subject, "timeline")[0] == len(fine))
        until(
            lambda: log.position(refused[0].subject)[0] == len(refused)
        )  # it keeps no causes: nothing to refuse
    assert log.position(refused[0].subject, "timeline")[0] == 3
    assert log.findings(refused[0].subject, "timeline") == {"unfoldable"}
    assert log.ask("SELECT count(*) FROM projections.held WHERE subject = %s", fine[0].subject) == [(0,)]


def with_nul(events: list[Event], place: int) -> list[Event]:
    """The events from `place` on, the first of them with a character that no table takes, chained anew."""
    drafts = [Draft(type=one.type, time=one.at, data=one.data, causationid=one.causationid) for one in events]
    drafts[place] = drafts[place].model_copy(update={"causationid": "a\x00b"})
    head = Head(sequence=place, hash=events[place - 1].hash)
    return seal(
        head,
        drafts[place:],
        source=events[0].source,
        subject=events[0].subject,
        correlationid=events[0].correlationid,
        policyversion=events[0].policyversion,
    )


def test_an_engine_that_was_overtaken_writes_nothing(settings: Settings, log: Log) -> None:
    events = events_of(household(), "HN-2026-800006")
    model = log.shown(Progress())
    with folding(settings, keeper(settings, Progress())):
        log.write(*events)
        until(lambda: log.position(events[0].subject)[0] == len(events))
    (partition, offset) = max(books.offsets(log.db, model).items(), key=lambda one: one[1])
    stale = Record(CONNECTION, partition, offset - 1, 0, None, b"{}", ())
    with pytest.raises(books.FencedError):
        batch.apply(log.db, model, batch.read([stale], {partition: offset - 1}))
