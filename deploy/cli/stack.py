"""`up`, `down`, `status`."""

import json
import time
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli.board import Board, prepare
from deploy.cli.parts_table import parts_table
from deploy.settings import Settings, load_settings
from deploy.stack import control
from deploy.stack.figures import Figures, platform_figures
from deploy.stack.processes import remembered
from deploy.stack.state import StackState

_WIDE = 200


def up(
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay until Ctrl-C, then stop everything.")
    ] = False,
) -> None:
    """Start the local stack and wait until every part is well.

    The first start fetches Kafka (about 15 s) and builds Temporal's server (about 4 min); later ones take
    seconds. A server that the settings name is used instead of starting one:

    MINGDIAN_POSTGRES=postgresql://… ./mingdian up
    """
    settings = load_settings()
    out = Console()
    prepare(settings, out)
    began = time.monotonic()
    with Board(out) as board:
        state, started = control.start(settings, board.show, own=foreground)
    if not started:
        out.print("Already up.")
    else:
        out.print(f"Up in {time.monotonic() - began:.1f} s.")
    _addresses(out, control.running_settings(settings))
    if foreground and started:
        _stay(settings, state, out)


def down() -> None:
    """Stop the local stack: the platform first, then the servers. The data stay: `up` finds them.

    It also ends what a killed supervisor left behind.
    """
    settings = load_settings()
    out = Console()
    with Board(out) as board:
        stopped = control.stop(settings, board.show)
    out.print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


def status(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for programs.")] = False,
) -> None:
    """Show every part of the stack, its health, and how far the pages are behind. Ends 1 if one is down."""
    settings = load_settings()
    state = control.look(settings)
    used = control.running_settings(settings)
    figures = platform_figures(used) if state else {}
    if as_json:
        known = state.model_dump(mode="json") if state else {"parts": []}
        whole = {"up": bool(state), "well": bool(state and state.well), **known, "figures": figures}
        typer.echo(json.dumps(whole))
    else:
        _show_status(state, figures, used)
    raise typer.Exit(0 if state and state.well else 1)


def _show_status(state: StackState | None, figures: Figures, settings: Settings) -> None:
    out = Console()
    if not out.is_terminal:
        out = Console(width=_WIDE)  # a file or a pipe has no width of its own
    if state is None:
        left = ", ".join(remembered(settings.run_dir))
        out.print(
            f"The supervisor is gone but left: {left}. ./mingdian down ends them." if left else "Not up."
        )
        return
    out.print(parts_table(state, out.width))
    for name, row in figures.items():
        told = ", ".join(f"{title.replace('_', ' ')} {_number(value)}" for title, value in row.items())
        out.print(f"{name:<12}{told}", highlight=False)


def _number(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _addresses(out: Console, settings: Settings) -> None:
    rows = [
        ("Kafka", settings.kafka_bootstrap),
        ("Temporal", settings.temporal_ui_url or settings.temporal_address),
    ]
    if settings.platform:
        rows.insert(0, ("Pages", settings.web_url))
    for name, address in rows:
        out.print(f"  {name:<9} {address}", highlight=False)
    out.print(f"  {'Logs':<9} {settings.log_dir}", highlight=False, soft_wrap=True)


def _stay(settings: Settings, state: StackState, out: Console) -> None:
    """Until Ctrl-C, or until the supervisor is stopped by somebody else."""
    out.print("Ctrl-C stops everything.")
    try:
        while state.supervisor.alive:
            time.sleep(0.5)
    except KeyboardInterrupt:
        out.print()
    with Board(out) as board:
        control.stop(settings, board.show)
    out.print("Stopped.")
