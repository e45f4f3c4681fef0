"""`status`."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from deploy.cli.parts_table import COLOURS, parts_table
from deploy.settings import Settings, load_settings
from deploy.stack import control
from deploy.stack.figures import Figures, platform_figures
from deploy.stack.processes import remembered
from deploy.stack.state import Phase, StackState
from deploy.stack.verdict import Standing, Verdict, judge

_WIDE = 200
_TITLE = 16


def status(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for programs.")] = False,
) -> None:
    """Show every part of the stack, what waits for a person, and how far the pages are behind.

    The state is `ok`; `degraded` when every part runs but something waits, such as dead letters, or a part
    can't do its work; `down` when a part does not run or answer. Beside each reason stands where to look.

    Ends 0 if it is ok, else 1: which of the two others it is, `--json` tells as `state`, with `because`.
    """
    settings = load_settings()
    state = control.look(settings)
    used = control.running_settings(settings)
    figures = platform_figures(used, ask_kafka=_answers(state, "kafka")) if state else {}
    verdict = judge(state, figures, used.log_dir)
    if as_json:
        known = (
            state.model_dump(mode="json") if state else {"parts": [], "left": list(remembered(used.run_dir))}
        )
        well = verdict.standing is Standing.OK
        whole = {"up": bool(state), "well": well, **verdict.as_json(), **known, "figures": figures}
        typer.echo(json.dumps(whole))
    elif state is None:
        _show_nothing(used)
    else:
        _show(state, verdict, figures)
    raise typer.Exit(0 if verdict.standing is Standing.OK else 1)


def _show_nothing(settings: Settings) -> None:
    left = ", ".join(remembered(settings.run_dir))
    typer.echo(f"The supervisor is gone but left: {left}. ./mingdian down ends them." if left else "Not up.")


def _show(state: StackState, verdict: Verdict, figures: Figures) -> None:
    out = Console()
    if not out.is_terminal:
        out = Console(width=_WIDE)  # a file or a pipe has no width of its own
    out.print(parts_table(state, out.width))
    for name, row in figures.items():
        told = ", ".join(f"{title.replace('_', ' ')} {_number(value)}" for title, value in row.items())
        if "behind" not in row and name != "callbacks":  # those are behind nothing
            told += ", behind not known: Kafka does not tell"
        out.print(f"{name:<{_TITLE}}{told}", highlight=False)
    colour = COLOURS.get(verdict.standing, "red")
    phase = f" ({state.phase})" if state.phase is not Phase.RUNNING else ""
    out.print(f"{'state':<{_TITLE}}[bold {colour}]{verdict.standing}[/]{phase}", highlight=False)
    for reason in verdict.because:
        line = escape(f"{reason.sentence}. See {reason.look}")
        out.print(f"{'':<{_TITLE}}{line}", highlight=False, soft_wrap=True)


def _answers(state: StackState, name: str) -> bool:
    return any(part.well for part in state.parts if part.name == name)


def _number(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
