"""Joining and parting (合并与拆分): a project that goes on under another hands on its rows, its applications
and what was done for it, each change of them too; parted, it takes them back. It ends with the other.

What the other has is compared with what it should have, and the difference told: so it ends right whatever
came between. What came from the other, or through it, is not handed back.
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
from events.catalogue.project_progress import Thing
from events.catalogue.project_sharing_facts import LeadEnded, LeadWentOn, ProgressShared
from events.catalogue.registry import short_name
from workflows import project_applications
from workflows.policy import intentions
from workflows.policy.intentions import Record
from workflows.policy.links import letter_id
from workflows.policy.progress import counting
from workflows.project_state import Ending, ProjectState, Shared

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
        told += _things(state, shared, number, now)
    return [*told, *_endings(state, number, now)]


def ending_of(state: ProjectState, number: str) -> tuple[Ending | None, tuple[str, ...]]:
    """Return how a project has ended, by itself or with the one that it goes on under, and whose end it is:
    that one, then those that the word came through."""
    own = project_applications.ending(state)
    if own is not None:
        return own, (number,)
    word = state.leads.get(state.into) if state.into is not None else None
    if word is not None and word.ending is not None and number not in word.path:
        return word.ending, (*word.path, number)
    return None, ()


def joined_to(state: ProjectState) -> list[str]:
    """Return the projects that go on under this one."""
    told = intentions.counting(state.told, state.parted)
    return sorted({one.origin for one in told if one.origin is not None})


def _endings(state: ProjectState, number: str, now: datetime) -> Iterator[InternalFact]:
    """Those that go on under this one learn of its end, and that it goes on after all; nobody of his own."""
    ending, path = ending_of(state, number)
    for one in joined_to(state):
        known = "" if ending is None or one in path else f"{ending}|{','.join(path)}"
        if state.told_ends.get(one, "") == known:
            continue
        if known and ending is not None:
            state.told_ends[one] = known
            yield letter(state, number, one, now, LeadEnded(lead=number, ending=ending, path=path))
        else:
            del state.told_ends[one]
            yield letter(state, number, one, now, LeadWentOn(lead=number))


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


def _things(state: ProjectState, shared: Shared, number: str, now: datetime) -> Iterator[InternalFact]:
    """Each thing that was done, under the project that it was done for."""
    handed: dict[tuple[str, str], tuple[Thing, tuple[str, ...]]] = {
        (number, name): (thing, ()) for name, thing in state.progress.things()
    }
    for one in counting(state.lent, state.parted):
        if shared.into != one.origin and shared.into not in one.path:
            handed[one.owner, one.name] = one.thing, one.path
    for key in sorted(shared.things.keys() - {"|".join(key) for key in handed}):
        owner, _, name = key.partition("|")
        del shared.things[key]
        nothing = ProgressShared(origin=number, owner=owner, name=name, thing=Thing())
        yield letter(state, number, shared.into, now, nothing)
    for (owner, name), (thing, path) in sorted(handed.items(), key=lambda one: one[0]):
        mark = digest({"thing": thing.model_dump(mode="json", exclude_none=True)})
        if shared.things.get(f"{owner}|{name}") != mark:
            shared.things[f"{owner}|{name}"] = mark
            told = ProgressShared(origin=number, owner=owner, name=name, thing=thing, path=(*path, number))
            yield letter(state, number, shared.into, now, told)


def _applications(state: ProjectState, shared: Shared, number: str, now: datetime) -> Iterator[InternalFact]:
    own = {
        one: link
        for one, application in sorted(state.applications.items())
        if (link := application.standing_without(shared.into)) is not None
    }
    for one in sorted(shared.applications.keys() - own.keys()):
        del shared.applications[one]
        yield letter(state, number, shared.into, now, ApplicationUnlinked(number=one))
    for one, link in own.items():
        application = state.applications[one]
        if one not in shared.applications:
            shared.applications[one] = ""
            by = link.by or "person"
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
        id=letter_id(number, state.sent, short_name(told.type)),
        type=told.type,
        time=at,
        data=told.model_dump(mode="json", exclude_none=True),
    )
