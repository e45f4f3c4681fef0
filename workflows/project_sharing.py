"""Joining and parting (合并与拆分): a project that goes on under another hands on its rows and applications,
each change of them too; parted, it takes them back.

What the other has is compared with what it should have, and the difference told: so it ends right whatever
came between. A row that came from the other, or through it, is not handed back.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from activities.messages import InternalFact
from events.canonical import digest
from events.catalogue.base import Fact
from events.catalogue.project_facts import (
    ApplicationLinked,
    ApplicationProgressed,
    ApplicationUnlinked,
    RowShared,
    RowsParted,
)
from events.catalogue.registry import short_name
from workflows.policy.intentions import Record
from workflows.project_applications import linked
from workflows.project_state import ProjectState, Shared

_TICK = timedelta(microseconds=1)


def settle(state: ProjectState, number: str, now: datetime) -> list[InternalFact]:
    """Return what other projects must be told now, and remember that they were."""
    told: list[InternalFact] = []
    if state.shared is not None and state.shared.into != state.into:
        left = state.shared
        told += [letter(state, number, left.into, now, RowsParted(origin=number))]
        told += [
            letter(state, number, left.into, now, ApplicationUnlinked(number=one))
            for one in left.applications
        ]
        state.shared = None
    if state.into is not None:
        shared = state.shared or Shared(into=state.into)
        state.shared = shared
        told += [*_rows(state, shared, number, now), *_applications(state, shared, number, now)]
    return told


def _rows(state: ProjectState, shared: Shared, number: str, now: datetime) -> Iterator[InternalFact]:
    handed = {
        f"{one.feed}|{one.record}": one
        for one in state.records
        if shared.into != one.origin and shared.into not in one.path
    }
    for key in sorted(shared.rows.keys() - handed.keys()):
        feed, _, record = key.partition("|")
        del shared.rows[key]
        yield letter(state, number, shared.into, now, RowsParted(origin=number, feed=feed, record=record))
    for key, record_ in sorted(handed.items()):
        row = RowShared(
            origin=number,
            feed=record_.feed,
            row=record_.row,
            row_at=record_.row_at,
            gone_at=record_.gone_at,
            path=(*record_.path, number),
        )
        if shared.rows.get(key) != (mark := _mark(record_)):
            shared.rows[key] = mark
            yield letter(state, number, shared.into, now, row)


def _applications(state: ProjectState, shared: Shared, number: str, now: datetime) -> Iterator[InternalFact]:
    own = linked(state)
    for one in sorted(shared.applications.keys() - set(own)):
        del shared.applications[one]
        yield letter(state, number, shared.into, now, ApplicationUnlinked(number=one))
    for one in own:
        application = state.applications[one]
        assert application.link is not None
        if one not in shared.applications:
            shared.applications[one] = ""
            by = application.link.by or "person"
            yield letter(state, number, shared.into, now, ApplicationLinked(number=one, by=by))
        known = shared.applications[one]
        for name, moment in sorted(application.reached.items()):
            mark = f"{name}@{moment.isoformat()};"
            if mark not in known:
                shared.applications[one] += mark
                told = ApplicationProgressed(number=one, state=name)
                yield letter(state, number, shared.into, now, told, at=moment)


def _mark(record: Record) -> str:
    whole = [record.row.model_dump(mode="json"), record.row_at.isoformat(), str(record.gone_at)]
    return digest({"row": whole})


def letter(
    state: ProjectState, number: str, into: str, now: datetime, told: Fact, *, at: datetime | None = None
) -> InternalFact:
    """A fact to another project. The times of those that this one sends rise, so that of two the later one
    counts there too; `at`: the moment of something that happened elsewhere."""
    state.sent += 1
    if at is None:
        at = now if state.told_at is None else max(now, state.told_at + _TICK)
        state.told_at = at
    return InternalFact(
        subject=into,
        id=f"{number}:{state.sent}:{short_name(told.type)}",
        type=told.type,
        time=at,
        data=told.model_dump(mode="json", exclude_none=True),
    )
