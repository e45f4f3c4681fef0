"""From an application to its one-line diagram: which nodes, how each stands, where the boundary lies."""

from collections.abc import Iterable

from projections.api.application_views import ApplicationView, ReceiptView, StepView
from projections.site.diagram import Drawing, Mark, Node, NodeState
from projections.site.lead import days_late
from projections.site.words import Words

_PLACES = {"network_outlet": 0.24, "red_line": 0.55, "factory_boundary": 0.55, "meter": 0.78}
"""Where a boundary stands on the last span: beside the public line, at the edge of the land, at the meter."""


def drawing(case: ApplicationView, words: Words) -> Drawing:
    """Return the application as a line. The substation bears its name once a plan has named it."""
    plan = case.plan
    return Drawing(
        source=plan.substation if plan and plan.substation else words("case.source"),
        meter=words("case.meter"),
        nodes=tuple(_node(case, step, words) for step in case.steps),
        mark=_mark(case, words),
        lit=case.energised_at is not None,
        broken=case.withdrawn_at is not None,
    )


def receipt_drawing(case: ApplicationView, receipt: ReceiptView, words: Words) -> Drawing:
    """Return the line as it stood when a receipt was issued: steps entered by then, its own the one under
    way."""
    before = [step for step in case.steps if step.entered_at and step.entered_at < receipt.entered_at]
    after = max(0, len(case.steps) - len(before) - 1)
    state: NodeState = "paused" if receipt.cause == "paused" or receipt.documents_missing else "now"
    nodes = [Node("", "", "done")] * len(before) + [Node("", "", state)] + [Node("", "", "next")] * after
    return Drawing(source="", meter=words("case.meter"), nodes=tuple(nodes))


def plain_drawing(names: Iterable[str], words: Words, *, done: bool = True) -> Drawing:
    """Return a process as a line without a case on it, as the standards show it."""
    state: NodeState = "done" if done else "next"
    nodes = tuple(Node(name, "", state) for name in names)
    return Drawing(source=words("case.source"), meter=words("case.meter"), nodes=nodes, lit=done)


def text_twin(case: ApplicationView, words: Words) -> list[str]:
    """Return the diagram in words, step by step, for those who can't see it."""
    gap = words("list.comma")
    said = [
        gap.join(filter(None, (words.name(step.name), step_word(case, step, words)))) for step in case.steps
    ]
    if case.boundary is not None:
        said.append(f"{words('case.boundary')}{gap}{words('boundary.' + case.boundary.boundary)}")
    return said


def step_word(case: ApplicationView, step: StepView, words: Words) -> str:
    """Return how a step stands, in a word or two."""
    late = days_late(step)
    if step.status == "now":
        return _now_word(case, step, words)
    if step.status == "done":
        return words("step.done.late", n=late) if step.late and late else words("step.done")
    if step.status == "next" and step.optional and case.plan is None:
        return words("step.next.optional")
    return words(f"step.{step.status}")


def _now_word(case: ApplicationView, step: StepView, words: Words) -> str:
    late = days_late(step)
    if step.late or case.overdue:
        return words("step.now.late", n=late) if late else words("standing.overdue")
    if case.documents_missing:
        return words("step.note.missing", n=len(case.documents_missing))
    if case.pause is not None and case.pause.stops_clock:
        return words("step.now.paused")
    return words("step.now")


def _node(case: ApplicationView, step: StepView, words: Words) -> Node:
    return Node(words.name(step.name), _note(case, step, words), node_state(case, step))


def node_state(case: ApplicationView, step: StepView) -> NodeState:
    """Return the shape of a step's node."""
    if step.status != "now":
        return step.status
    if case.overdue:
        return "late"
    waits = bool(case.documents_missing) or (case.pause is not None and case.pause.stops_clock)
    return "paused" if waits else "now"


def _note(case: ApplicationView, step: StepView, words: Words) -> str:
    if step.status == "done":
        return words("step.note.done", day=words.short_day(step.done_at)) if step.done_at else ""
    if step.status == "ended" and case.withdrawn_at:
        return words("step.note.ended", day=words.short_day(case.withdrawn_at))
    if step.status == "next":
        return ""
    state = node_state(case, step)
    if state in {"late", "paused"}:
        return step_word(case, step, words)
    if step.due_at is None:
        return words("step.now")
    day = words.due_day(step.due_at, provisional=step.provisional, short=True)
    return words("step.note.due", day=day)


def _mark(case: ApplicationView, words: Words) -> Mark | None:
    if case.boundary is None:
        return None
    boundary = case.boundary.boundary
    return Mark(
        place=_PLACES[boundary],
        utility=words("mark.utility"),
        customer=words("mark.customer"),
        name=words(f"mark.{boundary}"),
        red=boundary == "red_line",
    )
