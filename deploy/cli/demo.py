"""`demo`."""

import asyncio
import contextlib
import json
import signal
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from deploy.cli.board import Board, prepare
from deploy.demo import runs, summary
from deploy.demo.channel_stage import Stage, on_stage
from deploy.demo.play import STAGES, Played, play
from deploy.feed.run import Bars
from deploy.profiles.loader import load_interfaces, load_profile
from deploy.settings import Settings, load_settings
from deploy.stack.running import Stack, running_stack

BOOK = "demo.json"


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Check to the last fact, stop what was started, end with a status.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, another province.")] = 1,
    run: Annotated[
        int | None, typer.Option("--run", min=1, help="Repeat a run; without it each demo is a new day.")
    ] = None,
    applications: Annotated[
        int, typer.Option("--applications", min=1, max=5000, help="How many, in a new run.")
    ] = 200,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --once: one JSON object as the last line.")
    ] = False,
) -> None:
    """Start the stack, feed a working day of the province, and watch it on the pages. Ctrl-C ends all of it.

    About 200 applications with every step's facts, some late, early, twice or wrong. Repeated with --seed and
    --run, every fact is a duplicate, and what is no fact (no JSON, too large, a stolen id) is refused again.

    Ends 0 if every fact is accounted for and inbox, workflows, log and pages agree; 1 if not; 2 if it could
    not run.
    """
    signal.signal(signal.SIGTERM, _ended)
    settings = load_settings()
    out = Console(stderr=as_json)
    prepare(settings, out)
    with ExitStack() as ending:
        stack = _start(ending, settings, out)
        policy = load_profile(stack.settings.profiles[0])
        interfaces = load_interfaces(stack.settings.profiles[0])
        channels = ending.enter_context(on_stage(stack.settings, policy.profile, interfaces))
        played = _play(stack, channels, out, seed, run, applications)
        if not (once and stack.started_here):  # what is stopped at once needs no address
            summary.print_addresses(out, stack.settings, stack.secrets, played.policy, played.figures)
        if not once:
            _stay(stack, out)
    if as_json:
        print(json.dumps(played.as_json()))  # noqa: T201
    raise typer.Exit(0 if played.ok else 1)


def _ended(number: int, _: object) -> NoReturn:
    """Ended from outside: what was started ends, and what was lent is taken back, as after Ctrl-C."""
    raise SystemExit(128 + number)


def _start(ending: ExitStack, settings: Settings, out: Console) -> Stack:
    began = time.monotonic()
    with Board(out) as board:
        stack = ending.enter_context(running_stack(settings, board.show))
    words = (
        f"Up in {time.monotonic() - began:.1f} s." if stack.started_here else "Joining the stack that is up."
    )
    out.print(words, highlight=False)
    return stack


def _play(
    stack: Stack, channels: Stage, out: Console, seed: int, run: int | None, applications: int
) -> Played:
    """Choose the run, play it, print what it came to."""
    settings = stack.settings
    book = settings.data_dir / BOOK
    policy = load_profile(settings.profiles[0])
    chosen, again = runs.choose_run(book, seed, run, applications, datetime.now(UTC))
    runs.remember(book, chosen)
    if again:
        out.print(f"Repeating run {chosen.run} of seed {chosen.seed}.", highlight=False)
    with Bars(out, stages=STAGES) as bars:
        played = asyncio.run(play(settings, stack.secrets, policy, chosen, bars, stage=channels))
    summary.print_summary(out, policy, chosen, played.verdict, played.figures)
    summary.print_heard(out, channels.listener.heard)
    summary.print_verdict(out, played.verdict, played.report)
    return played


def _stay(stack: Stack, out: Console) -> None:
    """Until Ctrl-C, or until somebody else stops the stack."""
    out.print(
        "\nCtrl-C ends the demo." if stack.started_here else "\nThe stack stays up. Ctrl-C ends the demo."
    )
    with contextlib.suppress(KeyboardInterrupt):
        while stack.state.supervisor.alive:
            time.sleep(0.5)
    out.print("\nStopping." if stack.started_here else "")
