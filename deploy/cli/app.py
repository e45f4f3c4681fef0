"""The command line: what commands there are, and how their errors are told.

A command's module is imported only when that command is called: `--help` and a typing error answer at once.
Each module has a function, or for a command with commands of its own a `typer.Typer`, named like the command.
"""

import importlib
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

import typer

from deploy.cli import away
from deploy.errors import UserError

HELP = """
Mingdian 明电: the platform a grid company runs its customer connections on.

Start here:

    ./mingdian demo              a working day of the province, live on a web page
    ./mingdian demo --once       the same, checked to the last fact, then stopped

By hand:

    ./mingdian up                start the local stack
    ./mingdian feed FILE         send facts to it
    ./mingdian find --overdue    which applications are late
    ./mingdian history NUMBER    everything that happened to one
    ./mingdian down              stop the stack; its data stay

Settings are `MINGDIAN_…` in the environment or lines in `mingdian.toml`, for example `web_port = 8700`.

Status: 0 done, 1 found wrong, 2 could not run.
"""


class Command(NamedTuple):
    """`module` under `deploy.cli`; `help` is the line in the list of commands."""

    module: str
    panel: str
    help: str


_SHOW, _STACK, _WORK, _BUILD = "See it", "The local stack", "Applications", "Make it"

COMMANDS = {
    "demo": Command("demo", _SHOW, "Feed a working day and watch it on the pages."),
    "up": Command("stack", _STACK, "Start the local stack: Kafka, PostgreSQL, Temporal and the platform."),
    "down": Command("stack", _STACK, "Stop the local stack; nothing stays but the data."),
    "status": Command("status", _STACK, "Show every part, what waits, and how far the pages are behind."),
    "feed": Command("feed", _WORK, "Send facts: CloudEvents, or a table or a list through a mapping."),
    "find": Command("find", _WORK, "List applications by step, region, kind, overdue."),
    "export": Command("export", _WORK, "Tables for spreadsheets: figures, due dates of open cases."),
    "history": Command("history", _WORK, "Everything that happened to one case, project or member of staff."),
    "projects": Command("projects", _WORK, "Key projects: list, show, which may be one, join, part, link."),
    "teams": Command("teams", _WORK, "Who is away, back or gone; cases handed over to others."),
    "channels": Command("channels", _WORK, "Ways in: list what each takes, admit one."),
    "deadletters": Command("deadletters", _WORK, "What could not be taken, and why: list, show."),
    "documents": Command("documents", _WORK, "Files of an application: list them, get one."),
    "erase": Command("erase", _WORK, "Erase a person's data for ever, by number or by telephone."),
    "keys": Command("keys", _WORK, "Master keys: list, rotate; erase again after a database was restored."),
    "recover": Command("recover", _WORK, "Complete a restored database from the log, before intake goes on."),
    "catalogue": Command("catalogue", _BUILD, "Schemas and AsyncAPI: generate, check, release."),
    "policy": Command("policy", _BUILD, "The tables of a profile: check, diff, show, release."),
    "projections": Command("projections", _WORK, "The read models: list, rebuild, switch, drop, skip."),
    "bench": Command("bench", _BUILD, "Measured figures, each beside what it is compared with."),
    "roots": Command("roots", _WORK, "The signed hashes that stand for the whole log: list, seal, check."),
    "audit": Command("audit", _BUILD, "Prove the log, and that inbox, workflows and pages agree with it."),
    "chaos": Command("chaos", _BUILD, "Kill parts of a stack under load, and prove that nothing came of it."),
    "test": Command("test", _BUILD, "Run all checks: lint, types, layers, unit, integration, browser."),
}


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns its exit status, or raises `SystemExit` with it."""
    from events.errors import MingdianError

    try:
        _build(arguments)(list(arguments), prog_name="./mingdian")
    except UserError as error:
        return _complain(error.message)
    except MingdianError as error:
        return _complain(error.sentence)
    except BrokenPipeError:  # `| head` has seen enough
        sys.stderr.close()
    except Exception as error:
        told = away.sentence(error)
        if told is None:
            raise
        return _complain(told)
    return 0


def _complain(message: str) -> int:
    sys.stderr.write(f"mingdian: {' '.join(message.split())}\n")
    return 2


def _build(arguments: Sequence[str]) -> Callable[..., Any]:
    app = typer.Typer(
        name="mingdian",
        help=HELP,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="markdown",
        pretty_exceptions_show_locals=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_nothing)
    called = next((word for word in arguments if not word.startswith("-")), None)
    for name, command in COMMANDS.items():
        if find_spec(f"deploy.cli.{command.module}") is not None:
            _register(app, name, command, load=name == called)
    return app


def _nothing() -> None:
    """Has no options of its own."""


_nothing.__doc__ = HELP


def _register(app: typer.Typer, name: str, command: Command, *, load: bool) -> None:
    if not load:
        app.command(name, help=command.help, rich_help_panel=command.panel)(_nothing)
        return
    found = getattr(importlib.import_module(f"deploy.cli.{command.module}"), name)
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name, rich_help_panel=command.panel)
    else:
        app.command(name, rich_help_panel=command.panel, no_args_is_help=False)(found)
