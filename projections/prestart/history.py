"""The history of every field, as the feeds' own time goes: each value that was ever the newest, who said it,
and until when it held. Read from all that was told, since the record itself keeps only the newest rows."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from events.catalogue import project_events as says
from events.upcasting import read_data
from projections.prestart import changes, rows
from projections.prestart.rows import Said
from projections.prestart.state import PlannedState, ProjectState
from workflows.policy.intentions import Told

TYPES = (says.IntentionRecorded, says.IntentionLeftFeed, says.RowsParted, says.LoadPlanned)
"""What the history is made of."""


class Spell(NamedTuple):
    """A value while it held; `until` is absent for the one that holds."""

    said: Said
    until: datetime | None = None


def histories(entries: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Spell, ...]]:
    """Return the spells of each field, the newest first. `entries`: the events of one project, each with
    `type`, `at`, `data` and `causation`; the order makes no difference.

    The rule is that of the record (`rows.values`), asked at every moment at which a feed, or the customer,
    changed something.
    """
    told, plans = _all(entries)
    spells: dict[str, list[Spell]] = {}
    scratch = _empty()
    newest: dict[tuple[str, str, bool], Told] = {}
    changed: dict[datetime, list[Told | PlannedState]] = {}
    every: list[Told | PlannedState] = [*told, *plans]
    for one in sorted(every, key=lambda one: (_when(one), one.fact)):
        changed.setdefault(_when(one), []).append(one)
    for moment, things in changed.items():
        for one in things:
            if isinstance(one, Told):
                newest[one.feed, one.record, one.row is None] = one
            else:
                scratch.planned = one
        scratch.told = list(newest.values())
        _note(spells, rows.values(scratch), moment)
    return {name: tuple(reversed(those)) for name, those in spells.items()}


def _when(one: Told | PlannedState) -> datetime:
    return one.row_at if isinstance(one, Told) else one.at


def _note(spells: dict[str, list[Spell]], values: Mapping[str, Said], moment: datetime) -> None:
    for name in rows.FIELDS:
        last = spells[name][-1] if name in spells else None
        holds = last is not None and last.until is None
        new = values.get(name)
        if holds and last and (new is None or new.value != last.said.value):
            spells[name][-1] = Spell(last.said, moment)
            holds = False
        if new is not None and not holds:
            spells.setdefault(name, []).append(Spell(new))


def _all(entries: Iterable[Mapping[str, Any]]) -> tuple[list[Told], list[PlannedState]]:
    """Everything that was told and counts, in no order."""
    told: list[Told] = []
    plans: list[PlannedState] = []
    parted = _empty()
    for entry in entries:
        data = read_data(entry["type"], entry["data"])
        if isinstance(data, TYPES):
            alone = _empty().model_copy(update={"fact": entry["causation"] or ""})
            changes.CHANGES[type(data)](
                parted if isinstance(data, says.RowsParted) else alone, data, entry["at"]
            )
            told += alone.told
            plans += [alone.planned] if alone.planned else []
    parted.told = told
    return _once(rows.counting(parted)), plans


def _once(told: Iterable[Told]) -> list[Told]:
    """Without what was told twice, by whatever way: the first telling is when it was known."""
    found: dict[tuple[str, str, datetime, bool], Told] = {}
    for one in sorted(told, key=lambda one: (one.since, one.fact)):  # of one moment the last told counts
        key = one.feed, one.record, one.row_at, one.row is None
        same = key in found and found[key].row == one.row
        since = min(one.since, found[key].since) if same else one.since
        found[key] = one.model_copy(update={"since": since})
    return list(found.values())


def _empty() -> ProjectState:
    never = datetime.min.replace(tzinfo=UTC)
    return ProjectState(
        number="", profile="", policy_version="", region="", opened_at=never, last_event_at=never, sequence=0
    )
