"""What `teams` prints: a hand-over with its summary, a change of the roster, when somebody is away."""

import json
from datetime import date

import typer
from rich.console import Console
from rich.table import Table

from deploy.teams import HandedOver, Line
from workflows.intake.handover import Order

SHOWN = 20


def tell(order: Order, done: HandedOver, out: Console) -> None:
    """Print what became of a hand-over."""
    if not done.seats and not done.unplaced:
        out.print(f"{order.staff_id} answers for no open case. Nothing was handed over.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("case", "role", "from", "to", "outcome"):
        table.add_column(title)
    for one in done.seats[:SHOWN]:
        told = one.code or one.outcome or "-"
        table.add_row(one.number, one.role, one.held_by, one.goes_to, told)
    out.print(table)
    if len(done.seats) > SHOWN:
        out.print(f"and {len(done.seats) - SHOWN} more (--json shows all)")
    if done.unplaced:
        left = ", ".join(sorted({seat.number for seat in done.unplaced})[:SHOWN])
        out.print(f"nobody is there to take over: {left}")
    shares = ", ".join(f"{name} {count}" for name, count in done.to.items())
    cases = "1 case has" if done.cases == 1 else f"{done.cases} cases have"
    out.print(f"{cases} a new officer: {shares}")


def say(as_json: bool, staff: str, state: str, first: date, last: date | None) -> None:
    """Print a change of the roster."""
    if as_json:
        days = {"first": first.isoformat(), "last": last.isoformat() if last else None}
        typer.echo(json.dumps({"staff_id": staff, "state": state, **days}))
    else:
        until = f" to {last}" if last else ""
        typer.echo(f"{staff} is {state} from {first}{until}.")


def away(line: Line) -> str:
    """Return when somebody is away, in words."""
    if line.gone:
        return f"gone from {line.away[-1]['first']}"
    return ", ".join(f"{one['first']} to {one['last'] or '…'}" for one in line.away)
