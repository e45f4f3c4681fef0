"""`recover`: what a restored database has forgotten, learnt from the log."""

import json
from typing import Annotated, NamedTuple

import typer
from rich.console import Console

from activities.outcomes import Connection
from deploy.cli.database import asked
from deploy.documents import store_of
from deploy.errors import UserError
from deploy.secrets import stream_keys
from deploy.settings import load_settings
from deploy.stack import control
from events.producer import BusAwayError
from workflows.intake import readers, reapply
from workflows.intake import recover as forgotten


class Done(NamedTuple):
    """What was learnt, and what was erased again thereupon."""

    learnt: forgotten.Recovered
    erased: reapply.Reapplied


def recover(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """After the database was restored from a backup: complete it from the log, before intake goes on.

    Learns which cases there are and which facts were applied, so that none is applied again and no number
    is given out twice; reads on from where inbound facts are still there; then erases again what was erased
    since the backup. Facts that had come and were not applied yet are in no log: have upstream send its last
    days again, what is known is a duplicate.

        MINGDIAN_PLATFORM=false ./mingdian up && ./mingdian recover
    """
    settings = control.running_settings(load_settings())
    out = Console(stderr=as_json)
    store = store_of(settings)

    async def work(conn: Connection) -> Done:
        if await readers.living(conn):
            raise UserError(
                "intake_runs", "Intake is at work. Stop it first: recovering moves what it stands on."
            )
        learnt = await forgotten.recover(conn, settings.kafka_bootstrap, stream_keys(settings))
        return Done(learnt, await reapply.reapply(conn, settings.kafka_bootstrap, store.remove_all))

    try:
        done = asked(settings, work)
    except BusAwayError:
        raise UserError("no_kafka", "Kafka does not answer. Start the stack: ./mingdian up.") from None
    learnt = done.learnt
    out.print(
        f"Learnt: {learnt.cases} cases, {learnt.facts} applied facts, {learnt.names} references. "
        f"{learnt.partitions} partitions go on where facts are still there.",
        soft_wrap=True,
    )
    out.print(f"{done.erased.read} erasures in the log, {done.erased.erased} done again.")
    if as_json:
        typer.echo(json.dumps({**learnt._asdict(), "erased": done.erased.erased}))
