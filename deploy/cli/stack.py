"""`up`, `down`."""

import time
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli.board import Board, prepare
from deploy.settings import Settings, load_settings
from deploy.stack import control
from deploy.stack.state import StackState


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
