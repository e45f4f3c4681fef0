"""`bench`: measured figures, each beside what it is compared with."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.bench.log import Figure, measure
from deploy.settings import Settings, load_settings
from deploy.stack import control
from deploy.stack.running import running_stack

bench = typer.Typer(
    name="bench",
    help="Measured figures, each beside what it is compared with in the same run.",
    no_args_is_help=True,
)

SIZES = [10_000, 100_000, 1_000_000]


@bench.command()
def log(
    events: Annotated[
        list[int] | None,
        typer.Option(min=1_000, help="How many events; may be given several times. 10 k, 100 k and 1 M."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")] = False,
) -> None:
    """Publish, rebuild, poll: beside bare kafka-python, a hand-written loop, and Quix Streams.

    A million events take about ten minutes on a quiet machine of two cores. The topics are made for the
    purpose and deleted afterwards. Without a stack that is up, servers are started for as long as it lasts.

        ./mingdian bench log --events 100000
    """
    settings = load_settings()
    if control.look(settings):
        _log(control.running_settings(settings), events or SIZES, as_json)
    else:
        alone = settings.model_copy(update={"platform": False, "data_dir": settings.data_dir / "bench"})
        with running_stack(alone) as stack:
            _log(stack.settings, events or SIZES, as_json)


def _log(settings: Settings, sizes: list[int], as_json: bool) -> None:
    told = Console(stderr=True)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in Figure._fields:
        table.add_column(title, justify="left" if title in {"name", "unit"} else "right")
    for figure in measure(settings, sizes, lambda words: told.print(words, style="dim")):
        if as_json:
            typer.echo(json.dumps(figure._asdict()))
        table.add_row(*(_cell(value) for value in figure))
    if not as_json:
        Console().print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)
