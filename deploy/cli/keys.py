"""`keys`: what wraps the keys of the streams and seals dead letters, and erasures after a database was
restored."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from activities.outcomes import Connection
from deploy.cli.database import asked
from deploy.documents import store_of
from deploy.errors import UserError
from deploy.rotation import MASTERS, QUARANTINE, Ring, add_key, drop_keys
from deploy.secrets import load_secrets, quarantine, stream_keys
from deploy.settings import Settings, load_settings
from deploy.stack import control
from events.producer import BusAwayError
from events.sealing import SealingError
from workflows.intake import reapply, reseal, rewrap

keys = typer.Typer(
    name="keys",
    help="Master keys: list, rotate; and erase again what a restored database brought back.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")]

_LOCK = 0x6D64_0003
"""Advisory lock of the one rotation at a time."""


class Rotated(NamedTuple):
    """What a rotation came to: the key in use, and how much was wrapped or sealed anew by it. `kept`: the
    file could not be written, so these are to be removed by hand."""

    current: str
    done: int
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
    """Make a new master key and a new quarantine key, and forget the old ones.

    Every stream key is wrapped anew, every dead letter without a stream sealed anew. The platform runs on
    meanwhile. Broken off, the next call goes on where this one stopped. A backup of the database from before
    opens only with the secrets file from before: keep them together. Receipt codes and the index of persons
    have keys of their own and stay; for the key that signs roots there is `roots rotate-key`.
    """
    settings = control.running_settings(load_settings())
    out = Console(stderr=as_json)

    async def work(conn: Connection) -> tuple[Rotated, Rotated]:
        cursor = await conn.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,))
        if (row := await cursor.fetchone()) is None or not row[0]:
            raise UserError("rotating", "Another rotation is under way. Wait for its end.")
        return await _rotate(conn, settings, out), await _rotate_quarantine(conn, settings, out)

    streams, letters = asked(settings, work)
    out.print(f"Master key {streams.current} wraps all stream keys; {streams.done} were wrapped anew.")
    out.print(f"Quarantine key {letters.current} seals dead letters; {letters.done} were sealed anew.")
    for ring, one in ((MASTERS, streams), (QUARANTINE, letters)):
        out.print(f"Forgotten: {', '.join(one.retired) or 'none'}.")
        if one.kept:
            out.print(
                f"Remove from `{ring.keys}` in the secrets file: {', '.join(one.kept)}.", soft_wrap=True
            )
    if as_json:
        typer.echo(json.dumps({"streams": streams._asdict(), "letters": letters._asdict()}))


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
    current = before.current if len(before.masters) > 1 else await _add(settings, MASTERS)
    old = tuple(sorted(set(before.masters) - {current}))
    done = await _rewrap_all(conn, settings, current, out)
    while not await rewrap.retire(conn, old, current):
        done += await _rewrap_all(conn, settings, current, out)
    return Rotated(current, done, old, kept=await _forget(settings, MASTERS, old))


async def _rotate_quarantine(conn: Connection, settings: Settings, out: Console) -> Rotated:
    before = load_secrets(settings)
    ring = before.quarantine_keys
    current = before.quarantine_current if len(ring) > 1 else await _add(settings, QUARANTINE)
    old = tuple(sorted(set(ring) - {current}))
    done = await _reseal_all(conn, settings, current, out)
    while not await reseal.retire(conn, old, current):
        done += await _reseal_all(conn, settings, current, out)
    return Rotated(current, done, old, kept=await _forget(settings, QUARANTINE, old))


async def _add(settings: Settings, ring: Ring) -> str:
    return await asyncio.to_thread(add_key, settings, ring)


async def _forget(settings: Settings, ring: Ring, old: tuple[str, ...]) -> tuple[str, ...]:
    """Forget old keys; returns those that are still in a file that can't be written."""
    try:
        await asyncio.to_thread(drop_keys, settings, ring, frozenset(old))
    except UserError:
        return old
    return ()


async def _rewrap_all(conn: Connection, settings: Settings, current: str, out: Console) -> int:
    keys = stream_keys(settings)
    todo = sum(one.keys for one in await rewrap.counts(conn) if one.master != current)
    try:
        return await _all(out, "wrapping stream keys", todo, lambda: rewrap.rewrap_some(conn, keys, current))
    except SealingError:
        raise _master_missing() from None


async def _reseal_all(conn: Connection, settings: Settings, current: str, out: Console) -> int:
    seals = quarantine(settings)
    todo = sum(count for key, count in (await reseal.counts(conn)).items() if key != current)
    try:
        return await _all(out, "sealing dead letters", todo, lambda: reseal.reseal_some(conn, seals, current))
    except SealingError:
        raise UserError(
            "quarantine_key_missing",
            "Some dead letters were sealed by a quarantine key that the secrets file lacks. Restore it.",
        ) from None


async def _all(out: Console, what: str, todo: int, some: Callable[[], Awaitable[int]]) -> int:
    """Do some until none is left; returns how many it were."""
    done = 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=out) as bars:
        bar = bars.add_task(what, total=todo)
        while count := await some():
            done += count
            bars.update(bar, completed=done, total=max(todo, done))
    return done


def _master_missing() -> UserError:
    return UserError(
        "master_missing",
        "Some stream keys were wrapped by a master key that the secrets file lacks. "
        "Restore it there: ./mingdian keys list names it.",
    )
