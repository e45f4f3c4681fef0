"""`catalogue`: the language of the platform as files that others read, and the proof that it holds."""

from typing import Annotated

import typer

from deploy.catalogue import files, parser, proof
from deploy.catalogue.files import Places

catalogue = typer.Typer(
    name="catalogue",
    help="Schemas, AsyncAPI and frozen events: `generate`, `check`, `release`.",
    no_args_is_help=True,
)


@catalogue.command()
def generate() -> None:
    """Write JSON Schemas and the AsyncAPI document from the models, into events/schemas."""
    changed = files.generate(Places())
    for name in changed:
        typer.echo(name)
    typer.echo(f"{len(changed)} written" if changed else "Everything was up to date.")


@catalogue.command()
def release() -> None:
    """Freeze every version that is new: its schema, and events of it as they are written.

    Only new files are made. A version that no log holds yet can be taken back by deleting its two files,
    in events/schemas/released and in tests/data/corpus.
    """
    places = Places()
    files.generate(places)
    found = files.release(places)
    for name in found:
        typer.echo(name)
    typer.echo(f"{len(found)} released" if found else "Nothing is new.")


@catalogue.command()
def check(
    with_parser: Annotated[
        bool, typer.Option("--parser", help="Let AsyncAPI's own parser read the document, too.")
    ] = False,
) -> None:
    """Say what does not hold: files that drifted, released versions that changed, events no longer read.

    Ends 1 when there is anything.
    """
    places = Places()
    told = [f"{name}: not as generated; run `./mingdian catalogue generate`" for name in files.drift(places)]
    told += [str(one) for one in files.broken(places)]
    told += [f"{name}: not released; run `./mingdian catalogue release`" for name in files.unreleased(places)]
    told += proof.unread(files.corpus(places))
    if with_parser:
        verdict = parser.parse(places.schemas / files.ASYNCAPI)
        told += [f"{files.ASYNCAPI} {one.place}: {one.message}" for one in verdict.findings if one.error]
    for line in told:
        typer.echo(line)
    typer.echo(f"{len(told)} wrong" if told else "The catalogue holds.")
    raise typer.Exit(1 if told else 0)
