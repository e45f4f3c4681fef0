"""`policy`: for those who write the tables of a profile: check, compare, read and release them."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape

from deploy.cli import policy_sheet
from deploy.cli.policy_sweep import sweep_command
from deploy.errors import UserError
from deploy.profiles.lists import load_lists
from deploy.profiles.loader import RELEASED, ProfileError, load_profile, load_release, located, write_release
from deploy.settings import load_settings
from events.catalogue.traits import CustomerType, KeyArea, Kind, Supply, Usage
from workflows.policy import differences, regimes, release
from workflows.policy.force import named_rows
from workflows.policy.model import Policy

policy = typer.Typer(
    name="policy",
    help="""The tables of a profile: `check` them, `diff` two states, `show` what holds, `release` them.

A profile is a folder of TOML files. Every row says where it comes from (`basis`, `source`) and on which days
it holds (`valid_from`, `valid_to`). To change a rule: give the row a `valid_to`, add a row of the same id
with a `valid_from` on the next day, `check`, `diff`, `release`.""",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
Folder = Annotated[
    Path | None, typer.Argument(help="A profile's folder; by default the first of the settings.")
]
Folders = Annotated[list[Path] | None, typer.Argument(help="Profiles' folders; by default all in use.")]
Day = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="A local day; today.")]


policy.command("sweep")(sweep_command)


@policy.command()
def check(folders: Folders = None, as_json: AsJson = False) -> None:
    """Say everything that is wrong with the tables, by file and row. Ends 1 when there is anything.

    Names that no table lists, holes and rows that can never count, counts that do not add up, days on which a
    row is in force twice or not at all, released rows that are no longer what they were, and what is wrong
    with the mappings of the feeds' lists (`feeds/`).

    ./mingdian policy check

    ./mingdian policy check deploy/profiles/hainan
    """
    wrong = False
    for folder in folders or load_settings().profiles:
        try:
            told = _sound(folder)
        except ProfileError as error:
            wrong = True
            told = {"ok": False, "faults": list(error.faults)}
        if as_json:
            typer.echo(json.dumps({"folder": str(folder), **told}, ensure_ascii=False))
            continue
        for line in told.get("faults", ()):
            typer.echo(line)
        typer.echo(f"{folder}: {_verdict(told)}")
    raise typer.Exit(1 if wrong else 0)


@policy.command()
def diff(
    before: Annotated[Path | None, typer.Argument(metavar="A", help="A profile's folder.")] = None,
    after: Annotated[Path | None, typer.Argument(metavar="B", help="Another state of it.")] = None,
    on: Day = None,
    later: Annotated[
        datetime | None, typer.Option("--and", formats=["%Y-%m-%d"], help="Another local day.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what differs, row by row and field by field: between two folders, or between two days of one.

    ./mingdian policy diff deploy/profiles/hainan /tmp/hainan-next
    ./mingdian policy diff --on 2026-12-31 --and 2027-01-01
    """
    if after is None and (on is None or later is None):
        raise UserError("diff", "Give two folders, or two days: --on DAY --and DAY.")
    first = load_profile(_folder(before))
    if after is not None:
        found = differences.between(first, load_profile(after))
    else:
        assert on is not None and later is not None
        found = differences.over_time(first, on.date(), later.date())
    out = Console()
    for change in found:
        if as_json:
            typer.echo(json.dumps(_change(change), ensure_ascii=False))
        else:
            _tell(change, out)
    if not as_json:
        out.print(
            f"{len(found)} row{'s differ' if len(found) > 1 else ' differs'}." if found else "The same."
        )


