"""`deadletters`: what could not be taken, and why; and trying it again, as it was or corrected."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from activities.outcomes import Connection
from deploy.cli.database import asked
from deploy.errors import UserError
from deploy.processes.intake import make_desk
from deploy.profiles.loader import load_profiles
from deploy.secrets import load_secrets, quarantine, stream_keys
from deploy.settings import load_settings
from deploy.stack import control
from events.errors import MingdianError
from events.rfc3339 import read_strict
from workflows.intake import dismissing, letters
from workflows.intake.letters import Filter, Letter, Opened
from workflows.intake.replay import NotReplayableError, Replayed
from workflows.intake.replay import replay as try_again

deadletters = typer.Typer(
    name="deadletters",
    help="What could not be taken, and why: `replay`, `correct` with another content, or `dismiss` it.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
Source = Annotated[str | None, typer.Option(help="Of one source, such as /upstream/demo.")]
Code = Annotated[str | None, typer.Option(help="For one reason, such as unknown_region.")]
Application = Annotated[str | None, typer.Option("--number", help="Of one application, by its number.")]
Kind = Annotated[str | None, typer.Option("--type", help="Of one type, such as plan_replied.")]
Since = Annotated[str | None, typer.Option(help="Received since, such as 2026-11-02T00:00:00+08:00.")]
Number = Annotated[int, typer.Argument(metavar="NO", help="The number that `list` shows.")]


@deadletters.command("list")
def list_(
    source: Source = None,
    code: Code = None,
    number: Application = None,
    kind: Kind = None,
    since: Since = None,
    is_open: Annotated[bool, typer.Option("--open", help="Those not cleared since.")] = False,
    blocking: Annotated[
        bool, typer.Option("--blocking", help="Those behind which later facts wait.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the newest dead letters with their reasons.

    ./mingdian deadletters list --code case_closed
    """
    which = Filter(source, code, number, kind, _moment(since), open=is_open, blocking=blocking)

    async def ask(conn: Connection) -> list[Letter]:
        return await letters.listed(conn, which, limit)

    found = asked(control.running_settings(load_settings()), ask)
    if as_json:
        for letter in found:
            typer.echo(json.dumps(_told(letter), ensure_ascii=False))
        return
    out = Console()
    if not found:
        out.print("No dead letters.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("no.", "received (UTC)", "source", "id", "n", "application", "reasons", "now"):
        table.add_column(title, overflow="fold")
    for letter in found:
        reasons = ", ".join(dict.fromkeys(reason["code"] for reason in letter.reasons)) or letter.code
        at = letter.at.strftime("%m-%d %H:%M:%S")
        named = (letter.source or "-", letter.id or "-", str(letter.n or "-"), letter.number or "-")
        table.add_row(*(escape(cell) for cell in (str(letter.letter), at, *named, reasons, _stands(letter))))
    out.print(table)


@deadletters.command()
def replay(
    numbers: Annotated[
        list[int] | None, typer.Argument(metavar="[NO]…", help="The numbers in `list`.")
    ] = None,
    source: Source = None,
    code: Code = None,
    number: Application = None,
    kind: Kind = None,
    since: Since = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before replaying many.")] = False,
    as_json: AsJson = False,
) -> None:
    """Try dead letters again as they are: those named, or all that a filter finds and nobody cleared.

    ./mingdian deadletters replay 17
    ./mingdian deadletters replay --code no_case --number HN-2026-000007
    """
    which = Filter(source, code, number, kind, _moment(since), open=True)
    chosen = list(numbers or [])
    if bool(chosen) == (which != Filter(open=True)):
        raise UserError("which", "Name dead letters by their numbers, or give a filter such as --code.")
    if not chosen:

        async def ask(conn: Connection) -> list[Letter]:
            return await letters.listed(conn, which, 10_000)

        # In the order in which they came: what waited behind one follows by itself.
        chosen = sorted(letter.letter for letter in asked(control.running_settings(load_settings()), ask))
        if len(chosen) > 1 and not yes and not typer.confirm(f"Replay {len(chosen)} dead letters?", err=True):
            raise typer.Exit(1)
    _try_all(chosen, None, as_json=as_json)


@deadletters.command()
def correct(
    number: Number,
    file: Annotated[
        Path, typer.Argument(help="A JSON file: corrected data, or a whole event; - reads stdin.")
    ],
    as_json: AsJson = False,
) -> None:
    """Try a dead letter again with corrected data. It becomes a new version; the letter stays beside it.

    ./mingdian deadletters correct 17 mended.json
    """
    try:
        correction = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UserError("no_file", f"Can't read {file}: {error.strerror}.") from None
    _try_all([number], correction, as_json=as_json)


@deadletters.command()
def dismiss(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why nobody need look at it; kept with it.")],
    as_json: AsJson = False,
) -> None:
    """Be done with a dead letter whose fact is not wanted; what waited behind it goes on.

    ./mingdian deadletters dismiss 17 --reason "sent again under an id of its own"
    """

    try:
        asked(
            control.running_settings(load_settings()),
            lambda conn: dismissing.dismiss(conn, number, reason),
        )
    except MingdianError as error:
        raise UserError(error.code, error.sentence) from None
    told = {"letter": number, "status": "dismissed"}
    typer.echo(json.dumps(told) if as_json else f"{number}: dismissed")


def _try_all(chosen: Sequence[int], correction: bytes | None, *, as_json: bool) -> None:
    """Replay each in a transaction of its own; ends with 1 unless all are on their way."""
    settings = control.running_settings(load_settings())
    desk = make_desk(settings, load_secrets(settings), load_profiles(settings.profiles))

    async def ask(conn: Connection) -> list[tuple[int, Replayed | NotReplayableError]]:
        done: list[tuple[int, Replayed | NotReplayableError]] = []
        for number in chosen:
            try:
                async with conn.transaction():
                    done.append((number, await try_again(conn, desk, number, correction)))
            except NotReplayableError as error:
                done.append((number, error))
        return done

    results = asked(settings, ask)
    for number, result in results:
        told = _result(number, result)
        line = f"{number}: {told['status']}" + "".join(f"\n  {said}" for said in told["because"])
        typer.echo(json.dumps(told, ensure_ascii=False) if as_json else line)
    if not results and not as_json:
        typer.echo("No dead letters.")
    if any(isinstance(result, NotReplayableError) or result.problems for _, result in results):
        raise typer.Exit(1)


def _result(number: int, result: Replayed | NotReplayableError) -> dict[str, Any]:
    if isinstance(result, NotReplayableError):
        return {
            "letter": number,
            "status": "not_replayed",
            "code": result.code,
            "because": [result.sentence],
        }
    said = [f"{p.code}: {p.field + ': ' if p.field else ''}{p.sentence}" for p in result.problems]
    status = "refused" if said else "on_its_way"
    return {
        "letter": number,
        "status": status,
        "source": result.source,
        "id": result.id,
        "n": result.n,
        "because": said,
    }


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = read_strict(text)
    if not isinstance(moment, datetime):
        raise UserError("since", f"--since: {moment.sentence}")
    return moment


def _stands(letter: Letter) -> str:
    """What has become of it."""
    if letter.cleared_at:
        return "dismissed" if letter.dismissed else "cleared"
    words = ["replayed"] if letter.replayed_at else []
    if letter.blocks:
        words.append(f"{letter.behind} wait" if letter.behind else "blocks")
    return ", ".join(words) or letter.outcome


@deadletters.command()
def show(
    number: Number,
    as_json: AsJson = False,
) -> None:
    """Open one dead letter. It shows what was sent, personal data included, to you alone.

    ./mingdian deadletters show 17
    """
    settings = control.running_settings(load_settings())

    async def ask(conn: Connection) -> tuple[Letter, Opened | None] | None:
        return await letters.show(conn, stream_keys(settings), quarantine(settings), number)

    found = asked(settings, ask)
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
        "version": str(letter.n or "-") + (f", of letter {letter.version_of}" if letter.version_of else ""),
        "outcome": letter.outcome,
        "now": _stands(letter) + (f": {letter.dismissed}" if letter.dismissed else ""),
        "bytes until": letter.raw_until.isoformat(timespec="seconds") if letter.has_raw else "gone",
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
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in letter._asdict().items()
    }


def _content(opened: Opened | None) -> dict[str, object] | None:
    if opened is None:
        return None
    headers = [[name, value.decode("utf-8", "replace")] for name, value in opened.headers]
    return {"headers": headers, "body": opened.body.decode("utf-8", "backslashreplace")}
