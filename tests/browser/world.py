"""A world to look at: the demo's working day through real case files and real folds, without broker and
engine."""

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from deploy import read_models
from deploy.demo.day import working_day
from deploy.demo.facts import SOURCE
from deploy.profiles.loader import load_profile
from events.catalogue import connection_facts as facts
from events.catalogue.registry import FACT_MODELS
from events.cloudevents import read_structured
from events.envelope import Event, Head, read_time, seal
from events.personal import SealedValue, personal_fields
from events.topics import CONNECTION
from projections import books, builds, store
from projections.contact.fold import Contact
from projections.progress.fold import Progress
from projections.projection import Key, Logged, Projection, Row
from projections.statistics.fold import Statistics
from projections.timeline.fold import Timeline
from workflows.casefile import CaseFile
from workflows.connection import HighVoltageConnection, LowVoltageConnection
from workflows.messages import FactMessage
from workflows.opening import open_case
from workflows.policy.model import Policy
from workflows.run import CaseRun

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"hainan": ROOT / "deploy/profiles/hainan", "midwest": ROOT / "tests/profiles/midwest"}
TABLES = (
    "projections/sql/000_engine.sql",
    "projections/sql/001_builds.sql",
    "activities/sql/001_roots.sql",
    "workflows/intake/sql/001_intake.sql",
)
NOW = datetime(2026, 9, 15, 2, 41, tzinfo=UTC)
"""A Tuesday, 10:41 in Haikou."""

_WAIT = timedelta(seconds=20)
_LIFECYCLES: dict[str, type[CaseRun]] = {
    "HighVoltageConnection": HighVoltageConnection,
    "LowVoltageConnection": LowVoltageConnection,
}


@cache
def policy(profile: str) -> Policy:
    """A profile as it is shipped."""
    return load_profile(FOLDERS[profile])


def make_tables(db: psycopg.Connection[Any]) -> None:
    """Create the read models."""
    for name in TABLES:
        db.execute((ROOT / name).read_bytes())
    read_models.ensure(db)


def fill(db: psycopg.Connection[Any], events: Iterable[Event]) -> None:
    """Fold events into all read models, replacing what was there."""
    logged = [Logged(event, CONNECTION, 0, offset, NOW) for offset, event in enumerate(events)]
    for projection in (Progress(), Statistics(), Contact(), Timeline()):
        (model,) = builds.kept_up(db, projection)
        db.execute(f"TRUNCATE {model.schema}.{projection.table.name}")
        db.execute("DELETE FROM projections.partition_offset WHERE build = %s", (model.build,))
        with db.transaction():  # as in the engine: rows pass through a table that lasts so long
            store.write(db, model, _folded(projection, logged), set())
        books.start(db, model, {0: 0})
        if logged:
            newest = max(one.event.time for one in logged)
            books.advance(db, model, {0: books.Move(0, len(logged), newest)})


def hainan_day(applications: int) -> list[Event]:
    """Return the log of a working day: only what is applied, in the order of the applications' numbers."""
    if not applications:
        return []
    by_subject: dict[str, list[FactMessage]] = defaultdict(list)
    for fed in working_day(policy("hainan"), 7, 1, NOW, applications):
        if fed.event is not None and fed.expect == "applied":
            by_subject[fed.subject].append(_message(fed.body))
    stories = sorted(by_subject.values(), key=lambda story: min(fact.time for fact in story))
    return [
        event
        for place, story in enumerate(stories, start=1)
        for event in events_of("hainan", f"HN-2026-{place:06d}", story)
    ]


def midwest_queue(applications: int) -> list[Event]:
    """Return the log of a queue of the second profile: applied, then energised, withdrawn or still
    waiting."""
    rng = Random(11)  # noqa: S311 - drawn, not secret
    states = [region.code for region in policy("midwest").regions]
    found: list[Event] = []
    for place in range(1, applications + 1):
        begun = NOW - timedelta(days=rng.randint(200, 4000))
        submitted = {
            "region": rng.choice(states),
            "customer_type": "enterprise",
            "usage": "generation",
            "voltage_kv": rng.choice(("69", "138", "345")),
            "capacity_kva": str(rng.randint(5, 400) * 1000),
            "channel": "queue",
        }
        story = [_fact(f"{place}:1", facts.ApplicationSubmitted.type, begun, submitted)]
        ending = rng.choice((facts.Energised.type, facts.Withdrawn.type, None))
        if ending:
            story.append(_fact(f"{place}:2", ending, begun + timedelta(days=rng.randint(20, 190)), {}))
        found += events_of("midwest", f"MW-{begun.year}-{place:06d}", story)
    return found


def events_of(profile: str, number: str, story: list[FactMessage], now: datetime = NOW) -> list[Event]:
    """Return what a case says about its facts, sealed and numbered as its run would."""
    told = sorted(story, key=lambda fact: (not FACT_MODELS[fact.type].opens, fact.time))
    name, start = open_case(policy(profile), told[0], number, _WAIT, _WAIT)
    lifecycle = _LIFECYCLES[name]
    bare: CaseRun = object.__new__(lifecycle)
    file = CaseFile(start, bare.process, lifecycle.step_facts, now)
    events = list(_said(file, number, Head()))
    for fact in told[1:]:
        file.take(fact, now)
        events += _said(file, number, _head(events))
    file.judge(now)
    return [*events, *_said(file, number, _head(events))]


def sealed(text: str) -> SealedValue:
    """Return a value that looks sealed; `unsealed` reads it back."""
    return SealedValue(kid="test", nonce="AAAA", ct=base64.b64encode(text.encode()).decode())


async def unsealed(subject: str, field: str, value: SealedValue) -> str | None:
    """Open what `sealed` closed; a value of the kid `gone` was erased."""
    return None if value.kid == "gone" else base64.b64decode(value.ct).decode()


def _message(body: bytes) -> FactMessage:
    event = read_structured(body)
    return _fact(
        event.attributes["id"], event.attributes["type"], read_time(event.attributes["time"]), event.data
    )


def _fact(name: str, kind: str, at: datetime, data: dict[str, Any]) -> FactMessage:
    """A fact as intake hands it on: its personal fields sealed."""
    model = FACT_MODELS[kind]
    closed = {field: sealed(data[field]) for field in personal_fields(model) if data.get(field)}
    checked = model.model_validate({**data, **closed}).model_dump(mode="json", exclude_none=True)
    return FactMessage(source=SOURCE, id=name, type=kind, time=at, data=checked)


def _said(file: CaseFile, number: str, head: Head) -> Iterator[Event]:
    drained = seal(
        head,
        [one.draft for one in file.state.queue],
        source=file.start.source,
        subject=number,
        correlationid=number,
        policyversion=file.start.policy.policy_version,
    )
    for one, event in zip(file.state.queue, drained, strict=True):
        if one.key in file.state.spoken:
            file.state.spoken[one.key].sequence = event.number
    file.state.queue.clear()
    yield from drained


def _head(events: list[Event]) -> Head:
    return Head(sequence=events[-1].number, hash=events[-1].hash)


def _folded(projection: Projection, logged: list[Logged]) -> dict[Key, Row]:
    rows: dict[Key, Row] = {}
    for start in range(0, len(logged), 500):
        part = logged[start : start + 500]
        asked = set(projection.keys(part))
        rows.update(projection.fold({key: rows[key] for key in asked if key in rows}, part))
    return rows
