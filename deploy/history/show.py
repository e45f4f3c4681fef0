"""Shows a history to a person: a table, or a drawing with one lane for each source."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.history.moment import Lane, Moment

_LANES: dict[Lane, str] = {"fact": "upstream", "run": "Temporal", "log": "log"}
_STYLES: dict[Lane, str] = {"fact": "cyan", "run": "dim", "log": "green"}


def table(moments: Sequence[Moment], zone: str, out: Console) -> None:
    """Print one row per moment."""
    grid = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("at", "where", "what", "happened", "details"):
        grid.add_column(title, overflow="fold", no_wrap=title in {"at", "where", "happened"})
    for one in moments:
        happened = _time(one, zone, happened=True)
        words = Text(one.what, style=_STYLES[one.lane])
        grid.add_row(_time(one, zone), _LANES[one.lane], words, happened, _details(one))
    out.print(grid)


def drawing(moments: Sequence[Moment], zone: str, out: Console) -> None:
    """Print three lanes side by side, time running down; an arrow says which way word went."""
    width = max(24, (out.width - 14) // 3 - 3)
    out.print(" " * 14 + "   ".join(f"{title:<{width}}" for title in _LANES.values()), style="bold")
    day = ""
    for one in moments:
        today, clock = _time(one, zone).split(" ")
        if today != day:
            out.print(f"── {today} ", style="dim")
            day = today
        line = Text(f"  {clock}  ")
        for lane in _LANES:
            cell = _cell(one) if lane == one.lane else "│"
            line.append(f"{cell[:width]:<{width}}   ", style=_STYLES[lane])
        out.print(line, no_wrap=True, crop=True)


def _cell(one: Moment) -> str:
    marks: dict[Lane, str] = {"fact": "──▶ ", "run": "● ", "log": "◀── "}
    sequence = f"#{one.details['sequence']} " if one.lane == "log" else ""
    return f"{marks[one.lane]}{sequence}{one.what}"


def _time(one: Moment, zone: str, *, happened: bool = False) -> str:
    moment = one.happened_at if happened else one.at
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}" if moment else ""


def _details(one: Moment) -> str:
    told = one.details
    if one.lane == "log":
        return f"#{told['sequence']} {told['hash'][:12]} p{told['partition']}@{told['offset']}"
    if one.lane == "fact":
        again = f", {told['duplicates']} times again" if told["duplicates"] else ""
        code = f" ({told['code']})" if told["code"] else ""
        return f"{told['source']} {told['id']}{code}{again}"
    return " ".join(
        f"{name} {value}" for name, value in told.items() if value is not None and name != "event_id"
    )
