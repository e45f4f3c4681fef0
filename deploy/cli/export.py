"""`export csv`: how promises stood by quarter and region, and the steps of open cases, as tables."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from psycopg import AsyncConnection, OperationalError
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from deploy.errors import UserError
from deploy.profiles.loader import load_profiles
from deploy.settings import Settings, load_settings
from deploy.stack import control
from projections.api import tables
from projections.api.exports import FigureLine, StepLine, figure_lines, step_lines
from projections.api.quarters import Quarter
from projections.api.reads import Reads
from projections.api.views import View
from workflows.policy.model import Policy

export = typer.Typer(
    name="export",
    help="Tables for spreadsheets: figures by quarter, due dates of open cases. Nothing personal.",
    no_args_is_help=True,
)


@export.callback()
def _export() -> None:
    """Tables for spreadsheets. Nothing personal, and no member of staff, is in them."""


@export.command("csv")
def csv(
    folder: Annotated[Path, typer.Argument(help="Where the tables are put; made if it is not there.")],
    profile: Annotated[
        str | None, typer.Option(help="Which grid company; by default the first of the settings.")
    ] = None,
) -> None:
    """Write PROFILE-figures.csv (every quarter, region and class) and PROFILE-open-steps.csv (open cases).

    UTF-8 with a byte-order mark; the pages show the same figures and due dates.
    """
    settings = control.running_settings(load_settings())
    profiles = load_profiles(settings.profiles)
    chosen = profiles.get(profile) if profile else next(iter(profiles.values()))
    if chosen is None:
        raise UserError("profile", f"No profile {profile}. There are: {', '.join(profiles)}.")
    folder.mkdir(parents=True, exist_ok=True)
    for path, count in asyncio.run(_write(settings, chosen, folder, datetime.now(UTC))):
        typer.echo(f"{path}: {count} rows")


async def _write(settings: Settings, policy: Policy, folder: Path, now: datetime) -> list[tuple[Path, int]]:
    pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
        settings.postgres_dsn, min_size=1, max_size=1, timeout=5, open=False
    )
    try:
        await pool.open(wait=True, timeout=5)
        return await write(Reads(pool), policy, folder, now)
    except (OperationalError, PoolTimeout):
        raise UserError("stack_away", "The stack does not answer. ./mingdian up starts it.") from None
    finally:
        await pool.close()


async def write(reads: Reads, policy: Policy, folder: Path, now: datetime) -> list[tuple[Path, int]]:
    """Write both tables; return paths and numbers of rows. An older one stays until the new one is whole."""
    figures, steps = (folder / f"{policy.profile}-{name}.csv" for name in ("figures", "open-steps"))
    return [
        (figures, await _save(figures, FigureLine, _figures(reads, policy, now))),
        (steps, await _save(steps, StepLine, _steps(reads, policy, now))),
    ]


async def _figures(reads: Reads, policy: Policy, now: datetime) -> AsyncIterator[Iterator[FigureLine]]:
    newest = await reads.figures(policy, now, region=None, quarter=None)
    for quarter in newest.quarters:
        view = await reads.figures(policy, now, region=None, quarter=Quarter.read(quarter))
        yield figure_lines(policy, view)


async def _steps(reads: Reads, policy: Policy, now: datetime) -> AsyncIterator[Iterator[StepLine]]:
    async for state in reads.open_cases(policy):
        yield step_lines(policy, state, now)


async def _save(path: Path, columns: type[View], parts: AsyncIterator[Iterator[Any]]) -> int:
    new = path.with_name(f".{path.name}.new")
    try:
        with new.open("w", encoding="utf-8", newline="") as file:
            count = await _fill(file, columns, parts)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    return count


async def _fill(file: TextIO, columns: type[View], parts: AsyncIterator[Iterator[Any]]) -> int:
    count = 0
    file.write(tables.head(columns))
    async for part in parts:
        for row in part:
            file.write(tables.line(columns, row))
            count += 1
    return count
