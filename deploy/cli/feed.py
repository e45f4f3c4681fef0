"""`feed`."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.errors import UserError
from deploy.feed import report
from deploy.feed.mapping import load_mapping
from deploy.feed.read import check_events, read_events, read_table
from deploy.feed.rows import Item
from deploy.feed.run import Bars
from deploy.feed.run import feed as feed_facts
from deploy.profiles.loader import load_profiles
from deploy.secrets import load_secrets
from deploy.settings import Settings, load_settings
from deploy.stack import control

SOURCE = "/upstream/feed"


def feed(
    file: Annotated[Path, typer.Argument(help="JSON Lines of CloudEvents, or a CSV with --mapping.")],
    mapping: Annotated[
        Path | None, typer.Option("--mapping", "-m", help="TOML that says which column is which field.")
    ] = None,
    source: Annotated[
        str, typer.Option("--source", help="Whose token to use for lines that name no source.")
    ] = SOURCE,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check every line, send nothing; needs no stack.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line; the last has the totals.")
    ] = False,
) -> None:
    """Send facts to the running stack, wait for every outcome, and say line by line what was refused and why.

    A table goes through a mapping; each row is checked whole before any of its facts is sent. Sent again, a
    file is all duplicates and changes nothing.

        ./mingdian feed events.jsonl

        ./mingdian feed queue.csv --mapping tests/data/miso.toml --dry-run

    Ends 0 when every line has an outcome, refused or not; 2 when it could not run.
    """
    settings = control.running_settings(load_settings())
    notes = Console(stderr=True) if as_json else Console()
    items = _read(settings, file, mapping, source, dry_run=dry_run)
    if dry_run:
        verdicts = report.checked(items)
    else:
        facts = [fact for item in items for fact in item.facts]
        with Bars(notes) as bars:
            fed = asyncio.run(feed_facts(settings, load_secrets(settings), facts, source, bars))
        verdicts = report.judge(items, fed.fates)
    if as_json:
        report.print_json(verdicts, Console())
    else:
        report.print_table(verdicts, notes, dry_run=dry_run)


def _read(settings: Settings, file: Path, mapping: Path | None, source: str, *, dry_run: bool) -> list[Item]:
    policies = load_profiles(settings.profiles)
    now, largest = datetime.now(UTC), int(settings.max_payload_bytes)
    if mapping is not None:
        return list(read_table(file, load_mapping(mapping), policies, now, largest))
    if file.suffix.lower() == ".csv":
        raise UserError("no_mapping", f"{file} is a table. Say with --mapping which column is which field.")
    items = list(read_events(file, source))
    return check_events(items, policies, now, largest) if dry_run else items
