"""The one-line diagram (单线图): an application drawn as the supply that it will become.

Here is the geometry; the templates draw it. Three sizes share one drawing: wide (from the substation on the
left to the
meter on the right), tall (for a telephone), and small (for rows, receipts and the icon).
"""

from typing import Literal, NamedTuple

from projections.site.measure import wrap

NodeState = Literal["done", "now", "late", "paused", "next", "ended"]


class Node(NamedTuple):
    """A step on the line: its name, a short word below it, and how it stands."""

    label: str
    note: str
    state: NodeState


class Mark(NamedTuple):
    """The boundary: `place` on the last span (0 at the last step, 1 at the meter); `red` for the red line
    alone."""

    place: float
    utility: str
    customer: str
    name: str
    red: bool


class Drawing(NamedTuple):
    """What is to be drawn. `lit`: energised; `broken`: withdrawn, the line ends."""

    source: str
    meter: str
    nodes: tuple[Node, ...]
    mark: Mark | None = None
    lit: bool = False
    broken: bool = False


class Span(NamedTuple):
    """A piece of the line between two places on it."""

    start: float
    end: float
    live: bool


class Placed(NamedTuple):
    """A node at its place, its label broken into lines."""

    node: Node
    at: float
    lines: tuple[str, ...]
    notes: tuple[str, ...]


class Layout(NamedTuple):
    """A drawing with places along one axis; the template knows the other."""

    drawing: Drawing
    length: float
    depth: float
    spans: tuple[Span, ...]
    nodes: tuple[Placed, ...]
    source_lines: tuple[str, ...]
    meter_at: float
    mark_at: float | None


_WIDE_LENGTH, _WIDE_START, _WIDE_END = 1000.0, 62.0, 944.0
_TALL_WIDTH, _TALL_START, _TALL_FIRST, _TALL_STEP = 320.0, 46.0, 106.0, 84.0
_TALL_MARK_ABOVE, _TALL_MARK_RANGE, _TALL_MARK_BELOW = 34.0, 48.0, 58.0
_LINE, _NOTE_LINE = 20, 18
_SMALL_START, _SMALL_STEP = 8.0, 26.0
_LAST_SPAN = 1.45
"""The last span holds the boundary mark and its words, so it is longer than a step."""


def wide(drawing: Drawing) -> Layout:
    """Lay a drawing out from left to right on 1000 units."""
    units = len(drawing.nodes) + (0 if drawing.broken else _LAST_SPAN)
    step = (_WIDE_END - _WIDE_START) / units
    places = [_WIDE_START + step * (index + 1) for index in range(len(drawing.nodes))]
    if drawing.broken:
        step = min(step, 200.0)
        places = [_WIDE_START + step * (index + 1) for index in range(len(drawing.nodes))]
    limit = (step - 14) / 15
    nodes = tuple(
        Placed(node, at, wrap(node.label, limit, 3), wrap(node.note, limit * 15 / 13, 2))
        for node, at in zip(drawing.nodes, places, strict=True)
    )
    deepest = max((len(n.lines) * _LINE + len(n.notes) * _NOTE_LINE for n in nodes), default=20)
    return Layout(
        drawing=drawing,
        length=_WIDE_LENGTH,
        depth=118 + deepest,
        spans=_spans(drawing, places, _WIDE_START, _WIDE_END),
        nodes=nodes,
        source_lines=wrap(drawing.source, 7.5, 2),
        meter_at=_WIDE_END,
        mark_at=_mark(drawing, places, _WIDE_END),
    )


def tall(drawing: Drawing) -> Layout:
    """Lay a drawing out from above to below, 320 units wide."""
    places = [_TALL_FIRST + _TALL_STEP * index for index in range(len(drawing.nodes))]
    nodes = tuple(
        Placed(node, at, wrap(node.label, 15, 2), wrap(node.note, 18, 2))
        for node, at in zip(drawing.nodes, places, strict=True)
    )
    end = places[-1] if places else _TALL_START
    mark_at = None
    if drawing.mark and not drawing.broken and nodes:
        # The boundary stands below the last step's words, higher or lower as it lies nearer line or meter.
        words = len(nodes[-1].lines) * _LINE + len(nodes[-1].notes) * _NOTE_LINE
        mark_at = end + words + _TALL_MARK_ABOVE - _LINE + _TALL_MARK_RANGE * drawing.mark.place
        end += words + _TALL_MARK_ABOVE + _TALL_MARK_RANGE + _TALL_MARK_BELOW - _LINE
    elif not drawing.broken:
        end += _TALL_STEP
    return Layout(
        drawing=drawing,
        length=_TALL_WIDTH,
        depth=end + 44,
        spans=_spans(drawing, places, _TALL_START, end),
        nodes=nodes,
        source_lines=wrap(drawing.source, 15, 2),
        meter_at=end,
        mark_at=mark_at,
    )


def small(drawing: Drawing) -> Layout:
    """Lay a drawing out without words, for a row or a head."""
    places = [_SMALL_START + _SMALL_STEP * (index + 1) for index in range(len(drawing.nodes))]
    last = places[-1] if places else _SMALL_START
    end = last if drawing.broken else last + _SMALL_STEP
    return Layout(
        drawing=drawing,
        length=end + 10,
        depth=20,
        spans=_spans(drawing, places, _SMALL_START, end),
        nodes=tuple(Placed(node, at, (), ()) for node, at in zip(drawing.nodes, places, strict=True)),
        source_lines=(),
        meter_at=end,
        mark_at=_mark(drawing, places, end),
    )


def _spans(drawing: Drawing, places: list[float], start: float, end: float) -> tuple[Span, ...]:
    """The line is live up to where the application stands, dashed beyond it."""
    stops = [start, *places]
    spans = [
        Span(a, b, live=node.state != "next")
        for a, b, node in zip(stops, places, drawing.nodes, strict=False)
    ]
    if not drawing.broken:
        spans.append(Span(stops[-1], end, live=drawing.lit))
    return tuple(spans)


def _mark(drawing: Drawing, places: list[float], end: float) -> float | None:
    if drawing.mark is None or drawing.broken or not places:
        return None
    return places[-1] + (end - places[-1]) * drawing.mark.place
