"""From the rows of the pre-start records to what everybody may see: pure, no database."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_args
from zoneinfo import ZoneInfo

from events.catalogue.base import Text
from events.catalogue.project_facts import Stage, WorksStage, YearlyLoad
from events.catalogue.project_progress import StageWorks
from projections.api import prestart_views as views
from projections.api.names import Names, officer
from projections.api.prestart_lights import light_now, light_view, of_state
from projections.api.prestart_story import story
from projections.api.views import Freshness
from projections.prestart import rows
from projections.prestart.history import histories
from projections.prestart.rows import Said
from projections.prestart.state import LinkState, ProjectState, TeamState
from workflows.policy.clock import local_day
from workflows.policy.intentions import Record
from workflows.policy.model import Policy
from workflows.policy.progress import Progress

Row = Mapping[str, Any]

STAGES: tuple[str, ...] = get_args(Stage)
WORKS: tuple[WorksStage, ...] = get_args(WorksStage)
LIGHTS = ("red", "yellow", "green", "none")
PUBLIC = tuple(views.PublicFields.model_fields)


def project(policy: Policy, row: Row, entries: Iterable[Row], fresh: Freshness) -> views.ProjectView:
    """Return one project with its story and the history of every public field."""
    state = ProjectState.model_validate(row["state"])
    every, zone = list(entries), ZoneInfo(policy.timezone)
    values = rows.values(state)
    told, whole = story(every), state.whole
    position = state.sequence + max((entry["sequence"] for entry in every), default=0)
    return views.ProjectView(
        number=state.number,
        profile=state.profile,
        fresh=fresh.model_copy(update={"newest_event_at": state.last_event_at, "position": position}),
        fields=fields(state, values),
        region_name=Names(policy).region(_region(state, values)),
        feeds=_feeds(policy, state),
        sources=_fields(policy, {name: (said,) for name, said in values.items()}),
        conflicts=_fields(policy, rows.conflicts(state)),
        history=_history(policy, every),
        opened_on=_day(state.opened_at, zone),
        told_at=rows.newest_at(rows.counting(state)),
        gone=_gone(state),
        joined_into=state.joined_into,
        joined=tuple(state.joined_to),
        light=light_view(light_now(policy, of_state(state), local_day(fresh.read_at, policy.timezone))),
        stages=_stages(told, zone),
        works=tuple(_works(stage, one, zone) for stage, one in in_order(whole.works)),
        team=_team(state.team),
        **_arranged(state, whole, zone),
        applications=tuple(
            _link(number, one, zone) for number, one in state.applications.items() if one.holds
        ),
        closed_on=_day(state.closed_at, zone) if state.closed_at else None,
        story=told,
    )


def fields(state: ProjectState, values: Mapping[str, Said]) -> views.PublicFields:
    """Return the public fields as they stand."""
    found = {name: public(values[name].value) for name in PUBLIC if name in values}
    newest = rows.newest(state)
    named = {"project_name": state.number, **found}
    named |= {
        "region": _region(state, values),
        "stage": state.stage or (newest.row.stage if newest else "lead"),
    }
    return views.PublicFields.model_validate(named)


def public(value: Any) -> views.Value:
    """Return a field's value as programs and pages read it: numbers as numbers."""
    if isinstance(value, tuple):
        loads = (one for one in value if isinstance(one, YearlyLoad))
        return tuple(views.LoadView(year=one.year, capacity_kva=float(one.capacity_kva)) for one in loads)
    if isinstance(value, Decimal):
        return float(value)
    assert isinstance(value, bool | date | str)
    return value


def feed_name(policy: Policy, feed: str) -> Text:
    """Return what a feed is called; by its code where the table has it no longer."""
    named = (one.name for one in policy.feeds if one.id == feed)
    return next(named, Text(zh=feed, en=feed))


def _region(state: ProjectState, values: Mapping[str, Said]) -> str:
    return str(values["region"].value) if "region" in values else state.region


def _feeds(policy: Policy, state: ProjectState) -> tuple[views.FeedView, ...]:
    """How new each feed is, the newest first: a record that has left its feed is as new as its leaving."""
    found: dict[str, list[Record]] = {}
    for one in rows.records(state):
        found.setdefault(one.feed, []).append(one)
    told = [
        views.FeedView(
            feed=feed,
            name=feed_name(policy, feed),
            row_at=max(one.gone_at or one.row_at for one in every),
            gone=all(one.gone_at for one in every),
        )
        for feed, every in found.items()
    ]
    return tuple(sorted(told, key=lambda one: (one.row_at, one.feed), reverse=True))


