"""`policy sweep`: tell every open case and key project that calendar or policy has changed."""

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from deploy.errors import UserError
from deploy.feed.run import Bars
from deploy.profiles.loader import load_profile
from deploy.settings import Settings, load_settings
from deploy.stack import control
from deploy.sweep import Change, Swept, Told, sweep
from workflows.temporal import connect

SHOWN = 20


def sweep_command(
    note: Annotated[str, typer.Option(help="Why, in a sentence that the cases will carry.")],
    calendar: Annotated[bool, typer.Option("--calendar", help="The calendar alone was amended.")] = False,
    everything: Annotated[
        bool, typer.Option("--policy", help="All tables count anew for open cases and key projects.")
    ] = False,
    folder: Annotated[Path | None, typer.Argument(help="A profile's folder; by default the first.")] = None,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Policy of this local day; today.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say which cases would be told.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")] = False,
) -> None:
    """Tell every open case that its calendar or its policy has changed, and what that does to its due date.

    A running case keeps the policy it began with, until a person says otherwise, here: one under way, one in
    its time of service, one with a dispute. Each records the change with its reason, computes the due dates
    of its step and of every open duty anew, and issues a receipt where the step's moves. Amend and
    release the tables first, and restart the platform, so that new cases begin by them. Interrupted, it is
    run again.

    A key project has no working days: `--policy` alone reaches it. It records from which version of the
    tables it comes, and reads its light anew. With `--policy`, the seats of people who stand in no table any
    more go to others first.

    ./mingdian policy sweep --calendar --note "Holidays of 2027 as published"

    ./mingdian policy sweep --policy --on 2027-01-01 --note "New limits from 1 January"
    """
    if calendar == everything:
        raise UserError("which", "Say what has changed: either --calendar or --policy.")
    settings = control.running_settings(load_settings())
    policy = load_profile(folder or settings.profiles[0])
    now = datetime.now(UTC).astimezone(ZoneInfo(policy.timezone))
    change = Change("calendar" if calendar else "policy", policy, (on or now).date(), note)
    swept = asyncio.run(_swept(settings, change, dry_run=dry_run, quiet=as_json))
    if as_json:
        for one in swept.told:
            typer.echo(json.dumps(asdict(one), ensure_ascii=False))
        typer.echo(json.dumps(_summary(swept)))
    else:
        _tell(swept, Console())
    raise typer.Exit(0 if swept.ok else 1)


async def _swept(settings: Settings, change: Change, *, dry_run: bool, quiet: bool) -> Swept:
    try:
        client = await connect(settings.temporal_address, settings.namespace)
    except RuntimeError:
        raise UserError("no_temporal", "Temporal does not answer. Start the stack: ./mingdian up.") from None
    with Bars(Console(stderr=True, quiet=quiet), stages=("asked", "outcomes", "pages")) as bars:
        return await sweep(settings, client, change, bars.show, dry_run=dry_run)


def _summary(swept: Swept) -> dict[str, object]:
    return {
        "ok": swept.ok,
        "open": swept.open,
        "up_to_date": swept.up_to_date,
        "unfit": len(swept.unfit),
        "unanswered": len(swept.unanswered),
        "told": len(swept.told),
        "behind": len(swept.behind),
        "moved": sum(one.moved for one in swept.told),
        "handed_over": len(swept.handed.seats) if swept.handed else 0,
        "unplaced": len(swept.handed.unplaced) if swept.handed else 0,
    }


def _tell(swept: Swept, out: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("case", "outcome", "due before", "due after", "duties moved", "light"):
        table.add_column(title)
    for one in swept.told[:SHOWN]:
        table.add_row(one.number, one.code or one.outcome, *_dates(one))
    if swept.told:
        out.print(table)
    if len(swept.told) > SHOWN:
        out.print(f"and {len(swept.told) - SHOWN} more (--json shows all)")
    if swept.unfit:
        out.print(f"keep the process they began with: {', '.join(swept.unfit[:SHOWN])}")
    if swept.unanswered:
        out.print(f"gave no answer, see their history: {', '.join(swept.unanswered[:SHOWN])}")
    if swept.behind:
        out.print(f"told, and still as before: {', '.join(swept.behind[:SHOWN])}")
    if swept.handed and (swept.handed.seats or swept.handed.unplaced):
        left = f", {len(swept.handed.unplaced)} found nobody" if swept.handed.unplaced else ""
        out.print(f"{len(swept.handed.seats)} seats of people in no table any more went to others{left}")
    told = _summary(swept)
    out.print(
        f"{told['open']} open, {told['up_to_date']} lived by the newest already, {told['told']} told, "
        f"{told['moved']} with other due dates or another light"
    )


def _dates(one: Told) -> tuple[str, str, str, str]:
    light = f"{one.light_before or '-'} → {one.light_after or '-'}"
    return (
        one.due_before or "-",
        one.due_after or "-",
        str(one.duties_moved or "-"),
        light if one.light_before != one.light_after else "-",
    )
