"""The pictures of a key project: its stages as a line, its load by year, its works as bars."""

from datetime import date
from typing import NamedTuple

from projections.api.prestart_views import LoadView, ProjectView, WorksView
from projections.site.diagram import Drawing, Node
from projections.site.words import Words

STAGES = ("lead", "approved", "land_granted", "permitted", "construction")
"""What lies on the line; behind it is the meter."""

WIDTH = 340.0
_YEAR, _VALUE, _ROW = 46.0, 92.0, 30.0
_STEP, _TOP = 46.0, 24.0


class LoadBar(NamedTuple):
    """A year's load: where its row begins, and how long its bar is."""

    year: int
    capacity_kva: float
    y: float
    length: float


class WorksBar(NamedTuple):
    """A stage of the works; a piece is (from, length), absent where there is no date. `open`: still under
    way."""

    works: WorksView
    y: float
    planned: tuple[float, float] | None
    real: tuple[float, float] | None
    open: bool


class WorksPicture(NamedTuple):
    """The works on one axis of days, from `first` to `last`; the marks lie within it, its days below."""

    bars: tuple[WorksBar, ...]
    height: float
    first: date
    last: date
    today_x: float
    expected_x: float | None
    today_end: bool
    expected_end: bool


def stage_line(project: ProjectView, words: Words) -> Drawing:
    """Return how far a project is as a one-line diagram: lit when it is in service, ended when cancelled."""
    stage = project.fields.stage
    reached = {step.code: step.on for step in project.stages}
    energised = stage == "in_service" or bool(project.ended and project.ended.ending == "energised")
    cancelled = stage == "cancelled" or bool(project.ended and project.ended.ending == "cancelled")
    here = _place(project, energised=energised, cancelled=cancelled)
    nodes = [
        Node(
            words(f"project_stage.{code}"),
            words.short_day(reached[code]) if code in reached and place <= here else "",
            "next" if place > here else "done" if place < here or cancelled or energised else "now",
        )
        for place, code in enumerate(STAGES)
    ]
    if cancelled:
        ended = project.ended.on if project.ended else reached.get("cancelled")
        note = words.short_day(ended) if ended else ""
        nodes = [*nodes[: here + 1], Node(words("project_stage.cancelled"), note, "ended")]
    return Drawing(
        source=project.substation.substation if project.substation else words("project.line.source"),
        meter=words("project.line.meter"),
        nodes=tuple(nodes),
        lit=energised,
        broken=cancelled,
    )


def _place(project: ProjectView, *, energised: bool, cancelled: bool) -> int:
    """The place of the stage on the line; of a cancelled project that of the last one reached before."""
    if energised:
        return len(STAGES) - 1
    if cancelled:
        passed = [STAGES.index(step.code) for step in project.stages if step.code in STAGES]
        return passed[-1] if passed else 0
    return STAGES.index(project.fields.stage)


def line_words(drawing: Drawing, words: Words) -> list[str]:
    """Return the line in words, for those who can't see it."""
    told = []
    for node in drawing.nodes:
        key = {"now": "now", "next": "next"}.get(node.state, "done.on" if node.note else "done")
        told.append(
            words(f"project.line.{key}", stage=node.label, **({"day": node.note} if key == "done.on" else {}))
        )
    return told


def load_bars(load: tuple[LoadView, ...]) -> tuple[LoadBar, ...]:
    """Lay the load out by year, the largest as long as there is room."""
    largest = max((one.capacity_kva for one in load), default=0.0)
    return tuple(
        LoadBar(
            one.year,
            one.capacity_kva,
            place * _ROW,
            round((WIDTH - _YEAR - _VALUE) * one.capacity_kva / largest, 1),
        )
        for place, one in enumerate(sorted(load, key=lambda one: one.year))
    )


def works_picture(works: tuple[WorksView, ...], expected: date | None, today: date) -> WorksPicture | None:
    """Lay the works out on an axis of days that holds today, too; None without a date."""
    days = [day for one in works for day in _days(one)]
    if not days:
        return None
    first, last = min(*days, today), max(*days, today, expected or today)
    whole = max((last - first).days, 1)

    def x(day: date) -> float:
        return round(WIDTH * (day - first).days / whole, 1)

    def piece(start: date | None, end: date | None) -> tuple[float, float] | None:
        return None if start is None or end is None else (x(start), max(x(end) - x(start), 3.0))

    bars = tuple(
        WorksBar(
            one,
            _TOP + place * _STEP,
            piece(one.planned_from, one.planned_until),
            piece(one.started_on or one.finished_on, one.finished_on or max(today, one.started_on or today)),
            open=one.finished_on is None and one.started_on is not None,
        )
        for place, one in enumerate(works)
    )
    middle = WIDTH / 2
    return WorksPicture(
        bars,
        _TOP + len(bars) * _STEP + 4,
        first,
        last,
        x(today),
        x(expected) if expected else None,
        x(today) > middle,
        bool(expected and x(expected) > middle),
    )


def _days(works: WorksView) -> list[date]:
    every = (works.planned_from, works.planned_until, works.started_on, works.finished_on)
    return [day for day in every if day is not None]