def _gone(state: ProjectState) -> bool:
    every = rows.records(state)
    return bool(every) and all(one.gone_at for one in every)


def _fields(policy: Policy, said: Mapping[str, Iterable[Said]]) -> tuple[views.FieldView, ...]:
    """What is said of each public field, in the order of the allow-list."""
    return tuple(
        views.FieldView(field=name, said=tuple(_said(policy, one) for one in said[name]))
        for name in PUBLIC
        if name in said
    )


def _history(policy: Policy, entries: Iterable[Row]) -> tuple[views.FieldView, ...]:
    found = histories(entries)
    return tuple(
        views.FieldView(field=name, said=tuple(_said(policy, one.said, one.until) for one in found[name]))
        for name in PUBLIC
        if name in found
    )


def _said(policy: Policy, said: Said, until: datetime | None = None) -> views.SaidView:
    return views.SaidView(
        value=public(said.value),
        feed=said.feed,
        feed_name=feed_name(policy, said.feed) if said.feed else None,
        row_at=said.row_at,
        told_at=said.told_at,
        until=until,
        gone=said.gone,
    )


def _stages(told: Iterable[views.StoryView], zone: ZoneInfo) -> tuple[views.StepView, ...]:
    """The stages of the project in the order in which they were reached."""
    reached = [one for one in told if one.event == "stage_reached"]
    return tuple(views.StepView(code=one.detail["stage"], on=_day(one.at, zone)) for one in reversed(reached))


def in_order(works: Mapping[WorksStage, StageWorks]) -> list[tuple[WorksStage, StageWorks]]:
    """Return the stages of the works in the order in which they are built."""
    return [(stage, works[stage]) for stage in WORKS if stage in works]


def _works(stage: str, works: StageWorks, zone: ZoneInfo) -> views.WorksView:
    return views.WorksView(
        stage=stage,
        planned_from=works.scheduled.starts_on if works.scheduled else None,
        planned_until=works.scheduled.ends_on if works.scheduled else None,
        started_on=_day(works.begun.at, zone) if works.begun else None,
        finished_on=_day(works.finished.at, zone) if works.finished and works.done else None,
        before_application=works.before_application,
    )


def _team(team: TeamState | None) -> views.TeamView | None:
    if team is None:
        return None
    return views.TeamView(
        manager=officer(team.manager),
        engineers=tuple(officer(one) for one in team.engineers),
        supervisor=officer(team.supervisor),
    )


def _arranged(state: ProjectState, whole: Progress, zone: ZoneInfo) -> dict[str, Any]:
    """What was arranged around the project, and how it ended."""
    station, supply, ended = state.substation, whole.temporary, state.ended
    return {
        "substation": views.SubstationView(
            substation=station.substation,
            needed_kva=float(station.needed_kva) if station.needed_kva else None,
            enough=station.enough,
        )
        if station
        else None,
        "temporary": views.TemporaryView(
            capacity_kva=float(supply.capacity_kva), from_on=supply.from_on, until_on=supply.until_on
        )
        if supply
        else None,
        "relocations": tuple(
            views.StepView(code=one.state, on=_day(one.at, zone)) for one in whole.relocations.values()
        ),
        "milestones": tuple(
            views.StepView(code=code, on=_day(one.at, zone))
            for code, one in sorted(whole.milestones.items(), key=lambda item: item[1].at)
        ),
        "visits": len(whole.visits),
        "last_visit_on": _day(whole.visits[-1].at, zone) if whole.visits else None,
        "visited": tuple(
            views.VisitView(on=_day(one.at, zone), purpose=one.purpose, remote=one.remote)
            for one in reversed(whole.visits)
        ),
        "ended": views.EndView(
            ending=ended.ending, on=_day(ended.at, zone), spent_cny=float(ended.spent_cny), under=ended.under
        )
        if ended
        else None,
    }


def _link(number: str, link: LinkState, zone: ZoneInfo) -> views.LinkView:
    assert link.standing is not None
    saved = link.saved.model_dump() if link.saved else {}
    reached = sorted(link.states, key=lambda state: link.states[state])
    return views.LinkView(
        number=number,
        by=link.by,
        linked_on=_day(link.standing.at, zone),
        state=reached[-1] if reached else None,
        days_saved=saved.get("days"),
        works_started_on=saved.get("works_started_on"),
        accepted_on=saved.get("accepted_on"),
    )


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()
