"""The parts of the stack as a table, for `status` and for a start or stop that is under way."""

import time

from rich.console import JustifyMethod
from rich.markup import escape
from rich.table import Table

from deploy.stack.state import PartState, StackState

_NARROW = 110
COLOURS = {"ok": "green", "degraded": "yellow", "starting": "cyan", "waiting": "dim", "stopped": "dim"}


def parts_table(state: StackState, width: int) -> Table:
    """One row per part, in the order in which they start; a narrow terminal gets fewer columns."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    titles = ["part", "state", "pid", "since", "restarts", "address", "detail"]
    if width < _NARROW:
        titles = [title for title in titles if title not in {"since", "address"}]
    for title in titles:
        justify: JustifyMethod = "right" if title in {"pid", "restarts"} else "left"
        table.add_column(title, justify=justify, no_wrap=title != "detail")
    for part in state.parts:
        cells = _cells(part)
        table.add_row(*(cells[title] for title in titles))
    return table


def _cells(part: PartState) -> dict[str, str]:
    last = ""
    if part.last_exit and part.last_exit not in part.detail:
        last = f" (last end: {part.last_exit}{f' at {_clock(part.ended_at)}' if part.ended_at else ''})"
    return {
        "part": part.name,
        "state": f"[{COLOURS.get(part.state, 'red')}]{part.state}[/]",
        "pid": str(part.pid or ""),
        "since": _clock(part.since) if part.since and part.pid else "",
        "restarts": str(part.restarts or ""),
        "address": part.address,
        "detail": escape((part.detail + last).strip()),
    }


def _clock(moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment))
