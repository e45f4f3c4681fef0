"""`projections`: the builds of each read model; fill a new one, show it, remove an old one."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from deploy import collector
from deploy.errors import UserError
from deploy.read_models import all_projections, tables_of
from deploy.settings import Settings, load_settings
from deploy.stack import control
from deploy.stack.figures import build_figures
from projections import builds, holes
from projections.builds import BuildError
from projections.projection import Projection
from projections.rebuild import Rebuild, Result, Step
from projections.store import Connection

projections = typer.Typer(
    name="projections",
    help="The read models: `list` shows their builds, `rebuild` makes one anew beside the live one, `switch` "
    "shows it, `drop` removes one, `skip` lets a stream go on that waits for what will not come.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As in `list`: progress, prestart, and so on.")]
Number = Annotated[int | None, typer.Argument(metavar="[BUILD]", help="The build's number, as in `list`.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]

SWITCH_SECONDS = 60.0


@projections.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every build: what it is for, how far it is, what waits in it."""
    settings = control.running_settings(load_settings())
    with _database(settings):
        rows = build_figures(settings)
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    titles = ("projection", "build", "version", "state", "compared", "behind", "streams", "held", "findings")
    for title in titles:
        number = title in {"build", "version", "behind", "streams", "held", "findings"}
        table.add_column(title, justify="right" if number else "left")
    for row in rows:
        table.add_row(*("" if row.get(title) is None else str(row[title]) for title in titles))
    Console().print(table)


@projections.command()
def rebuild(
    name: Name,
    clean: Annotated[bool, typer.Option("--clean", help="Forget what an interrupted rebuild left.")] = False,
    switch_too: Annotated[
        bool, typer.Option("--switch", help="Show it at once, unless it differs and should not.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fold the whole log anew, beside the build that is shown, and compare the two row by row.

    The pages go on showing the live build; `switch` changes them over. A rebuild that was interrupted is
    gone on with. Ends 1 if the two differ and should not: another version may say other things.
    """
    settings = control.running_settings(load_settings())
    projection = _projection(name)
    out = Console(stderr=as_json)
    collector.look_seldom()
    with _database(settings), _bar(out) as show:
        result = Rebuild(
            projection, tables_of(projection), settings.kafka_bootstrap, settings.postgres_dsn, show
        ).run(clean=clean)
    if as_json:
        typer.echo(json.dumps(_told(result)))
    else:
        _print(out, result)
    if switch_too and not result.wrong:
        _switch(settings, name, result.build.build, differing=False)
        out.print(f"Build {result.build.build} is shown.")
    raise typer.Exit(1 if result.wrong else 0)


@projections.command()
def switch(
    name: Name,
    build: Number = None,
    differing: Annotated[
        bool, typer.Option("--differing", help="Also if its rows differ from what is shown.")
    ] = False,
) -> None:
    """Show another build, at once: by default the newest that is ready. The old one stays until dropped."""
    settings = control.running_settings(load_settings())
    _projection(name)
    with _database(settings) as db:
        ready = [one.build for one in builds.of(db, name) if one.state == builds.FOLLOWING]
    chosen = build if build is not None else next(iter(reversed(ready)), None)
    if chosen is None:
        raise UserError("no_build", f"Nothing to switch to. First ./mingdian projections rebuild {name}.")
    old = _switch(settings, name, chosen, differing=differing)
    Console().print(f"Build {chosen} of {name} is shown; build {old} is retired." if old else "Shown.")


@projections.command()
def drop(name: Name, build: Annotated[int, typer.Argument(metavar="BUILD")]) -> None:
    """Remove a build that is not shown, its rows and its books."""
    settings = control.running_settings(load_settings())
    _projection(name)
    with _database(settings) as db:
        builds.drop(db, name, build)
    Console().print(f"Build {build} of {name} is gone.")


@projections.command()
def skip(
    name: Name,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The application that stands still.")],
    reason: Annotated[str, typer.Option(help="Why nobody need wait; kept with it.")],
) -> None:
    """Let an application go on in a read model although events of it are missing. Kept on record."""
    settings = control.running_settings(load_settings())
    projection = _projection(name)
    if not reason.strip():
        raise UserError("reason", 'Say why: --reason "…".')
    with _database(settings) as db:
        for model in builds.kept_up(db, projection):
            gap, folded = holes.skip(db, model, number, reason.strip())
            missing = f"{gap.first} to {gap.last}" if gap.last > gap.first else str(gap.first)
            Console().print(f"Build {model.build}: sequence {missing} given up, {folded} events folded.")


def _projection(name: str) -> Projection:
    known = {one.name: one for one in all_projections()}
    if name not in known:
        raise UserError("projection", f"No projection {name}. There are: {', '.join(known)}.")
    return known[name]


@contextmanager
def _database(settings: Settings) -> Iterator[Connection]:
    try:
        with psycopg.connect(settings.postgres_dsn, autocommit=True, connect_timeout=5) as db:
            yield db
    except psycopg.errors.UndefinedTable:
        raise UserError(
            "not_set_up", "There are no read models yet. Start the stack: ./mingdian up."
        ) from None
    except psycopg.OperationalError:
        raise UserError(
            "no_database", "The database does not answer. Start the stack: ./mingdian up."
        ) from None


def _switch(settings: Settings, name: str, build: int, *, differing: bool) -> int | None:
    """Wait until the build has all that is shown; engines add to both while we look."""
    until = time.monotonic() + SWITCH_SECONDS
    with _database(settings) as db:
        while True:
            try:
                old = builds.switch(db, name, build, differing=differing)
            except BuildError as error:
                if error.code not in {"behind", "busy"} or time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                return old.build if old else None


@contextmanager
def _bar(out: Console) -> Iterator[Callable[[Step], None]]:
    columns = (
        TextColumn("{task.description:<9}"),
        BarColumn(bar_width=40),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
        TextColumn("{task.fields[rate]}", style="dim"),
    )
    with Progress(*columns, console=out, disable=not out.is_terminal) as bars:
        task = bars.add_task("folding", total=1, rate="")

        def show(step: Step) -> None:
            left = step.seconds_left
            rate = f"{step.rate:,.0f}/s" + (f", {left:,.0f} s left" if left is not None else "")
            told = rate if step.rate else ""
            bars.update(task, description=step.what, completed=step.done, total=step.total, rate=told)

        yield show


def _told(result: Result) -> dict[str, object]:
    found = result.comparison
    return {
        "projection": result.build.projection,
        "build": result.build.build,
        "resumed": result.resumed,
        "events": result.events,
        "seconds": round(result.seconds, 3),
        "equal": None if found is None else not found.differences,
        "rows": found and found.rows,
        "differences": found and found.differences,
        "digest": found and found.digests[1],
    }


def _print(out: Console, result: Result) -> None:
    rate = result.events / result.seconds if result.seconds else 0.0
    again = ", gone on with" if result.resumed else ""
    out.print(
        f"Build {result.build.build} of {result.build.projection}{again}: "
        f"{result.events:,} events in {result.seconds:.1f} s, {rate:,.0f} a second."
    )
    if result.comparison is None:
        out.print("There is no live build to compare it with.")
    elif not result.comparison.differences:
        out.print(f"Equal to the live one in all {result.comparison.rows:,} rows.")
    else:
        told = f"{result.comparison.differences:,} rows differ from the live one"
        if result.shown is not None and not result.wrong:
            told += f", which is of version {result.shown.version}"
        out.print(f"[red]{told}[/], for example:" if result.wrong else f"{told}, for example:")
        for line in result.comparison.examples:
            out.print(escape(line), highlight=False, soft_wrap=True)
