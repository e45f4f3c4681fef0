"""`history`: everything that happened to one application."""

import asyncio
from typing import Annotated, Literal

import psycopg
import typer
from rich.console import Console
from temporalio.service import RPCError

from deploy.errors import UserError
from deploy.history import gather, show
from deploy.history.moment import Lane, Moment
from deploy.profiles.loader import load_profiles
from deploy.settings import Settings, load_settings
from deploy.stack import control
from events.producer import BusAwayError
from workflows.intake.numbers import prefix_in, prefixes_of
from workflows.temporal import connect

Look = Literal["table", "drawing"]


def history(
    number: Annotated[
        str, typer.Argument(help="The number of an application or a project, or upstream's own reference.")
    ],
    look: Annotated[Look, typer.Option("--as", help="A table, or a drawing in three lanes.")] = "table",
    only: Annotated[str, typer.Option(help="Only some of: fact, run, log (comma between).")] = "fact,run,log",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")] = False,
) -> None:
    """Show an application's history in order of time: the facts received, Temporal's run, the events of the
    log.

    Times are the platform's own clock in the profile's time zone; *happened* is the time that a fact or
    event speaks of. Personal data are sealed in all three and are not shown.

        ./mingdian history HN-2026-000012
        ./mingdian history HNK-2026-000003
        ./mingdian history HN-2026-000012 --as drawing
        ./mingdian history HN-2026-000012 --only log --json
    """
    lanes: tuple[Lane, ...] = ("fact", "run", "log")
    chosen = [lane for lane in lanes if lane in only.split(",")]
    if not chosen:
        raise UserError("lane", f"--only {only} names nothing. Use fact, run, log.")
    settings = control.running_settings(load_settings())
    number, moments = asyncio.run(_gather(settings, number))
    told = [moment for moment in moments if moment.lane in chosen]
    if as_json:
        for moment in told:
            typer.echo(moment.model_dump_json(exclude_none=True))
        return
    zone = _zone(settings, number)
    out = Console()
    draw = show.drawing if look == "drawing" else show.table
    draw(told, zone, out)
    out.print(f"{number}: {len(told)} moments, times in {zone}.", style="dim")


async def _gather(settings: Settings, asked: str) -> tuple[str, list[Moment]]:
    try:
        async with await psycopg.AsyncConnection.connect(settings.postgres_dsn, connect_timeout=5) as db:
            number = await gather.number_of(db, asked)
            received, project = await gather.from_inbox(db, number), await gather.is_project(db, number)
            logged = [] if project else await gather.from_log(db, number)
        if project:
            logged = await asyncio.to_thread(gather.from_stream, settings.kafka_bootstrap, number)
        client = await connect(settings.temporal_address, settings.namespace)
        run = await gather.from_run(client, number)
    except (psycopg.OperationalError, RPCError, RuntimeError, BusAwayError):
        raise UserError("stack_away", "The stack does not answer. ./mingdian up starts it.") from None
    moments = gather.in_order(received, run, logged)
    if not moments:
        raise UserError("unknown_number", f"Nothing is known of {asked}. ./mingdian find lists applications.")
    return number, moments


def _zone(settings: Settings, number: str) -> str:
    profiles = load_profiles(settings.profiles).values()
    return next((one.timezone for one in profiles if prefix_in(number) in prefixes_of(one)), "UTC")
