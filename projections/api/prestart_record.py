"""The whole record of a project, for staff: every field with its source, what differs, and what was decided.
Notes and reasons are opened by whoever may; erased ones say so."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from events.personal import SealedValue
from projections.api.prestart_lights import light_now, light_view, of_state
from projections.api.prestart_views import LightView
from projections.api.views import Freshness, View
from projections.prestart import rows
from projections.prestart.history import histories
from projections.prestart.rows import Said
from projections.prestart.state import SEALED, ProjectState
from workflows.policy.clock import local_day
from workflows.policy.model import Policy
from workflows.policy.progress import Progress

Row = Mapping[str, Any]


class FieldRecord(View):
    """A value with its source; `feed` and `record` are absent for what was agreed with the customer."""

    value: Any
    feed: str | None
    record: str | None
    row_at: datetime
    told_at: datetime
    until: datetime | None = None
    gone: bool = False


class Candidate(View):
    """Two projects that are perhaps one; `matched_by`: code, name or both."""

    first: str
    second: str
    matched_by: tuple[str, ...]


class ProjectRecord(View):
    """Everything. `light` is that of the day on which it is read; `progress` what was done, for those too
    that go on under this one (`joined`); `state` the stored state, `notes` the clear text of what is sealed
    in it, by its place (`visit:0`, `ended`), None where it was erased."""

    number: str
    fresh: Freshness
    light: LightView | None
    joined: tuple[str, ...]
    progress: Progress
    fields: dict[str, FieldRecord]
    conflicts: dict[str, tuple[FieldRecord, ...]]
    history: dict[str, tuple[FieldRecord, ...]]
    candidates: tuple[Candidate, ...]
    notes: dict[str, str | None]
    state: dict[str, Any]


def sealed(state: ProjectState) -> Iterator[tuple[str, str, SealedValue]]:
    """Yield what is sealed in a record: its place, the name of its field in the event, the value."""
    for place, visit in enumerate(state.visits):
        if visit.notes is not None:
            yield f"visit:{place}", "notes", visit.notes
    if state.ended is not None and state.ended.reason is not None:
        yield "ended", "reason", state.ended.reason


def record(
    policy: Policy,
    state: ProjectState,
    entries: Iterable[Row],
    fresh: Freshness,
    *,
    candidates: Iterable[Row],
    notes: Mapping[str, str | None],
) -> ProjectRecord:
    """Return the whole record."""
    return ProjectRecord(
        number=state.number,
        fresh=fresh,
        light=light_view(light_now(policy, of_state(state), local_day(fresh.read_at, policy.timezone))),
        joined=tuple(state.joined_to),
        progress=state.whole,
        fields={name: _field(said) for name, said in sorted(rows.values(state).items())},
        conflicts={name: tuple(map(_field, every)) for name, every in rows.conflicts(state).items()},
        history={
            name: tuple(_field(one.said, one.until) for one in every)
            for name, every in sorted(histories(entries).items())
        },
        candidates=tuple(Candidate(**row) for row in candidates),
        notes=dict(notes),
        state=state.model_dump(mode="json", exclude_none=True, exclude=SEALED),
    )


def _field(said: Said, until: datetime | None = None) -> FieldRecord:
    return FieldRecord(**said._asdict(), until=until)
