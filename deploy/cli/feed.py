"""`feed`."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from deploy.errors import UserError
from deploy.feed import list_report, report
from deploy.feed.lists import READING, Given, ListReader, checked, feed_list, known_of
from deploy.feed.mapping import mapping_of, read_mapping
from deploy.feed.read import check_events, read_events, read_table
from deploy.feed.rows import Item
from deploy.feed.run import FEEDING, Bars
from deploy.feed.run import feed as feed_facts
from deploy.profiles.lists import list_table, source_of
from deploy.profiles.loader import load_profiles
from deploy.secrets import load_secrets
from deploy.settings import Settings, load_settings
from deploy.stack import control
from workflows.intake.list_plan import Known

SOURCE = "/upstream/feed"
LIST = "feed"
"""The key by which a mapping is known as that of a list of key projects."""


def feed(
    file: Annotated[
        Path, typer.Argument(help="JSON Lines of CloudEvents, or with --mapping a table or a list.")
    ],
    mapping: Annotated[
        Path | None, typer.Option("--mapping", "-m", help="TOML that says which column is which field.")
    ] = None,
    source: Annotated[
        str, typer.Option("--source", help="Whose token to use for lines that name no source.")
    ] = SOURCE,
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DAY", help="Of which day a list is, like 2026-03-31.")
    ] = "",
    complete: Annotated[
        bool, typer.Option("--complete", help="The list is whole: who does not stand in it is gone.")
    ] = False,
    sure: Annotated[
        bool, typer.Option("--sure", help="It is, though more than half of the records are gone.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check every line, send nothing; needs no stack.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line; the last has the totals.")
    ] = False,
) -> None:
    """Send facts to the running stack, wait for every outcome, and say line by line what was refused and why.

    A table goes through a mapping; each row is checked whole before any of its facts is sent, a bad row stops
    no other. Sent again, a file is all duplicates and changes nothing.

        ./mingdian feed events.jsonl

        ./mingdian feed queue.csv --mapping tests/data/miso.toml --dry-run

    A list of key projects, as a province or a city keeps it, has a mapping of its own kind in the profile
    (`feeds/prov.toml` explains each line). Of a row told twice the one that the feed changed later counts, so
    an old list overwrites nothing. With --complete, records that the list lacks are marked as gone, and stay;
    when they stand in a list again, they are back.

        ./mingdian feed 03.csv --mapping deploy/profiles/hainan/feeds/prov.toml --dry-run

        ./mingdian feed 03.csv --mapping deploy/profiles/hainan/feeds/prov.toml --as-of 2026-03-31 --complete

    The feed's own system may send the same: `POST /feeds/prov?as_of=2026-03-31&complete=true` with the list
    as it is and its token, or row by row to a Kafka topic of its own (MINGDIAN_INBOUND_TOPICS).

    Ends 0 when every line has an outcome, refused or not; 2 when it could not run.
    """
    settings = control.running_settings(load_settings())
    notes = Console(stderr=True) if as_json else Console()
    content = read_mapping(mapping) if mapping is not None else {}
    if mapping is not None and LIST in content:
        given = Given(file, list_table(mapping, content), as_of, complete, sure)
        _feed_list(settings, given, notes, dry_run=dry_run, as_json=as_json)
        return
    if as_of or complete or sure:
        raise UserError("no_list", "--as-of, --complete and --sure are for lists of key projects alone.")
    items = _read(settings, file, mapping, content, source, dry_run=dry_run)
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


def _feed_list(settings: Settings, given: Given, notes: Console, *, dry_run: bool, as_json: bool) -> None:
    policies = load_profiles(settings.profiles)
    reader = ListReader(policies, datetime.now(UTC), int(settings.max_payload_bytes))
    out = Console() if as_json else notes
    if dry_run:
        policy = policies.get(given.table.profile)
        up = control.look(settings) is not None or settings.postgres is not None
        source = source_of(given.table, policy) if policy is not None else ""
        known = asyncio.run(known_of(settings, source)) if up else None
        with Bars(notes, stages=(READING,)) as bars:
            made, read = checked(reader, given, known or Known({}), bars)
        compared = known is not None or not given.complete
        list_report.print_checked(made, read, given.table, out, as_json=as_json, compared=compared)
        return
    with Bars(notes, stages=(READING, *FEEDING)) as bars:
        came = asyncio.run(feed_list(settings, load_secrets(settings), reader, given, bars))
    list_report.print_came(came, out, as_json=as_json)


def _read(
    settings: Settings,
    file: Path,
    mapping: Path | None,
    content: dict[str, Any],
    source: str,
    *,
    dry_run: bool,
) -> list[Item]:
    policies = load_profiles(settings.profiles)
    now, largest = datetime.now(UTC), int(settings.max_payload_bytes)
    if mapping is not None:
        return list(read_table(file, mapping_of(mapping, content), policies, now, largest))
    if file.suffix.lower() == ".csv":
        raise UserError("no_mapping", f"{file} is a table. Say with --mapping which column is which field.")
    items = list(read_events(file, source))
    return check_events(items, policies, now, largest) if dry_run else items
