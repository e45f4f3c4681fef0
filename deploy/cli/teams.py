"""`teams`: who answers for the cases, who is away, back or gone, and whom their cases go to."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from activities.outcomes import Connection
from deploy import teams as work
from deploy.cli.database import asked
from deploy.cli.teams_shown import away, say, tell
from deploy.errors import UserError
from deploy.feed.run import Bars
from deploy.profiles.loader import load_profile
from deploy.settings import Settings, load_settings
from deploy.stack import control
from deploy.teams import HandedOver, Line
from workflows.intake import roster, seats
from workflows.intake.engine import Engine
from workflows.intake.handover import Order
from workflows.intake.roster import Change
from workflows.policy import clock
from workflows.policy.model import Policy
from workflows.policy.staffing import Absence
from workflows.temporal import connect

T = TypeVar("T")
_DAY = ["%Y-%m-%d"]

teams = typer.Typer(
    name="teams",
    help="Who answers for the cases: `list`, `rota`; `absent`, `back`, `leave`; `hand-over`.",
    no_args_is_help=True,
)
Folder = Annotated[Path | None, typer.Option("--profile", help="A profile's folder; by default the first.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
Staff = Annotated[str, typer.Argument(metavar="STAFF", help="The staff id, as in the table: HK-M1.")]


@teams.command("list")
def list_(
    region: Annotated[str | None, typer.Option("--region", help="Only this region's own.")] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """List the staff: open cases, the key projects among them, and who is away or gone.

    ./mingdian teams list --region 460100
    """
    settings, policy = _at_work(folder)

    async def look(conn: Connection) -> list[Line]:
        return await work.staff(conn, policy, region)

    lines = asked(settings, look)
    if as_json:
        for line in lines:
            typer.echo(json.dumps(asdict(line), ensure_ascii=False))
        return
    names = {row.id: row.name.zh for row in policy.regions}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("staff", "name", "role", "region", "away"):
        table.add_column(title)
    for title in ("open cases", "key projects"):
        table.add_column(title, justify="right")
    for line in lines:
        place = names.get(line.region, "all")
        table.add_row(
            line.staff_id, line.name, line.role, place, away(line), str(line.cases), str(line.projects)
        )
    out = Console()
    out.print(table)
    missing = sum(bool(line.away) for line in lines)
    held = sum(line.cases for line in lines)
    out.print(f"{len(lines)} people, {missing} away or gone, {held} seats in open cases")


@teams.command()
def rota(
    first: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="First day to show; today.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How many days.")] = 7,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Show who is on duty for key and park customers: now, and hour by hour where it changes.

    ./mingdian teams rota --days 14
    """
    settings, policy = _at_work(folder)

    async def look(conn: Connection) -> list[Absence]:
        return await seats.absences(conn, policy.profile)

    turns = work.turns(policy, asked(settings, look), first.date() if first else _today(policy), days)
    if as_json:
        for turn in turns:
            typer.echo(json.dumps(asdict(turn), ensure_ascii=False))
        return
    if not turns:
        typer.echo(f"{policy.profile} has no rota.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("from", "staff", "name", "phone"):
        table.add_column(title)
    for turn in turns:
        table.add_row(turn.since, turn.staff_id or "-", turn.name or "nobody is there", turn.phone or "-")
    Console().print(table)


@teams.command()
def absent(
    staff: Staff,
    first: Annotated[datetime, typer.Option("--from", formats=_DAY, help="First day away.")],
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=_DAY, help="Last day away; without: until further notice."),
    ] = None,
    keep_cases: Annotated[
        bool, typer.Option("--keep-cases", help="Nothing is handed over; only new cases go to others.")
    ] = False,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Somebody is away: no new case or project from the first day on, and the open ones go to others on it.

    If that day has come, the hand-over is done at once and followed to the last receipt; otherwise the
    platform does it by itself when it comes.

    ./mingdian teams absent HK-M1 --from 2026-10-01 --to 2026-10-08
    """
    settings, policy = _at_work(folder)
    begins, ends = first.date(), last.date() if last else None
    if ends is not None and ends < begins:
        raise UserError("days", "The last day lies before the first.")

    async def note(conn: Connection) -> bool:
        await roster.absent(conn, _change(policy, staff), begins, ends, hand_over=not keep_cases)
        return begins <= _today(policy) and (ends is None or ends >= _today(policy))

    since = datetime.now(UTC)
    due = _noted(settings, note)
    if due and not keep_cases:
        _hand_over(settings, policy, Order(staff, "absent"), since, as_json=as_json)
    else:
        say(as_json, staff, "away", begins, ends)


@teams.command()
def back(
    staff: Staff,
    on: Annotated[datetime | None, typer.Option("--on", formats=_DAY, help="First day back; today.")] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Somebody is back, and gets new cases again. Cases that went to others stay there.

    ./mingdian teams back HK-M1
    """
    settings, policy = _at_work(folder)
    day = on.date() if on else _today(policy)

    async def note(conn: Connection) -> None:
        await roster.back(conn, _change(policy, staff), day)

    _noted(settings, note)
    say(as_json, staff, "back", day, None)


