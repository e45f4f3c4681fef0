"""The log that a story leaves, without a broker: events sealed and numbered as the run does."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from events.envelope import Event, Head, seal
from projections.projection import Key, Logged, Projection, Row
from tests.unit.workflows.telling import Story, day
from workflows.casefile import CaseFile

RECORDED = datetime(2026, 9, 1, tzinfo=UTC)


def events_of(story: Story, number: str = "HN-2026-000001", *, judge_first: bool = False) -> list[Event]:
    """Take the story's facts one by one and return every event that was said, in the order of its stream."""
    file = story.open_file(day(100))
    if judge_first:
        file.judge(day(100))
    events = drain(file, number, Head())
    for fact in story.later:
        file.take(fact, day(100))
        events += drain(file, number, head_of(events))
    return events


def head_of(events: Sequence[Event]) -> Head:
    """Where a stream ends."""
    return Head(sequence=events[-1].number, hash=events[-1].hash)


def drain(file: CaseFile, number: str, head: Head) -> list[Event]:
    """Seal what a case file has to say, after `head`."""
    start = file.start
    sealed = seal(
        head,
        [one.draft for one in file.state.queue],
        source=start.source,
        subject=number,
        correlationid=number,
        policyversion=start.policy.policy_version,
    )
    for one, event in zip(file.state.queue, sealed, strict=True):
        if one.key in file.state.spoken:
            file.state.spoken[one.key].sequence = event.number
    file.state.queue.clear()
    return sealed


def logged(events: Sequence[Event]) -> list[Logged]:
    """Give events places in one partition."""
    return [Logged(event, event.type, 0, offset, RECORDED) for offset, event in enumerate(events)]


def folded(projection: Projection, events: Sequence[Logged], batch: int = 1_000) -> dict[Key, Row]:
    """Fold in batches of this size, loading between them what `keys` asks for, as the engine does."""
    rows: dict[Key, Row] = {}
    for start in range(0, len(events), batch):
        part = events[start : start + batch]
        asked = set(projection.keys(part))
        changes: Mapping[Key, Row] = projection.fold({key: rows[key] for key in asked if key in rows}, part)
        rows.update(changes)
    return rows
