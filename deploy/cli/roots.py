"""`roots list`, `seal`, `check` and `rotate-key`: the signed hashes that stand for the whole log."""

import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import typer
from psycopg_pool import AsyncConnectionPool
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table
from temporalio.client import WorkflowFailureError
from temporalio.service import RPCError

from activities.outcomes import Pool
from activities.roots import keep_blocks
from deploy.errors import UserError
from deploy.rotation import close_root_key, replace_root_key
from deploy.secrets import load_secrets
from deploy.settings import Settings, load_settings
from deploy.stack import control
from events.catalogue.roots_events import RootSealed
from events.consumer import Consumer
from events.root_check import check_roots
from events.root_log import LoggedRoot, read_roots
from workflows.root_schedule import seal_now
from workflows.temporal import connect

roots = typer.Typer(
    name="roots",
    help="The signed hashes that stand for the whole log: `list` them, `seal` one now, `check` them all.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]


class Checked(NamedTuple):
    """A root and what is wrong with it, if anything."""

    root: RootSealed
    code: str | None


@roots.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the roots, oldest first, as they lie in the log."""
    found = _read(control.running_settings(load_settings()))
    if as_json:
        for one in found:
            typer.echo(json.dumps(one.event.data))
        return
    out = Console()
    if not found:
        out.print("No root is sealed yet. The first follows at midnight UTC, or now: ./mingdian roots seal.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("no.", "sealed (UTC)", "records", "root"):
        table.add_column(title, overflow="fold")
    for one in found:
        table.add_row(str(one.root.number), f"{one.root.sealed_at:%Y-%m-%d %H:%M:%S}", *_told(one.root))
    out.print(table)


@roots.command()
def seal(as_json: AsJson = False) -> None:
    """Seal what the log holds now, without waiting for midnight."""
    event = asyncio.run(_sealed(control.running_settings(load_settings())))
    if as_json:
        typer.echo(json.dumps(event))
        return
    root = RootSealed.model_validate(event)
    typer.echo(f"root {root.number} stands for {root.leaves - 1} records: {root.root}")


@roots.command()
def check(as_json: AsJson = False) -> None:
    """Recompute every root from the log, and restore what pages need to prove a receipt. Ends 1 when a root
    differs."""
    settings = control.running_settings(load_settings())
    consumer = Consumer(settings.kafka_bootstrap, client_id="roots-check", max_records=2_000)
    try:
        keys = load_secrets(settings).root_keys
        total = sum(one.root.leaves for one in read_roots(consumer, keys).roots)
        with _bar() as bar:
            task = bar.add_task("leaves", total=total)
            checked = asyncio.run(
                _checked(settings, consumer, lambda leaves: bar.update(task, advance=leaves))
            )
    finally:
        consumer.close()
    wrong = [one for one in checked if one.code]
    if as_json:
        findings = [{"code": one.code, "root": one.root.number} for one in wrong]
        typer.echo(json.dumps({"ok": not wrong, "roots": len(checked), "findings": findings}))
    else:
        for one in wrong:
            typer.echo(f"root {one.root.number}: {one.code}")
        typer.echo(f"{len(checked)} roots over {total} leaves, {len(wrong)} wrong")
    raise typer.Exit(1 if wrong else 0)


@roots.command("rotate-key")
def rotate_key(as_json: AsJson = False) -> None:
    """Sign with a new key from now on, and seal a root with it at once.

    Of the old key only the public half is kept, good for the roots that it has signed and for none after.
    Whoever keeps roots outside the platform must be told of the new public key by another way than the log.
    Web and workers notice the changed secrets file by themselves; where they have copies, hand those out.
    """
    settings = control.running_settings(load_settings())
    old = load_secrets(settings).root_keys.current
    if old is None:
        raise _no_root_key()
    replace_root_key(settings, _last(settings, old))
    asyncio.run(_sealed(settings))
    close_root_key(settings, old, _last(settings, old))
    keys = load_secrets(settings).root_keys
    if as_json:
        typer.echo(json.dumps({"public_key": keys.current, "former": dict(keys.former)}))
        return
    typer.echo(f"Roots are signed by {keys.current}, and by {old} up to number {keys.former[old]}.")


def _last(settings: Settings, public: str) -> int:
    """The number of the last root that a key has signed; 0 where it has none."""
    return max((one.root.number for one in _read(settings) if one.root.public_key == public), default=0)


def _told(root: RootSealed) -> tuple[str, str]:
    return str(root.leaves - 1), root.root


async def _checked(settings: Settings, consumer: Consumer, watch: Callable[[int], None]) -> list[Checked]:
    found: list[Checked] = []
    pool: Pool = AsyncConnectionPool(settings.postgres_dsn, min_size=1, max_size=1, open=False)
    async with pool:
        steps = check_roots(consumer, load_secrets(settings).root_keys, watch)
        while (one := await asyncio.to_thread(next, steps, None)) is not None:
            if one.code is None:
                await keep_blocks(pool, one.tree)
            found.append(Checked(one.logged.root, one.code))
    return found


async def _sealed(settings: Settings) -> dict[str, Any]:
    if load_secrets(settings).root_key is None:
        raise _no_root_key()
    try:
        client = await connect(settings.temporal_address, settings.namespace)
        sealed: dict[str, Any] = (await seal_now(client)).event["data"]
    except WorkflowFailureError as error:
        raise UserError(
            "not_sealed", f"The root was not sealed: {_code(error)}. See the run `roots` in Temporal."
        ) from None
    except (RPCError, RuntimeError):
        raise UserError("no_temporal", "Temporal does not answer. Start the stack: ./mingdian up.") from None
    return sealed


def _no_root_key() -> UserError:
    return UserError(
        "no_root_key",
        "The secrets file has no root_key. Add one: 32 random bytes in base64; restart the workers.",
    )


def _code(error: BaseException) -> str:
    """The innermost cause's text: our failures carry a stable code and nothing else."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error)


def _read(settings: Settings) -> list[LoggedRoot]:
    consumer = Consumer(settings.kafka_bootstrap, client_id="roots-list")
    try:
        return read_roots(consumer, load_secrets(settings).root_keys).roots
    finally:
        consumer.close()


def _bar() -> Progress:
    return Progress(
        "[progress.description]{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