@teams.command()
def leave(
    staff: Staff,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=_DAY, help="First day on which they are gone; today.")
    ] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Somebody leaves for good: every open case goes to another, with a receipt, and every key project.
    Broken off, run it again.

    ./mingdian teams leave HK-M1
    """
    settings, policy = _at_work(folder)
    day = on.date() if on else _today(policy)

    async def note(conn: Connection) -> None:
        await roster.leave(conn, _change(policy, staff), day)

    since = datetime.now(UTC)
    _noted(settings, note)
    if day <= _today(policy):
        _hand_over(settings, policy, Order(staff, "left"), since, as_json=as_json)
    else:
        say(as_json, staff, "gone", day, None)


@teams.command("hand-over")
def hand_over(
    staff: Staff,
    to: Annotated[str | None, typer.Option("--to", help="Who takes over, wherever that can be.")] = None,
    number: Annotated[
        list[str] | None, typer.Option("--case", help="Only this application or project; may be given again.")
    ] = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Hand the open cases of somebody over to others, evenly, or to one person. Broken off, run it again.

    Nobody watches over a case of his own: where that would come of it, another is chosen.

    ./mingdian teams hand-over HK-M1 --to HK-M2 --case HN-2026-000012
    """
    settings, policy = _at_work(folder)
    for one in (staff, *([to] if to else [])):
        work.require_known(policy, one)
    if to == staff:
        raise UserError("to_whom", "Nobody hands over to himself. Name another with --to.")
    order = Order(staff, "assigned", to, tuple(number) if number else None)
    _hand_over(settings, policy, order, datetime.now(UTC), as_json=as_json)


def _at_work(folder: Path | None) -> tuple[Settings, Policy]:
    settings = control.running_settings(load_settings())
    return settings, load_profile(folder or settings.profiles[0])


def _today(policy: Policy) -> date:
    return clock.local_day(datetime.now(UTC), policy.timezone)


def _change(policy: Policy, staff: str) -> Change:
    return Change(policy, staff, datetime.now(UTC))


def _noted(settings: Settings, note: Callable[[Connection], Awaitable[T]]) -> T:
    async def within(conn: Connection) -> T:
        async with conn.transaction():
            return await note(conn)

    return asked(settings, within)


def _hand_over(settings: Settings, policy: Policy, order: Order, since: datetime, *, as_json: bool) -> None:
    """Do it, show how far it is, tell what came of it; ends 1 where somebody is left without an officer."""
    done = asyncio.run(_followed(settings, policy, order, since, quiet=as_json))
    if as_json:
        for one in done.seats:
            typer.echo(json.dumps(one._asdict(), ensure_ascii=False))
        summary = {"ok": done.ok, "cases": done.cases, "seats": len(done.seats), "to": done.to}
        typer.echo(json.dumps({**summary, "unplaced": len(done.unplaced)}))
    else:
        tell(order, done, Console())
    raise typer.Exit(0 if done.ok else 1)


async def _followed(
    settings: Settings, policy: Policy, order: Order, since: datetime, *, quiet: bool
) -> HandedOver:
    try:
        client = await connect(settings.temporal_address, settings.namespace)
    except RuntimeError:
        raise UserError("no_temporal", "Temporal does not answer. Start the stack: ./mingdian up.") from None
    engine = Engine(client, {policy.profile: policy}, settings.early_wait, settings.late_grace)
    with Bars(Console(stderr=True, quiet=quiet), stages=("outcomes", "pages")) as bars:
        return await work.hand_over(settings, policy, engine, [order], bars.show, since=since)
