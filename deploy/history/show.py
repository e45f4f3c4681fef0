"""Shows a history to a person: a table, or a drawing with one lane for each source."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.history.moment import Lane, Moment
from deploy.history.say import Sentences

_LANES: dict[Lane, str] = {"fact": "upstream", "run": "Temporal", "log": "log"}
_STYLES: dict[Lane, str] = {"fact": "cyan", "run": "dim", "log": "green"}
_OUTCOMES = {"applied": "✓", "refused": "✗", "dead": "✗"}


def table(moments: Sequence[Moment], sentences: Sentences, out: Console, *, ids: bool) -> None:
    """Print a sentence per moment, under its day; with `ids`, in a line of its own, what else is known."""
    zone = sentences.zone
    grid = Table(box=None, header_style="bold", pad_edge=False)
    grid.add_column(sentences("head.at"), no_wrap=True)
    grid.add_column(sentences("head.where"), no_wrap=True)
    grid.add_column(sentences("head.what"), overflow="fold", ratio=1)
    day = ""
    for one in moments:
        today, clock = _time(one.at, zone).split(" ")
        if today != day:
            grid.add_row(Text(today, style="bold"))
            day = today
        words = Text(sentences.of(one), style=_STYLES[one.lane])
        if one.happened_at is not None and _time(one.happened_at, zone)[:10] != today:
            words.append(sentences("happened", day=sentences.words.short_day(one.happened_at)), style="dim")
        if one.details.get("retracted"):
            words.append(sentences("retracted"), style="dim")
        grid.add_row(clock, sentences(f"lane.{one.lane}"), words)
        if ids and (more := _details(one)):
            grid.add_row("", "", Text(more, style="dim"))
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
        place = f"partition {told['partition']} @ {told['offset']}"
        cause = f"; {told['causation']}" if told["causation"] else ""
        return f"{one.what} {told['sequence']}, {told['hash'][:12]}, {place}{cause}"
    if one.lane == "fact":
        return f"{one.what}; {told['source']} {told['id']}"
    return str(told.get("fact") or "")
