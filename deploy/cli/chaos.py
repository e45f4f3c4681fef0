"""`chaos`: the stack under load while its parts are killed."""

import asyncio
import json
import shutil
import time
from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console

from deploy.chaos.plan import Blow
from deploy.chaos.survive import STAGES, Survived, survive
from deploy.cli.audit import print_report
from deploy.cli.board import prepare
from deploy.feed.run import Bars
from deploy.profiles.loader import load_profile
from deploy.settings import Settings, load_settings
from deploy.stack.ports import private
from deploy.stack.running import running_stack

FOLDER = "chaos"


def chaos(
    applications: Annotated[
        int, typer.Option("--applications", min=1, max=5000, help="How many are fed.")
    ] = 30,
    kills: Annotated[int, typer.Option("--kills", min=0, max=1000, help="How many blows fall.")] = 3,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed, other facts and blows.")] = 1,
    wait: Annotated[
        float, typer.Option("--wait", min=5, help="Seconds that early and late facts are waited for.")
    ] = 60,
    away: Annotated[
        float,
        typer.Option(
            "--away", min=0, max=240, help="No kills: Kafka hangs, then is dead, for so many seconds each."
        ),
    ] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object as the last line, for programs.")
    ] = False,
) -> None:
    """Feed a working day to a stack of its own while its parts are killed, stopped and frozen; then audit.

    Intake, worker, projector, notify, web, Kafka, Temporal and PostgreSQL take turns. The stack lives in a
    folder of its own, on free ports, and is removed at the end unless something was found.

        ./mingdian chaos --applications 300 --kills 20 --seed 2
        ./mingdian chaos --away 180

    Ends 0 if nothing was lost, doubled or changed and the read models equal what the log makes of them; 1 if
    not; 2 if it could not run.
    """
    base = load_settings()
    notes = Console(stderr=as_json)
    prepare(base, notes)
    settings = private(
        base,
        base.data_dir / FOLDER / f"seed-{seed}",
        early_wait=timedelta(seconds=wait),
        late_grace=timedelta(seconds=wait),
        **({"traces": base.data_dir / FOLDER / f"seed-{seed}" / "traces.jsonl"} if away else {}),
    )
    shutil.rmtree(settings.data_dir, ignore_errors=True)
    survived = _run(settings, notes, applications, kills, seed, away)
    _tell(notes, settings, survived)
    if survived.ok:
        shutil.rmtree(settings.data_dir, ignore_errors=True)
    if as_json:
        told = {"away": survived.beside.figures} if survived.beside else {}
        print(json.dumps({**survived.figures, **told}))  # noqa: T201
    raise typer.Exit(0 if survived.ok else 1)


def _run(settings: Settings, out: Console, applications: int, kills: int, seed: int, away: float) -> Survived:
    policy = load_profile(settings.profiles[0])
    with running_stack(settings) as stack, Bars(out, stages=STAGES) as bars:
        began = time.monotonic()

        def struck(blow: Blow) -> None:
            out.print(f"{time.monotonic() - began:6.1f} s  {blow}", highlight=False)

        return asyncio.run(
            survive(
                stack.settings,
                stack.secrets,
                policy,
                applications=applications,
                kills=kills,
                seed=seed,
                bars=bars,
                struck=struck,
                away=away,
            )
        )


def _tell(out: Console, settings: Settings, survived: Survived) -> None:
    for fact in survived.lost:
        out.print(f"{fact}: no outcome", style="red", highlight=False)
    for one in survived.surprises:
        out.print(f"{one.id}: expected {one.expected}, found {one.found}", style="red", highlight=False)
    print_report(out, survived.report)
    for seen in survived.beside.figures if survived.beside else ():
        out.print(
            ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in seen.items()), soft_wrap=True
        )
    for name, value in survived.figures.items():
        out.print(f"{name.replace('_', ' '):<14}{value}", highlight=False)
    if not survived.ok:
        out.print(f"What is left to look at: {settings.data_dir}", highlight=False, soft_wrap=True)
