"""`deadletters list` and `deadletters show`: what could not be taken, and why."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from activities.outcomes import Connection
from deploy.errors import UserError
from deploy.secrets import load_secrets, stream_keys
from deploy.settings import Settings, load_settings
from deploy.stack import control
from workflows.intake import letters
from workflows.intake.letters import Letter, Opened

deadletters = typer.Typer(
    name="deadletters",
    help="What could not be taken, and why: `list` tells the reasons, `show` opens one.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
T = TypeVar("T")


@deadletters.command("list")
def list_(
    source: Annotated[str | None, typer.Option(help="Of one source, such as /upstream/demo.")] = None,
    code: Annotated[str | None, typer.Option(help="For one reason, such as unknown_region.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the newest dead letters with their reasons.

    ./mingdian deadletters list --code case_closed
    """

    async def ask(conn: Connection) -> list[Letter]:
        return await letters.listed(conn, source=source, code=code, limit=limit)

    found = _asked(control.running_settings(load_settings()), ask)
    if as_json:
        for letter in found:
            typer.echo(json.dumps(_told(letter), ensure_ascii=False))
        return
    out = Console()
    if not found:
        out.print("No dead letters.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("no.", "received (UTC)", "source", "id", "application", "reasons"):
        table.add_column(title, overflow="fold")
    for letter in found:
        reasons = [reason["code"] for reason in letter.reasons] or [letter.code]
        at = letter.at.strftime("%m-%d %H:%M:%S")
        cells = (str(letter.letter), at, letter.source or "-", letter.id or "-", letter.number or "-")
        table.add_row(*(escape(cell) for cell in cells), ", ".join(dict.fromkeys(reasons)))
    out.print(table)


@deadletters.command()
def show(
    number: Annotated[int, typer.Argument(metavar="NO", help="The number that `list` shows.")],
    as_json: AsJson = False,
) -> None:
    """Open one dead letter. It shows what was sent, personal data included, to you alone.

    ./mingdian deadletters show 17
    """
    settings = control.running_settings(load_settings())
    secrets = load_secrets(settings)

    async def ask(conn: Connection) -> tuple[Letter, Opened | None] | None:
        return await letters.show(conn, stream_keys(settings), secrets.quarantine_key, number)

    found = _asked(settings, ask)
    if found is None:
        raise UserError("no_letter", f"There is no dead letter {number}. See ./mingdian deadletters list.")
    letter, opened = found
    if as_json:
        typer.echo(json.dumps({**_told(letter), "content": _content(opened)}, ensure_ascii=False))
        return
    _print(letter, opened)


def _print(letter: Letter, opened: Opened | None) -> None:
    out = Console(highlight=False)
    place = (
        f"{letter.origin} {letter.partition}:{letter.offset}" if letter.offset is not None else letter.origin
    )
    rows = {
        "received": letter.at.isoformat(timespec="seconds"),
        "through": place,
        "source, id": f"{letter.source or '-'}, {letter.id or '-'}",
        "application": f"{letter.number or '-'} ({letter.alias or '-'})",
        "outcome": letter.outcome,
    }
    for name, value in rows.items():
        out.print(f"{name:12} {escape(value)}")
    for reason in letter.reasons or [{"code": letter.code, "field": "", "sentence": letter.sentence}]:
        field = f" {reason['field']}:" if reason["field"] else ""
        said = f"{reason['code']}:{field} {reason['sentence']}"
        out.print(f"{'because':12} {escape(said)}", soft_wrap=True)
    if opened is None:
        out.print("\nThe bytes are gone: past their retention, or erased with the application.")
        return
    for header, content in opened.headers:
        typer.echo(f"{'header':12} {_plain(f'{header}: '.encode() + content)}")
    typer.echo(f"\n{_plain(opened.body)}")
    if letter.truncated:
        out.print("… (only the beginning was kept)")


def _plain(raw: bytes) -> str:
    """As text without control characters: what strangers sent must not steer the terminal."""
    text = raw.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)


def _told(letter: Letter) -> dict[str, object]:
    times = {"at": letter.at.isoformat(), "cleared_at": letter.cleared_at and letter.cleared_at.isoformat()}
    return {**letter._asdict(), **times}


def _content(opened: Opened | None) -> dict[str, object] | None:
    if opened is None:
        return None
    headers = [[name, value.decode("utf-8", "replace")] for name, value in opened.headers]
    return {"headers": headers, "body": opened.body.decode("utf-8", "backslashreplace")}


def _asked(settings: Settings, ask: Callable[[Connection], Awaitable[T]]) -> T:
    async def connected() -> T:
        async with await psycopg.AsyncConnection.connect(settings.postgres_dsn, connect_timeout=5) as conn:
            return await ask(conn)

    try:
        return asyncio.run(connected())
    except psycopg.errors.UndefinedTable:
        raise UserError(
            "not_set_up", "The database has no inbox yet. Start the stack: ./mingdian up."
        ) from None
    except psycopg.OperationalError:
        raise UserError(
            "no_database", "The database does not answer. Start the stack: ./mingdian up."
        ) from None
