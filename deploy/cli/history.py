"""`history`: everything that happened to an application, a project, a member of staff's roster."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

import psycopg
import typer
from rich.console import Console
from temporalio.service import RPCError

from deploy.cli import choosing
from deploy.errors import UserError
from deploy.history import gather, show
from deploy.history.moment import Lane, Moment
from deploy.history.say import Sentences
from deploy.profiles.loader import load_profiles
from deploy.settings import Settings, load_settings
from deploy.stack import control
from events.producer import BusAwayError
from events.topics import TEAM
from projections.site.texts.tables import TABLES
from workflows.intake.numbers import prefix_in, prefixes_of
from workflows.policy.model import Policy
from workflows.temporal import connect

Look = Literal["table", "drawing"]


def history(
    number: Annotated[
        str,
        typer.Argument(
            help="The number of an application or a project, upstream's own reference, or a member of staff."
        ),
    ],
    look: Annotated[Look, typer.Option("--as", help="A table, or a drawing in three lanes.")] = "table",
    only: Annotated[str, typer.Option(help="Only some of: fact, run, log (comma between).")] = "fact,run,log",
    language: Annotated[str | None, typer.Option(help="zh or en; the profile's first.")] = None,
    ids: Annotated[bool, typer.Option("--ids", help="Ids, hashes and places too, a line below.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")] = False,
) -> None:
    """Show a history in order of time: the facts received, Temporal's run, the events of the log.

    Each moment is a sentence. Times are the platform's own clock in the profile's time zone; where something
    happened on another day, that day stands behind it. Personal data are sealed in all three and not shown.

        ./mingdian history HN-2026-000012

        ./mingdian history HNK-2026-000003 --only log --language en

        ./mingdian history HK-M1

        ./mingdian history HN-2026-000012 --as drawing

        ./mingdian history HN-2026-000012 --only log --json
    """
    lanes: tuple[Lane, ...] = ("fact", "run", "log")
    chosen = [lane for lane in lanes if lane in only.split(",")]
    if not chosen:
        raise UserError("lane", f"--only {only} names nothing. Use fact, run, log.")
    choosing.known(language, tuple(TABLES), "language")
    settings = control.running_settings(load_settings())
    profiles = load_profiles(settings.profiles)
    number, moments = asyncio.run(_gather(settings, number, list(profiles)))
    told = [moment for moment in moments if moment.lane in chosen]
    if as_json:
        for moment in told:
            typer.echo(moment.model_dump_json(exclude_none=True))
        return
    policy = _policy(profiles, number)
    sentences = Sentences(policy, language or policy.languages[0], datetime.now(UTC))
    out = Console()
    if look == "drawing":
        show.drawing(told, policy.timezone, out)
    else:
        show.table(told, sentences, out, ids=ids)
    out.print(sentences("foot", number=number, n=len(told), zone=policy.timezone), style="dim")


async def _gather(settings: Settings, asked: str, profiles: Sequence[str]) -> tuple[str, list[Moment]]:
    try:
        async with await psycopg.AsyncConnection.connect(settings.postgres_dsn, connect_timeout=5) as db:
            member = await gather.member_of(db, asked, profiles)
            number = member or await gather.number_of(db, asked)
            received = await gather.from_inbox(db, number)
            project = await gather.is_project(db, number)
            logged = [] if member else await gather.from_log(db, number, project=project)
        if member:
            logged = await asyncio.to_thread(gather.from_stream, settings.kafka_bootstrap, member, TEAM)
            return member, gather.in_order(received, logged)
        client = await connect(settings.temporal_address, settings.namespace)
        run = await gather.from_run(client, number)
    except (psycopg.OperationalError, RPCError, RuntimeError, BusAwayError):
        raise UserError("stack_away", "The stack does not answer. ./mingdian up starts it.") from None
    moments = gather.in_order(received, run, logged)
    if not moments:
        raise UserError("unknown_number", f"Nothing is known of {asked}. ./mingdian find lists applications.")
    return number, moments


def _policy(profiles: Mapping[str, Policy], number: str) -> Policy:
    """Whose number it is; the first where it is nobody's."""
    for policy in profiles.values():
        if prefix_in(number) in prefixes_of(policy) or number.startswith(f"team-{policy.profile}-"):
            return policy
    return next(iter(profiles.values()))
