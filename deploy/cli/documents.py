"""`documents list` and `documents get`: the files of an application, for staff at the machine."""

import asyncio
import json
import os
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from psycopg_pool import AsyncConnectionPool
from rich.console import Console
from rich.table import Table

from activities.documents import register
from activities.documents.cabinet import OpenedFile
from activities.outcomes import Connection, Pool
from deploy.cli.database import asked
from deploy.documents import cabinet_of
from deploy.errors import UserError
from deploy.settings import Settings, load_settings
from deploy.stack import control

documents = typer.Typer(
    name="documents",
    help="The files of an application: `list` them, `get` one. Getting one is noted.",
    no_args_is_help=True,
)

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="The application's number.")]


class Line(NamedTuple):
    """A file of an application. `document` is empty for one that no fact names, `state` is `stored`, or
    `missing` for one that a fact names and that has not come."""

    document: str
    state: str
    sha256: str
    size: int
    media_type: str
    source: str
    at: str


@documents.command("list")
def list_(
    number: Number,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")] = False,
) -> None:
    """List the files of an application: those in the store, and those that facts name but nobody has sent."""
    settings = control.running_settings(load_settings())

    async def look(conn: Connection) -> list[Line]:
        return _lines(await register.files_of(conn, number), await register.named_by_facts(conn, number))

    lines = asked(settings, look)
    if as_json:
        for line in lines:
            typer.echo(json.dumps(line._asdict()))
        return
    out = Console()
    if not lines:
        out.print("No files are kept or named for this number.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("document", "state", "kind", "bytes", "since (UTC)", "SHA-256"):
        table.add_column(title, overflow="fold")
    for one in lines:
        shown = (one.document or "-", one.state, one.media_type, f"{one.size:,}", one.at[:16], one.sha256)
        table.add_row(*shown)
    out.print(table)


@documents.command("get")
def get(
    number: Number,
    sha256: Annotated[str, typer.Argument(metavar="SHA256", help="As `list` shows it.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write it; must not be there yet.")],
) -> None:
    """Write a file of an application to the disk, in clear, readable by you alone. Who got it is noted.

    ./mingdian documents get HN-2026-000012 9f86d081… --out plan.pdf
    """
    settings = control.running_settings(load_settings())
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UserError("out", f"Can't write {out}: {error.strerror}. Name another file.") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            opened = asyncio.run(_opened(settings, number, sha256))
            file.write(opened.content)
    except BaseException:
        out.unlink()
        raise
    typer.echo(f"{opened.ref.media_type}, {opened.ref.size} bytes: {out}")


async def _opened(settings: Settings, number: str, sha256: str) -> OpenedFile:
    pool: Pool = AsyncConnectionPool(settings.postgres_dsn, min_size=1, max_size=1, timeout=5, open=False)
    async with pool:
        opened = await cabinet_of(settings, pool).open_for_staff(number, sha256, f"command:{os.getuid()}")
    if opened is None:
        raise UserError(
            "no_file", "There is no such file, or it was erased. ./mingdian documents list shows."
        )
    return opened


def _lines(stored: list[register.StoredFile], named: list[register.NamedFile]) -> list[Line]:
    """What facts name, in their order, then what nobody names."""
    here = {one.sha256: one for one in stored}
    told = {one.sha256 for one in named}
    lines = [
        Line(
            one.document,
            "stored" if one.sha256 in here else "missing",
            one.sha256,
            one.size,
            one.media_type,
            here[one.sha256].source if one.sha256 in here else "",
            one.at.isoformat(),
        )
        for one in named
    ]
    return [
        *lines,
        *(
            Line("", "stored", one.sha256, one.size, one.media_type, one.source, one.stored_at.isoformat())
            for one in stored
            if one.sha256 not in told
        ),
    ]
