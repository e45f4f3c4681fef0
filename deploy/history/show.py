"""Shows a history to a person: a table, or a drawing with one lane for each source."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.history.moment import Lane, Moment

_LANES: dict[Lane, str] = {"fact": "upstream", "run": "Temporal", "log": "log"}
_STYLES: dict[Lane, str] = {"fact": "cyan", "run": "dim", "log": "green"}
_OUTCOMES = {"applied": "✓", "refused": "✗", "dead": "✗"}


def table(moments: Sequence[Moment], zone: str, out: Console) -> None:
    """Print one row per moment."""
    grid = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("at", "where", "what", "happened", "details"):
        grid.add_column(title, overflow="fold", no_wrap=title in {"at", "where"})
    day = ""
    for one in moments:
        today, clock = _time(one.at, zone).split(" ")
        if today != day:
            grid.add_row(Text(f"{today}", style="bold"))
            day = today
        words = Text(one.what, style=_STYLES[one.lane])
        grid.add_row(clock, _LANES[one.lane], words, _time(one.happened_at, zone)[:16], _details(one))
    out.print(grid)


def drawing(moments: Sequence[Moment], zone: str, out: Console) -> None:
    """Print three lanes side by side, time running down; an arrow says which way word went."""
    width = max(22, (out.width - 12) // 3 - 2)
    out.print(" " * 12 + "  ".join(f"{title:<{width}}" for title in _LANES.values()), style="bold")
    day = ""
    for one in moments:
        today, clock = _time(one.at, zone).split(" ")
        if today != day:
            out.print(f"── {today} ", style="dim")
            day = today
        line = Text(f"  {clock}  ")
        for lane in _LANES:
            cell = _cell(one, width) if lane == one.lane else "│"
            line.append(f"{cell:<{width}}  ", style=_STYLES[lane])
        out.print(line, no_wrap=True, crop=True)


def _cell(one: Moment, width: int) -> str:
    match one.lane:
        case "fact":
            cell = f"{_OUTCOMES.get(one.details['outcome'], '…')}─▶ {one.what}"
        case "log":
            cell = f"◀─ {one.details['sequence']} {'~' if one.details['retracted'] else ''}{one.what}"
        case _:
            cell = f"● {one.what}"
    return cell if len(cell) <= width else cell[: width - 1] + "…"


def _time(moment: datetime | None, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}" if moment else ""


def _details(one: Moment) -> str:
    told = one.details
    if one.lane == "log":
        mark = ", no longer holds" if told["retracted"] else ""
        place = f"partition {told['partition']} @ {told['offset']}"
        return f"event {told['sequence']}, {told['hash'][:12]}, {place}{mark}"
    if one.lane == "fact":
        again = f", {told['duplicates']} times again" if told["duplicates"] else ""
        code = f" ({told['code']})" if told["code"] else ""
        return f"{told['outcome']}{code}{again}; {told['source']} {told['id']}"
    shown = (str(value) for name, value in told.items() if value is not None and name != "event_id")
    return " ".join(shown)
