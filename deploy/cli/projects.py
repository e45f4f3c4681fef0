"""`projects`: the pre-start records of key projects; what a person decides about them."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from psycopg import OperationalError
from psycopg.errors import UndefinedTable
from psycopg_pool import PoolTimeout
from rich.console import Console

from deploy import projects as deciding
from deploy.cli import choosing, database
from deploy.cli.project_show import print_list, print_record
from deploy.errors import UserError
from deploy.feed.ledger import Fate
from deploy.processes.intake import make_pool
from deploy.processes.web import Vault
from deploy.profiles.loader import load_profiles
from deploy.projects import Decision
from deploy.secrets import load_secrets, stream_keys
from deploy.settings import Settings, load_settings
from deploy.stack import control
from projections.api.prestart import LIGHTS, STAGES
from projections.api.prestart_csv import records, table
from projections.api.prestart_reads import ProjectReads
from projections.prestart.state import ProjectState
from workflows.policy.model import Policy

projects = typer.Typer(
    name="projects",
    help="Key projects before anybody applies: `list`, `show` and `export` read their records; `candidates` "
    "shows which two may be one, and `join`, `part`, `dismiss` and `link` tell what a person has decided.",
    no_args_is_help=True,
)

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="A project's number, like HNK-2026-000001.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
Profile = Annotated[str | None, typer.Option(help="Which grid company; by default the first.")]
By = Annotated[str, typer.Option(help="Staff id of the person who decides; kept on record.")]
Region = Annotated[str | None, typer.Option(help="Code or name of a city or county.")]
Answer = TypeVar("Answer")


@projects.command("list")
def list_(
    region: Region = None,
    stage: Annotated[str | None, typer.Option(help=f"One of {', '.join(STAGES)}.")] = None,
    light: Annotated[str | None, typer.Option(help=f"One of {', '.join(LIGHTS)}.")] = None,
    manager: Annotated[str | None, typer.Option(help="Staff id of the manager.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """List projects, the worst light first; those that ended last. A joined one stands in no list."""
    settings, policy = _policy(profile)
    asked: dict[str, Any] = {
        "region": choosing.region(policy, region),
        "stage": choosing.known(stage, STAGES, "stage"),
        "light": choosing.known(light, LIGHTS, "light"),
        "manager": manager,
        "limit": limit,
    }
    view = _ask(settings, lambda reads, _: reads.projects(policy, **asked))
    if as_json:
        for one in view.projects:
            typer.echo(one.model_dump_json())
    else:
        print_list(view, policy, Console())


@projects.command()
def show(number: Number, as_json: AsJson = False) -> None:
    """Show the whole record of a project: every field with its source, what differs, its history, its notes.

    For staff: much of it is not public.
    """
    settings, policy = _policy_of(number)
    found = _ask(settings, lambda reads, vault: reads.record(policy, number, vault.unseal))
    if found is None:
        raise _unknown(number)
    if as_json:
        typer.echo(found.model_dump_json())
    else:
        print_record(found, policy, Console())


@projects.command()
def candidates(
    number: Annotated[str | None, typer.Argument(help="Of this project alone.")] = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Show which two projects are perhaps one, of the same organisation and place; and which applications
    name a project that there is not. A person decides: `join`, `dismiss`, `link`."""
    settings, policy = _policy_of(number) if number else _policy(profile)
    found = _ask(settings, lambda reads, _: reads.candidates(policy, number))
    for pair in found:
        if as_json:
            typer.echo(pair.model_dump_json())
        else:
            typer.echo(f"{pair.first}  {pair.second}  same {' and '.join(pair.matched_by)}")
    nobodys = [] if number else database.asked(settings, lambda conn: deciding.unplaced(conn, policy))
    for one in nobodys:
        if as_json:
            typer.echo(one.model_dump_json())
        else:
            told = (
                f"names {one.project_no}, which is no project (from {one.source}, {one.applied_at:%Y-%m-%d})"
            )
            typer.echo(f"{one.application}  {told}")
    if not found and not nobodys and not as_json:
        typer.echo("None.")


@projects.command()
def join(number: Number, into: Annotated[str, typer.Argument(metavar="INTO")], by: By) -> None:
    """Say that a project is the same as another, under which it goes on. `part` undoes it exactly."""
    if number == into:
        raise UserError("same", "A project can't be joined to itself.")
    deciding.joinable(_known_project(into))
    _decide(number, lambda state: deciding.joined(state, into, by))


