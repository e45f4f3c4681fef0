"""意向信息: folds the events of a key project into its pre-start record, one row per project."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from events.catalogue import project_events as says
from events.envelope import Event
from events.topics import PROJECT
from events.upcasting import read_data
from projections.prestart import matching, rows
from projections.prestart.changes import CHANGES
from projections.prestart.state import ProjectState
from projections.projection import Key, Logged, Row, Table


class Prestart:
    """One row per project: what lists filter by in columns, the whole record beside them."""

    name = "prestart"
    version = 5
    topic = PROJECT
    table = Table(
        "project",
        {"number": "text"},
        (
            "profile", "name", "region", "stage", "light", "light_since", "expected_on", "works",
            "largest_kva", "manager_id", "conflicts", "gone", "joined_into", "ended", "closed_at",
            "match_keys", "dismissed", "opened_at", "tables_on", "told_at", "last_event_at", "sequence",
            "policy_version", "state",
        ),
    )  # fmt: skip

    def keys(self, events: Sequence[Logged]) -> Iterable[Key]:
        """Every stream is one row."""
        return {(one.event.subject,) for one in events}

    def fold(self, rows: Mapping[Key, Row], events: Sequence[Logged]) -> Mapping[Key, Row]:
        """Return the rows of all streams in `events`."""
        states = {key: ProjectState.model_validate(row["state"]) for key, row in rows.items()}
        for one in events:
            key = (one.event.subject,)
            state = _next(states.get(key), one.event)
            if state is not None:
                states[key] = state
        return {key: _row(states[key]) for key in self.keys(events) if key in states}

    def announces(self, changes: Mapping[Key, Row]) -> list[dict[str, Any]]:
        """Tell readers of pages which projects moved."""
        return [
            {
                "profile": row["profile"],
                "number": row["number"],
                "sequence": row["sequence"],
                "projects": True,
            }
            for row in changes.values()
        ]


def _next(state: ProjectState | None, event: Event) -> ProjectState | None:
    """Return the state after `event`. A type that this version does not know changes only the position."""
    data = read_data(event.type, event.data)
    if isinstance(data, says.ProjectOpened):
        return ProjectState(
            number=event.subject,
            profile=event.source.rsplit("/", 1)[-1],
            policy_version=event.policyversion,
            region=data.region,
            opened_at=event.at,
            last_event_at=event.at,
            sequence=event.number,
        )
    if state is None:
        return None
    state.sequence, state.fact, state.source = event.number, event.causationid or "", event.source
    state.policy_version = event.policyversion
    state.last_event_at = max(state.last_event_at, event.at)
    if data is not None and type(data) in CHANGES:
        CHANGES[type(data)](state, data, event.at)
    return state


def _row(state: ProjectState) -> Row:
    said, newest = rows.values(state), rows.newest(state)
    counting = rows.counting(state)
    light, told = state.light, rows.records(state)
    expected, load = said.get("expected_energise_on"), said.get("load")
    columns: dict[str, Any] = {
        "number": state.number,
        "profile": state.profile,
        "name": said["project_name"].value if "project_name" in said else state.number,
        "region": said["region"].value if "region" in said else state.region,
        "stage": state.stage or (newest.row.stage if newest else "lead"),
        "light": light.light if light else None,
        "light_since": light.since if light else None,
        "expected_on": expected.value if expected else None,
        "works": {
            stage: one.model_dump(mode="json", exclude_none=True) for stage, one in state.works.items()
        },
        "largest_kva": str(max(one.capacity_kva for one in load.value)) if load else None,
        "manager_id": state.team.manager.staff_id if state.team else None,
        "conflicts": list(rows.conflicts(state)),
        "gone": bool(told) and all(one.gone_at for one in told),
        "joined_into": state.joined_into,
        "ended": state.ended.ending if state.ended else None,
        "closed_at": state.closed_at,
        "match_keys": matching.keys(one.row for one in told),
        "dismissed": state.dismissed,
        "opened_at": state.opened_at,
        "told_at": rows.newest_at(counting),
        "last_event_at": state.last_event_at,
        "sequence": state.sequence,
        "policy_version": state.policy_version,
        "tables_on": state.amended.day if state.amended else None,
    }
    row = {name: value.isoformat() if isinstance(value, date) else value for name, value in columns.items()}
    row["state"] = state.model_dump(mode="json", exclude_none=True)
    return row
