"""`find`: which applications match."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from psycopg import AsyncConnection, OperationalError
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from rich.console import Console
from rich.table import Table

from deploy.cli import choosing
from deploy.errors import UserError
from deploy.profiles.loader import load_profiles
from deploy.settings import Settings, load_settings
from deploy.stack import control
from projections.api.reads import Reads
from projections.api.views import Listing
from workflows.policy.model import Policy

Option = typer.Option


def find(
    profile: Annotated[
        str | None, Option(help="Which grid company; by default the first of the settings.")
    ] = None,
    step: Annotated[str | None, Option(help="For example supply_plan_reply, survey_and_metering.")] = None,
    region: Annotated[
        str | None, Option(help="Code or name of a city or county: 460100, 海口, Haikou.")
    ] = None,
    kind: Annotated[str | None, Option(help="hv, lv_nonres or lv_res.")] = None,
    overdue: Annotated[bool, Option("--overdue", help="Only what is late now.")] = False,
    manager: Annotated[str | None, Option(help="Staff id of the account manager.")] = None,
    limit: Annotated[int, Option(min=1, max=10_000, help="At most so many.")] = 50,
    as_json: Annotated[bool, Option("--json", help="One JSON object a line, for programs.")] = False,
) -> None:
    """List applications, late ones first, with the age of the list.

    ./mingdian find --overdue
    ./mingdian find --region 三亚 --kind hv --step supply_plan_reply
    """
    settings = control.running_settings(load_settings())
    profiles = load_profiles(settings.profiles)
    chosen = profiles.get(profile) if profile else next(iter(profiles.values()))
    if chosen is None:
        raise UserError("profile", f"No profile {profile}. There are: {', '.join(profiles)}.")
    asked: dict[str, Any] = {
        "step": choosing.known(
            step, sorted({step.id for process in chosen.processes for step in process.steps}), "step"
        ),
        "region": choosing.region(chosen, region),
        "kind": choosing.known(kind, ("hv", "lv_nonres", "lv_res"), "kind"),
        "overdue": True if overdue else None,
        "manager": manager,
        "limit": limit,
    }
    listing = asyncio.run(_ask(settings, chosen, asked))
    if as_json:
        for one in listing.applications:
            typer.echo(one.model_dump_json())
    else:
        _show(listing, chosen)


async def _ask(settings: Settings, policy: Policy, asked: dict[str, Any]) -> Listing:
    pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
        settings.postgres_dsn, min_size=1, max_size=1, timeout=5, open=False
    )
    try:
        await pool.open(wait=True, timeout=5)
        return await Reads(pool).find(policy, **asked)
    except (OperationalError, PoolTimeout):
        raise UserError("stack_away", "The stack does not answer. ./mingdian up starts it.") from None
    finally:
        await pool.close()


def _show(listing: Listing, policy: Policy) -> None:
    zone = ZoneInfo(policy.timezone)
    names = {one.id: one.name for one in policy.regions}
    language = policy.languages[0]
    grid = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("number", "region", "kind", "status", "step", "due", "kV", "kVA", "manager"):
        number = title in {"kV", "kVA"}
        grid.add_column(title, justify="right" if number else "left", no_wrap=title in {"number", "due"})
    for one in listing.applications:
        due = f"{one.due_at.astimezone(zone):%Y-%m-%d}" if one.due_at else ""
        due += "?" if one.provisional else ""
        late = "[red]late[/] " if one.overdue else ""
        region = getattr(names[one.region], language) if one.region in names else one.region
        figures = ("" if n is None else f"{n:.12g}" for n in (one.voltage_kv, one.capacity_kva))
        grid.add_row(
            one.number, region, one.kind, late + one.status, one.step or "", due, *figures, one.manager or ""
        )
    out = Console()
    out.print(grid)
    fresh = listing.fresh
    written = f"list written {_age(fresh.applied_at)} ago" if fresh.applied_at else "list not written yet"
    newest = f", newest event {_age(fresh.newest_event_at)} old" if fresh.newest_event_at else ""
    if any(one.provisional for one in listing.applications):
        out.print("? provisional: the holidays of that year are not published yet.", style="dim")
    out.print(f"{len(listing.applications)} of {listing.matching} shown; {written}{newest}.", style="dim")


def _age(moment: datetime) -> str:
    seconds = max(0, int((datetime.now(UTC) - moment).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