@projects.command()
def part(number: Number, by: By) -> None:
    """Say that a join was wrong: the project goes on by itself."""

    def decision(state: ProjectState) -> Decision:
        if state.joined_into is None:
            raise UserError("not_joined", f"{number} is not joined to another.")
        return deciding.parted(state, by)

    _decide(number, decision)


@projects.command()
def dismiss(number: Number, other: Annotated[str, typer.Argument(metavar="OTHER")], by: By) -> None:
    """Say that two projects are two, though they look like one. They are no candidates any more."""
    if number == other:
        raise UserError("same", "A project is no other than itself.")
    first, second = sorted((number, other))
    _known_project(second)
    _decide(first, lambda state: deciding.dismissed(state, second, by))


@projects.command()
def link(
    number: Number,
    application: Annotated[str, typer.Argument(metavar="APPLICATION")],
    undo: Annotated[bool, typer.Option("--undo", help="It is another project's.")] = False,
) -> None:
    """Say that an application is the project's; the progress of the works stays."""
    told = deciding.unlinked if undo else deciding.linked
    _decide(number, lambda state: told(state, application))


@projects.command()
def export(
    form: Annotated[str, typer.Argument(metavar="csv|json")] = "csv",
    public: Annotated[bool, typer.Option("--public", help="Only what everybody may see.")] = False,
    out: Annotated[Path | None, typer.Option(help="Into this file instead of the terminal.")] = None,
    profile: Profile = None,
) -> None:
    """Write all projects as a table: whole records for staff, or what is public."""
    settings, policy = _policy(profile)
    if form not in {"csv", "json"}:
        raise UserError("form", f"No form {form}. There are: csv, json.")
    if public:
        view = _ask(settings, lambda reads, _: reads.projects(policy, limit=None))
        lines = "".join(f"{one.model_dump_json()}\n" for one in view.projects)
        text = table(view.projects) if form == "csv" else lines
    else:
        states = _ask(settings, lambda reads, _: reads.states(policy))
        text = records(policy, states, form, datetime.now(UTC))
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8", newline="")


def _decide(number: str, decision: Callable[[ProjectState], Decision]) -> None:
    """Tell a decision and say what became of it; 1 where it was refused."""
    settings, policy = _policy_of(number)
    state = _ask(settings, lambda reads, _: reads.state(policy, number))
    if state is None:
        raise _unknown(number)
    fate: Fate = asyncio.run(deciding.decide(settings, policy, decision(state)))
    typer.echo(f"{number}: {fate.outcome}" + (f", {fate.code}" if fate.code else ""))
    raise typer.Exit(1 if fate.outcome == "refused" else 0)


def _known_project(number: str) -> ProjectState:
    settings, policy = _policy_of(number)
    state = _ask(settings, lambda reads, _: reads.state(policy, number))
    if state is None:
        raise _unknown(number)
    return state


def _ask(settings: Settings, question: Callable[[ProjectReads, Vault], Awaitable[Answer]]) -> Answer:
    """Put a question to the read models of the running stack."""

    async def asked() -> Answer:
        pool = make_pool(settings, 1)
        try:
            await pool.open(wait=True, timeout=5)
            vault = Vault(pool, load_secrets(settings), stream_keys(settings))
            return await question(ProjectReads(pool), vault)
        except (OperationalError, PoolTimeout, UndefinedTable):
            raise UserError("stack_away", "The stack does not answer. ./mingdian up starts it.") from None
        finally:
            await pool.close()

    return asyncio.run(asked())


def _policy(profile: str | None) -> tuple[Settings, Policy]:
    settings = control.running_settings(load_settings())
    profiles = load_profiles(settings.profiles)
    chosen = profiles.get(profile) if profile else next(iter(profiles.values()))
    if chosen is None:
        raise UserError("profile", f"No profile {profile}. There are: {', '.join(profiles)}.")
    return settings, chosen


def _policy_of(number: str) -> tuple[Settings, Policy]:
    """The profile whose prefix a project's number has."""
    settings = control.running_settings(load_settings())
    for policy in load_profiles(settings.profiles).values():
        if number.startswith(f"{policy.prefix}K-"):
            return settings, policy
    raise _unknown(number)


def _unknown(number: str) -> UserError:
    return UserError("project", f"No project {number}. See ./mingdian projects list.")
