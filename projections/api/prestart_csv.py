"""Projects as a table for spreadsheets (RFC 4180, UTF-8 with its mark, so that they read Chinese)."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from events.catalogue.project_progress import StageWorks
from projections.api import tables
from projections.api.prestart import in_order
from projections.api.prestart_lights import Turned, light_now, light_view, of_state
from projections.api.prestart_views import ListedProject
from projections.prestart import rows
from projections.prestart.state import SEALED, ProjectState
from workflows.policy.clock import local_day
from workflows.policy.model import Policy

COLUMNS = tuple(name for name in ListedProject.model_fields if name != "region_name")


def table(projects: Iterable[ListedProject]) -> str:
    """Return the public columns of a list, the region by its code and its two names."""
    head = (*COLUMNS, "region_zh", "region_en")
    lines = ([*_cells(one), one.region_name.zh, one.region_name.en] for one in projects)
    return written(head, lines)


def written(head: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    """Return a table with its head."""
    return tables.BOM + "".join(tables.written(line) for line in (head, *lines))


def _cells(one: ListedProject) -> list[Any]:
    return [getattr(one, name) for name in COLUMNS]


def records(policy: Policy, states: Iterable[ProjectState], form: str, now: datetime) -> str:
    """Return whole records for staff: `csv`, a column per field, or `json`, an object a line. Lights and
    slack are those of the day."""
    today = local_day(now, policy.timezone)
    every = [(one, light_now(policy, of_state(one), today)) for one in states]
    if form == "json":
        return "".join(f"{json.dumps(_object(*one), ensure_ascii=False)}\n" for one in every)
    head = (
        "number", "records", *rows.FIELDS, "light", "slack_days", "manager", "engineers", "supervisor",
        "substation", "works", "last_visit", "spent_cny", "applications", "differs", "joined_into", "ended",
    )  # fmt: skip
    return written(head, (_record(*one) for one in every))


def _object(state: ProjectState, light: Turned) -> dict[str, Any]:
    """The stored record, and beside it the light of the day."""
    told, shown = state.model_dump(mode="json", exclude_none=True, exclude=SEALED), light_view(light)
    return {**told, "light_now": shown.model_dump(mode="json") if shown else None}


def _record(state: ProjectState, light: Turned) -> list[Any]:
    values, whole = rows.values(state), state.whole
    return [
        state.number,
        " ".join(f"{one.feed}:{one.record}" for one in rows.records(state)),
        *(_text(values[name].value) if name in values else None for name in rows.FIELDS),
        light.light,
        light.reckoning.slack_days if light.reckoning else None,
        *_team(state),
        state.substation.substation if state.substation else None,
        "; ".join(f"{stage} {_works(one)}" for stage, one in in_order(whole.works)),
        whole.visits[-1].at if whole.visits else None,
        whole.spent_cny,
        " ".join(number for number, one in state.applications.items() if one.holds),
        " ".join(rows.conflicts(state)),
        state.joined_into,
        state.ended.ending if state.ended else None,
    ]


def _team(state: ProjectState) -> list[str | None]:
    team = state.team
    if team is None:
        return [None, None, None]
    return [team.manager.staff_id, " ".join(one.staff_id for one in team.engineers), team.supervisor.staff_id]


def _works(works: StageWorks) -> str:
    return "done" if works.done else "begun" if works.begun else "planned"


def _text(value: Any) -> Any:
    """A list in a cell: loads as `2027 2000; 2028 5000`, an outline as `110.1 20.0; …`."""
    parts = value if isinstance(value, tuple) else (value,)
    if not any(isinstance(part, BaseModel) for part in parts):
        return value
    told = (part.model_dump(mode="json").values() for part in parts)
    return "; ".join(" ".join(str(number) for number in part) for part in told)
