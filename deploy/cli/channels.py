"""`channels`: which ways in a profile has, what each takes, and the token by which one is let in."""

import json
import secrets as random
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from deploy.errors import UserError
from deploy.profiles.loader import load_interfaces, load_profile
from deploy.secrets import KEY_BYTES, Secrets, load_secrets, rewrite
from deploy.settings import load_settings
from deploy.stack import control
from workflows.policy.interface import Interface

channels = typer.Typer(
    name="channels",
    help="Ways in: `list` them; `admit` one, which makes its token and the secret of its callbacks.",
    no_args_is_help=True,
)
Folder = Annotated[Path | None, typer.Option("--profile", help="A profile's folder; by default the first.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]


@channels.command("list")
def list_(folder: Folder = None, as_json: AsJson = False) -> None:
    """List the channels that have a table: what they take, whether they are let in and called back."""
    settings = control.running_settings(load_settings())
    secrets = load_secrets(settings)
    rows = [_row(one, secrets) for one in load_interfaces(folder or settings.profiles[0])]
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("channel", "source", "takes", "not yet", "token", "called back"):
        table.add_column(title)
    for row in rows:
        token = "yes" if row["token"] else "no: channels admit"
        address = row["callback"] or "no"
        table.add_row(
            row["id"], row["source"], ", ".join(row["takes"]), ", ".join(row["not_taken"]), token, address
        )
    Console().print(table)


@channels.command()
def admit(
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="Its code in the table: gov_app.")],
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Make a channel's token, and the secret that signs its callbacks, and show both, once.

    What it has already stays as it is and is not shown. The web process lets it in from its next start on.
    """
    settings = control.running_settings(load_settings())
    chosen = folder or settings.profiles[0]
    found = next((one for one in load_interfaces(chosen) if one.id == channel), None)
    if found is None:
        name = load_profile(chosen).profile
        raise UserError("no_channel", f"Profile {name} has no table for {channel}. Add it to [[interfaces]].")
    load_secrets(settings)
    made: dict[str, str] = {}

    def add(content: dict[str, Any]) -> None:
        made.update(_give(content["tokens"], found.upstream, "token"))
        if found.callback is not None:
            made.update(_give(content["callbacks"], found.callback.secret, "callback_secret"))

    rewrite(settings, add)
    if as_json:
        typer.echo(json.dumps({"channel": channel, "source": found.upstream, **made}))
        return
    for name, value in made.items():
        typer.echo(f"{name.replace('_', ' ')}: {value}")
    typer.echo("Restart web to let it in." if made else "It has all it needs already.", err=True)


def _give(held: dict[str, str], name: str, kind: str) -> dict[str, str]:
    """Give what is missing, and return it by its kind."""
    if name in held:
        return {}
    held[name] = random.token_urlsafe(KEY_BYTES)
    return {kind: held[name]}


def _row(one: Interface, secrets: Secrets) -> dict[str, Any]:
    callback = one.callback
    return {
        "id": one.id,
        "source": one.upstream,
        "takes": list(one.services),
        "not_taken": sorted(set(one.not_taken.values())),
        "token": one.upstream in secrets.tokens,
        "callback": callback.address if callback else None,
        "callback_secret": callback is not None and callback.secret in secrets.callbacks,
    }
