"""Prints lists of projects, and the whole record of one, for a person at a terminal."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from events.catalogue.connection_events import Officer
from projections.api.prestart import in_order
from projections.api.prestart_record import FieldRecord, ProjectRecord
from projections.api.prestart_views import ProjectsView
from projections.prestart import rows
from projections.prestart.state import ProjectState
from workflows.policy.model import Policy
from workflows.policy.progress import Progress

_WHOLE = ("number", "light", "slack", "expected", "stage", "planned", "begun", "done")
"""What is not broken into lines."""

_COLOURS = {"red": "red", "yellow": "yellow", "green": "green"}


def print_list(view: ProjectsView, policy: Policy, out: Console) -> None:
    """Print a list with its age, two lines a project so that nothing is cut off; days are local."""
    zone = ZoneInfo(policy.timezone)
    grid = _grid("number", "project", "light", "slack", "expected", "differs")
    for one in view.projects:
        light = one.ended or one.light or "-"
        colour = None if one.ended else _COLOURS.get(light)
        grid.add_row(
            one.number + (f"\n[dim]said {_day(one.told_at, zone)}[/]" if one.told_at else ""),
            f"{escape(one.name)}\n[dim]{escape(getattr(one.region_name, policy.languages[0]))}[/]",
            (f"[{colour}]{light}[/]" if colour else light)
            + f"\n[dim]{one.stage}{' (gone)' if one.gone else ''}[/]",
            "" if one.slack_days is None else f"{one.slack_days} d",
            str(one.expected_on or ""),
            str(one.conflicts or ""),
        )
    out.print(grid)
    newest = view.fresh.newest_event_at
    told = f"; newest event {newest:%Y-%m-%d %H:%M} UTC" if newest else ""
    out.print(f"{len(view.projects)} of {view.matching} shown{told}.", style="dim")


def print_record(record: ProjectRecord, policy: Policy, out: Console) -> None:
    """Print a whole record."""
    state, zone = ProjectState.model_validate(record.state), ZoneInfo(policy.timezone)
    out.print(f"[bold]{record.number}[/] {escape(_text(record.fields.get('project_name')))}")
    for line in (*_light(record), *_standing(state, record, zone)):
        out.print(escape(line), highlight=False)
    _table(out, "What is known", _known(record, zone), ("field", "value", "source", "changed", "told"))
    _table(out, "Where sources differ", _differing(record, zone), ("field", "value", "source", "changed"))
    _table(out, "Before", _before(record, zone), ("field", "value", "source", "changed", "until"))
    _table(out, "Works", _works(record, zone), ("stage", "planned", "begun", "done"))
    _table(out, "Visits", _visits(record, zone), ("when", "by", "about", "how"))
    _table(out, "Handed over", _hands(state, zone), ("from", "seat", "before", "after", "why"))
    _table(out, "Applications", _links(state), ("number", "found by", "state", "days saved"))
    for pair in record.candidates:
        out.print(f"perhaps one: {pair.first} and {pair.second} (same {' and '.join(pair.matched_by)})")
    for place, note in record.notes.items():
        out.print(f"{place}: {escape(note) if note is not None else '(erased)'}", highlight=False)


def _light(record: ProjectRecord) -> Iterable[str]:
    told = record.light
    if told is not None and told.light is not None:
        yield (
            f"{told.light} since {told.since}: today {told.left_days} days until {told.expected_on}, "
            f"works need {told.needed_days}, slack {told.slack_days}"
        )


def _standing(state: ProjectState, record: ProjectRecord, zone: ZoneInfo) -> Iterable[str]:
    if state.decision and state.decision.into:
        yield f"goes on under {state.decision.into}, decided by {state.decision.decided_by}"
    if record.joined:
        yield f"goes on here: {', '.join(record.joined)}"
    if feeds := rows.records(state):
        newest = {one.feed: one for one in reversed(feeds)}.values()
        told = (
            f"{one.feed} {_day(one.gone_at or one.row_at, zone)}" + (" (gone)" if one.gone_at else "")
            for one in newest
        )
        yield f"feeds, as of: {', '.join(told)}"
    if state.team:
        officers = [state.team.manager, *state.team.engineers, state.team.supervisor]
        yield "team: " + ", ".join(f"{one.name} ({one.staff_id}, {one.role.en})" for one in officers)
    if state.substation:
        yield f"substation {state.substation.substation}: enough {state.substation.enough}"
    yield from _done(record.progress, zone)
    for one in state.escalations:
        yield f"{one.light} light told to {one.to.name} ({one.to.staff_id}) on {_day(one.at, zone)}"
    if state.ended:
        under = f" with {state.ended.under}" if state.ended.under else ""
        yield f"ended {state.ended.ending}{under} at {_day(state.ended.at, zone)}"
    if state.dismissed:
        yield "not the same as " + ", ".join(state.dismissed)


def _done(progress: Progress, zone: ZoneInfo) -> Iterable[str]:
    """What was done, for those too that were joined to it."""
    if progress.temporary:
        yield f"temporary supply {progress.temporary.capacity_kva} kVA from {progress.temporary.from_on}"
    for line, relocation in progress.relocations.items():
        yield f"line {line}: relocation {relocation.state}"
    if progress.milestones:
        yield "milestones: " + ", ".join(
            f"{name} {_day(one.at, zone)}" for name, one in progress.milestones.items()
        )
    if progress.spent:
        parts = ", ".join(f"{on} {amount}" for on, amount in progress.spent.items())
        yield f"spent {progress.spent_cny} yuan ({parts})"


def _visits(record: ProjectRecord, zone: ZoneInfo) -> list[tuple[str, ...]]:
    """Each visit, the newest first; what was noted there stands below, under its place."""
    return [
        (_moment(one.at, zone), one.by, one.purpose, "photographs or video" if one.remote else "on site")
        for one in reversed(record.progress.visits)
    ]


def _known(record: ProjectRecord, zone: ZoneInfo) -> list[tuple[str, ...]]:
    return [
        (name, _text(one), _source(one), _moment(one.row_at, zone), _moment(one.told_at, zone))
        for name, one in record.fields.items()
    ]


def _differing(record: ProjectRecord, zone: ZoneInfo) -> list[tuple[str, ...]]:
    return [
        (name, _text(one), _source(one), _moment(one.row_at, zone))
        for name, every in record.conflicts.items()
        for one in every
    ]


def _before(record: ProjectRecord, zone: ZoneInfo) -> list[tuple[str, ...]]:
    return [
        (name, _text(one), _source(one), _moment(one.row_at, zone), _moment(one.until, zone))
        for name, every in record.history.items()
        for one in every
        if one.until is not None
    ]


def _works(record: ProjectRecord, zone: ZoneInfo) -> list[tuple[str, ...]]:
    return [
        (
            stage,
            f"{one.scheduled.starts_on} to {one.scheduled.ends_on}" if one.scheduled else "",
            _day(one.begun.at, zone) if one.begun else "",
            _day(one.finished.at, zone) if one.finished and one.done else "",
        )
        for stage, one in in_order(record.progress.works)
    ]


def _hands(state: ProjectState, zone: ZoneInfo) -> list[tuple[str, ...]]:
    return [
        (_moment(one.at, zone), one.role, _person(one.before), _person(one.after), one.why)
        for one in state.hands
    ]


def _person(officer: Officer) -> str:
    return f"{officer.name} ({officer.staff_id})"


def _links(state: ProjectState) -> list[tuple[str, ...]]:
    return [
        (
            number,
            one.by or "",
            ", ".join(one.states) if one.holds else "unlinked",
            str(one.saved.days) if one.saved else "",
        )
        for number, one in state.applications.items()
    ]


def _table(out: Console, title: str, rows: list[tuple[str, ...]], heads: tuple[str, ...]) -> None:
    if not rows:
        return
    out.print(f"\n[bold]{title}[/]")
    grid = _grid(*heads)
    for row in rows:
        grid.add_row(*(escape(cell) for cell in row))
    out.print(grid)


def _grid(*heads: str) -> Table:
    grid = Table(box=None, header_style="bold", pad_edge=False)
    for head in heads:
        grid.add_column(head, no_wrap=head in _WHOLE, overflow="fold")
    return grid


def _text(one: FieldRecord | None) -> str:
    if one is None:
        return ""
    return _plain(one.value)


def _plain(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "; ".join(_plain(part) for part in value)
    if hasattr(value, "model_dump"):
        return " ".join(str(part) for part in value.model_dump(mode="json").values())
    return str(value)


def _source(one: FieldRecord) -> str:
    if one.feed is None:
        return "agreed with the customer"
    return f"{one.feed} {one.record}" + (" (gone)" if one.gone else "")


def _day(moment: datetime, zone: ZoneInfo) -> str:
    """A local day."""
    return f"{moment.astimezone(zone):%Y-%m-%d}"


def _moment(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else ""
