"""`channels`: the ways in of a profile, what each takes, its token, and whether it hears what it is told."""

import asyncio
import json
import secrets as random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from deploy import callbacks
from deploy.cli.database import asked
from deploy.errors import UserError
from deploy.profiles.loader import load_interfaces, load_profile
from deploy.secrets import KEY_BYTES, Secrets, load_secrets, rewrite
from deploy.settings import Settings, load_settings
from deploy.stack import control
from projections.notify.state import CallbackState, state_of
from projections.notify.trial import send_trial
from workflows.policy.interface import Interface

channels = typer.Typer(
    name="channels",
    help="Ways in: `list` and `show` them, `admit` one, `rotate` its token, `test` its callback.",
    no_args_is_help=True,
)
Folder = Annotated[Path | None, typer.Option("--profile", help="A profile's folder; by default the first.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
Name = Annotated[str, typer.Argument(metavar="CHANNEL", help="Its code in the table: gov_app.")]


class _Chosen(NamedTuple):
    """A channel that was named, with what is around it."""

    settings: Settings
    profile: str
    table: Interface


@channels.command("list")
def list_(folder: Folder = None, as_json: AsJson = False) -> None:
    """List the channels that have a table: what they take, whether they are let in and called back."""
    settings = control.running_settings(load_settings())
    secrets = load_secrets(settings)
    chosen = folder or settings.profiles[0]
    profile = load_profile(chosen).profile
    rows = [_row(_Chosen(settings, profile, one), secrets) for one in load_interfaces(chosen)]
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("channel", "source", "takes", "all but", "token", "called back"):
        table.add_column(title)
    for row in rows:
        token = "yes" if row["token"] else "no: channels admit"
        takes, without = f"{len(row['takes'])} services", ", ".join(row["without"]) or "-"
        table.add_row(row["id"], row["source"], takes, without, token, row["callback"] or "no")
    Console().print(table)


@channels.command()
def show(channel: Name, folder: Folder = None, as_json: AsJson = False) -> None:
    """Show a channel: what it takes, and why not the rest; where it is called back, when it last heard, what
    waits."""
    chosen = _choose(channel, folder)
    row = _row(chosen, load_secrets(chosen.settings))
    row["without"] = {name: text.model_dump() for name, text in chosen.table.without.items()}
    row |= _told(_state(chosen))
    if as_json:
        typer.echo(json.dumps(row))
        return
    row["without"] = "; ".join(f"{name}: {text.en}" for name, text in chosen.table.without.items())
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in row.items():
        table.add_row(name.replace("_", " "), _as_text(value))
    Console().print(table)


@channels.command()
def admit(channel: Name, folder: Folder = None, as_json: AsJson = False) -> None:
    """Make a channel's token, and the secret that signs its callbacks, and show both, once.

    What it has already stays as it is and is not shown. It is let in at once.
    """
    chosen = _choose(channel, folder)
    load_secrets(chosen.settings)
    made: dict[str, str] = {}

    def add(content: dict[str, Any]) -> None:
        made.update(_give(content["tokens"], chosen.table.upstream, "token"))
        if chosen.table.callback is not None:
            made.update(_give(content["callbacks"], callbacks.secret_name(chosen.table), "callback_secret"))

    rewrite(chosen.settings, add)
    _print_made(chosen, made, as_json)
    if not made and not as_json:
        typer.echo("It has all it needs already.", err=True)


@channels.command()
def rotate(
    channel: Name,
    folder: Folder = None,
    overlap: Annotated[
        int, typer.Option(min=0, max=10_080, help="Minutes for which the former token stays good; 0: none.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Make a channel another token, and show it, once. The former one is refused at once, or after
    --overlap."""
    chosen = _choose(channel, folder)
    source = chosen.table.upstream
    load_secrets(chosen.settings).token(source)
    made = {"token": random.token_urlsafe(KEY_BYTES)}
    until = datetime.now(UTC) + timedelta(minutes=overlap)

    def change(content: dict[str, Any]) -> None:
        content["former_tokens"].pop(source, None)
        if overlap:
            content["former_tokens"][source] = {
                "token": content["tokens"][source], "until": until.isoformat(timespec="seconds")
            }  # fmt: skip
        content["tokens"][source] = made["token"]

    rewrite(chosen.settings, change)
    _print_made(chosen, {**made, **({"former_until": until.isoformat()} if overlap else {})}, as_json)


@channels.command()
def test(channel: Name, folder: Folder = None, as_json: AsJson = False) -> None:
    """Send a channel a signed trial notice, which names no application, and say whether it was heard.

    Its id begins with `trial:`. Ends 0 if it was answered with 2xx.
    """
    chosen = _choose(channel, folder)
    secrets = load_secrets(chosen.settings)
    address = _address(chosen, secrets)
    if address is None:
        raise UserError(
            "no_address",
            f"Nobody has named where {channel} is called back. Add {chosen.profile}.{channel} to "
            "MINGDIAN_CALLBACK_ADDRESSES, or to callback_addresses in the secrets file.",
        )
    secret = secrets.callbacks.get(callbacks.secret_name(chosen.table))
    signed_by = secret.get_secret_value().encode() if secret is not None else None
    callback = callbacks.filled(chosen.table, address)
    now = datetime.now(UTC)
    trial = asyncio.run(send_trial(callback, signed_by, chosen.settings.callback_hosts, now))
    told = {"channel": channel, "address": address.value, "id": trial.id, "heard": trial.code is None}
    if as_json:
        typer.echo(json.dumps({**told, "code": trial.code}))
    else:
        word = "heard" if trial.code is None else f"not heard ({trial.code})"
        typer.echo(f"{trial.id} to {address.value}: {word}")
    raise typer.Exit(0 if trial.code is None else 1)


def _choose(channel: str, folder: Path | None) -> _Chosen:
    settings = control.running_settings(load_settings())
    chosen = folder or settings.profiles[0]
    profile = load_profile(chosen).profile
    found = next((one for one in load_interfaces(chosen) if one.id == channel), None)
    if found is None:
        raise UserError(
            "no_channel", f"Profile {profile} has no table for {channel}. Add it to [[interfaces]]."
        )
    return _Chosen(settings, profile, found)


def _give(held: dict[str, str], name: str, kind: str) -> dict[str, str]:
    """Give what is missing, and return it by its kind."""
    if name in held:
        return {}
    held[name] = random.token_urlsafe(KEY_BYTES)
    return {kind: held[name]}


def _print_made(chosen: _Chosen, made: Mapping[str, str], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"channel": chosen.table.id, "source": chosen.table.upstream, **made}))
        return
    for name, value in made.items():
        typer.echo(f"{name.replace('_', ' ')}: {value}")


def _address(chosen: _Chosen, secrets: Secrets) -> callbacks.Address | None:
    named = chosen.settings.callback_addresses
    return callbacks.address_of(chosen.profile, chosen.table, named, secrets.callback_addresses)


def _row(chosen: _Chosen, secrets: Secrets) -> dict[str, Any]:
    one, address = chosen.table, _address(chosen, secrets)
    former = secrets.former_tokens.get(one.upstream)
    return {
        "id": one.id,
        "source": one.upstream,
        "takes": list(one.services),
        "without": sorted(one.without),
        "not_taken": sorted(set(one.not_taken.values())),
        "token": one.upstream in secrets.tokens,
        "former_token_until": former.until.isoformat() if former is not None else None,
        "callback": address.value if address is not None else None,
        "callback_named_by": address.named_by if address is not None else None,
        "callback_secret": one.callback is not None and callbacks.secret_name(one) in secrets.callbacks,
    }


def _state(chosen: _Chosen) -> CallbackState | None:
    """How its callbacks stand; None, and a word about it, while the stack is down."""
    try:
        return asked(chosen.settings, lambda conn: state_of(conn, chosen.profile, chosen.table.upstream))
    except UserError as error:
        typer.echo(f"What it was told is not known. {error}", err=True)
        return None


def _told(state: CallbackState | None) -> dict[str, Any]:
    """The same by name, moments as ISO 8601."""
    if state is None:
        return dict.fromkeys(CallbackState._fields)
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in state._asdict().items()
    }


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    return "-" if value is None else str(value)