@policy.command()
def show(
    folder: Folder = None,
    on: Day = None,
    kind: Annotated[Kind | None, typer.Option(help="Sets a usual voltage and customer.")] = None,
    voltage: Annotated[str | None, typer.Option(help="kV; 10 unless the kind says otherwise.")] = None,
    capacity: Annotated[str, typer.Option(help="kVA.")] = "100",
    customer: Annotated[CustomerType | None, typer.Option(help="Who applies.")] = None,
    usage: Annotated[Usage | None, typer.Option(help="What for.")] = None,
    supply: Annotated[Supply, typer.Option(help="One source or two.")] = Supply.SINGLE,
    region: Annotated[str | None, typer.Option(help="Code of the region; the first.")] = None,
    key_area: Annotated[KeyArea, typer.Option(help="A park or zone of the boundary rules.")] = KeyArea.NONE,
    investment: Annotated[str | None, typer.Option(help="In the profile's currency.")] = None,
    land: Annotated[
        datetime | None, typer.Option("--land", formats=["%Y-%m-%d"], help="Day the land was obtained.")
    ] = None,
    having: Annotated[
        list[str] | None,
        typer.Option(
            "--is",
            help="Any of: temporary, no_duct, handler, tenant, new_build, regulated, important, urban_land.",
        ),
    ] = None,
    before: Annotated[bool, typer.Option("--before", help="As it was before the measures.")] = False,
    language: Annotated[str | None, typer.Option(help="zh or en; the profile's first.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what holds for an application: steps, limits, documents, boundary, duties, pauses.

    ./mingdian policy show --voltage 10 --capacity 3150 --usage industrial
    ./mingdian policy show --kind lv_res --is tenant --on 2027-01-04
    ./mingdian policy show --voltage 110 --investment 100000000 --usage industrial --json
    """
    chosen = load_profile(_folder(folder))
    day = on.date() if on else _today(chosen)
    traits = policy_sheet.application(
        {"kind": kind, "voltage_kv": voltage, "customer_type": customer, "usage": usage},
        {
            "capacity_kva": capacity,
            "supply": supply,
            "region": region or chosen.regions[0].id,
            "key_area": key_area,
            "investment_cny": investment,
            "land_obtained_on": land.date() if land else None,
            **policy_sheet.flags(having or []),
        },
    )
    found = policy_sheet.sheet(regimes.before(chosen) if before else chosen, traits, day)
    if as_json:
        typer.echo(json.dumps(policy_sheet.as_object(found), ensure_ascii=False))
    else:
        policy_sheet.show(found, Console(), language or chosen.languages[0])


@policy.command("release")
def release_(
    folder: Folder = None,
    may_backdate: Annotated[
        bool,
        typer.Option("--backdated", help="Take rules that are new, yet in force since a day that is past."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Freeze the tables as they are. From then on a released row may only gain an end that lies ahead.

    Writes released.json beside the tables; keep it with them. The platform refuses to start on tables that
    are not what was released: cases live by them, and a replay must find them again.

    ./mingdian policy release deploy/profiles/hainan
    """
    place = _folder(folder)
    try:
        sound = load_profile(place)
    except ProfileError as error:
        for line in error.faults:
            typer.echo(line)
        raise typer.Exit(1) from None
    old, today = load_release(place), _today(sound)
    late = [] if old is None or may_backdate else release.backdated(sound, old, today)
    if late:
        for line in located(place, late):
            typer.echo(line)
        typer.echo("Cases of those days lived without. Date it from today on, or say --backdated.")
        raise typer.Exit(1)
    new = release.release_of(sound, today)
    write_release(place, new)
    counts = _unreleased(sound, old)
    if as_json:
        typer.echo(json.dumps({"folder": str(place), "released_on": today.isoformat(), **counts}))
    else:
        typer.echo(
            f"{place / RELEASED}: {counts['new']} rows new, {counts['ended']} ended, of {counts['rows']}."
        )


def _folder(given: Path | None) -> Path:
    return given or load_settings().profiles[0]


def _today(chosen: Policy) -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(chosen.timezone)).date()


def _sound(folder: Path) -> dict[str, Any]:
    found, released = load_profile(folder), load_release(folder)
    on = released.released_on.isoformat() if released else None
    load_lists([folder])
    return {"ok": True, "version": found.version, "released_on": on, **_unreleased(found, released)}


def _unreleased(found: Policy, released: release.Release | None) -> dict[str, int]:
    """How many rows there are, and how many are new or newly ended since the release."""
    known = {
        (table, row.id, row.valid_from): row.valid_to
        for table, rows in (released.rows if released else {}).items()
        for row in rows
    }
    keys = [
        ((table, name, row.valid_from), row.valid_to)
        for table, rows in named_rows(found).items()
        for name, row in rows
    ]
    return {
        "rows": len(keys),
        "new": sum(key not in known for key, _ in keys),
        "ended": sum(key in known and known[key] != end for key, end in keys),
    }


def _verdict(told: dict[str, Any]) -> str:
    if not told["ok"]:
        return f"{len(told['faults'])} wrong"
    since = f"released {told['released_on']}" if told["released_on"] else "not released"
    return f"holds, {told['rows']} rows, {since}, {told['new']} new, {told['ended']} ended"


def _change(change: differences.Change) -> dict[str, Any]:
    fields = {one.name: {"before": one.before, "after": one.after} for one in change.fields}
    day = change.valid_from.isoformat() if change.valid_from else None
    return {
        "table": change.table,
        "row": change.row,
        "what": change.what,
        "valid_from": day,
        "fields": fields,
    }


_COLOURS = {"added": "green", "ended": "yellow", "gone": "red", "changed": "cyan"}


def _tell(change: differences.Change, out: Console) -> None:
    since = f" from {change.valid_from}" if change.valid_from else ""
    colour = _COLOURS[change.what]
    out.print(f"[{colour}]{change.what:<8}[/]{change.table} [bold]{escape(change.row)}[/]{since}")
    for one in change.fields:
        values = f"{one.after}" if change.what == "added" else f"{one.before} → {one.after}"
        out.print(f"          {escape(one.name)}: {escape(values)}", soft_wrap=True, highlight=False)
