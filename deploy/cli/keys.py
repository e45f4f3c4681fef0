"""`keys`: the master keys that wrap the keys of the streams, and erasures after a database was restored."""

import asyncio
import json
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from activities.outcomes import Connection
from deploy.cli.database import asked
from deploy.documents import store_of
from deploy.errors import UserError
from deploy.secrets import add_master, drop_masters, load_secrets, stream_keys
from deploy.settings import Settings, load_settings
from deploy.stack import control
from events.producer import BusAwayError
from events.sealing import SealingError
from workflows.intake import reapply, rewrap

keys = typer.Typer(
    name="keys",
    help="Master keys: list, rotate; and erase again what a restored database brought back.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")]

_LOCK = 0x6D64_0003
"""Advisory lock of the one rotation at a time."""


class Rotated(NamedTuple):
    """What a rotation came to. `kept`: the file could not be written, so these are to be removed by hand."""

    current: str
    rewrapped: int
    retired: tuple[str, ...]
    kept: tuple[str, ...] = ()


@keys.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show each master key's id and how many stream keys it wraps. No key is shown."""
    settings = control.running_settings(load_settings())
    secrets = load_secrets(settings)
    wraps = {one.master: one.keys for one in asked(settings, rewrap.counts)}
    rows = {name: wraps.get(name, 0) for name in {*secrets.masters, *wraps}}
    if as_json:
        missing = sorted(set(wraps) - set(secrets.masters))
        typer.echo(json.dumps({"current": secrets.current, "wraps": rows, "missing": missing}))
        return
    for name, count in sorted(rows.items()):
        note = "current" if name == secrets.current else "to be rotated away"
        if name not in secrets.masters:
            note = "not in the secrets file: what it wraps can't be opened"
        typer.echo(f"{name}  {count:>9} stream keys  {note}")


@keys.command()
def rotate(as_json: AsJson = False) -> None:
    """Make a new master key, wrap every stream key with it, and forget the old one.

    The platform runs on meanwhile. Broken off, the next call goes on where this one stopped. A backup of the
    database from before opens only with the secrets file from before: keep them together. Receipt codes, the
    index of persons and dead letters have keys of their own and stay.
    """
    settings = control.running_settings(load_settings())
    out = Console(stderr=as_json)

    async def work(conn: Connection) -> Rotated:
        cursor = await conn.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,))
        if (row := await cursor.fetchone()) is None or not row[0]:
            raise UserError("rotating", "Another rotation is under way. Wait for its end.")
        return await _rotate(conn, settings, out)

    done = asked(settings, work)
    out.print(f"Master key {done.current} wraps all stream keys; {done.rewrapped} were wrapped anew.")
    out.print(f"Forgotten: {', '.join(done.retired) or 'none'}.")
    if done.kept:
        out.print(f"Remove from `masters` in the secrets file: {', '.join(done.kept)}.", soft_wrap=True)
    if as_json:
        typer.echo(json.dumps(done._asdict()))


@keys.command("reapply-erasures")
def reapply_erasures(as_json: AsJson = False) -> None:
    """After a database was restored: erase again what the log says was erased since.

    A backup holds the keys that were destroyed after it was made. The log remembers which. Do this before the
    platform serves pages from a restored database.
    """
    settings = control.running_settings(load_settings())
    out = Console(stderr=as_json)

    store = store_of(settings)

    async def work(conn: Connection) -> reapply.Reapplied:
        return await reapply.reapply(conn, settings.kafka_bootstrap, store.remove_all)

    try:
        done = asked(settings, work)
    except BusAwayError:
        raise UserError("no_kafka", "Kafka does not answer. Start the stack: ./mingdian up.") from None
    out.print(
        f"{done.read} erasures in the log: {done.erased} done again, {done.letters} dead letters emptied, "
        f"{done.unknown} of applications that this database does not know.",
        soft_wrap=True,
    )
    if as_json:
        typer.echo(json.dumps(done._asdict()))


async def _rotate(conn: Connection, settings: Settings, out: Console) -> Rotated:
    before = load_secrets(settings)
    if {one.master for one in await rewrap.counts(conn)} - set(before.masters):
        raise _master_missing()
    # More than one: a rotation was broken off, or a new key was put there by hand. It is brought to its end.
    current = before.current if len(before.masters) > 1 else await asyncio.to_thread(add_master, settings)
    old = tuple(sorted(set(before.masters) - {current}))
    rewrapped = await _rewrap_all(conn, settings, current, out)
    while not await rewrap.retire(conn, old, current):
        rewrapped += await _rewrap_all(conn, settings, current, out)
    try:
        await asyncio.to_thread(drop_masters, settings, frozenset(old))
    except UserError:
        return Rotated(current, rewrapped, old, kept=old)
    return Rotated(current, rewrapped, old)


async def _rewrap_all(conn: Connection, settings: Settings, current: str, out: Console) -> int:
    stream = stream_keys(settings)
    todo = sum(one.keys for one in await rewrap.counts(conn) if one.master != current)
    done = 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=out) as bars:
        bar = bars.add_task("wrapping stream keys", total=todo)
        try:
            while count := await rewrap.rewrap_some(conn, stream, current):
                done += count
                bars.update(bar, completed=done, total=max(todo, done))
        except SealingError:
            raise _master_missing() from None
    return done


def _master_missing() -> UserError:
    return UserError(
        "master_missing",
        "Some stream keys were wrapped by a master key that the secrets file lacks. "
        "Restore it there: ./mingdian keys list names it.",
    )
