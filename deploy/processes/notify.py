"""The notify process: tells channels what becomes of the applications that came by them."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from deploy.callbacks import Called, watched_addresses
from deploy.processes.intake import make_pool
from deploy.profiles.loader import load_all_interfaces
from deploy.secrets import Watched
from deploy.settings import Settings
from projections.notify.reader import Reader
from projections.notify.sender import Sender
from workflows.intake.health import Health

POOL_SIZE = 10
"""A connection per line under way (8), with room."""


async def run(settings: Settings, stop: asyncio.Event, beat: Callable[[bool, str], None]) -> None:
    """Work until `stop` is set."""
    called = counterparts(settings)
    health = Health(beat)
    pool = make_pool(settings, POOL_SIZE)
    await pool.open(wait=False)
    secrets = Watched(settings, lambda known: known.callbacks)

    def secret(name: str) -> bytes | None:
        found = secrets().get(name)
        return found.get_secret_value().encode() if found is not None else None

    reader = Reader(
        settings.kafka_bootstrap,
        settings.postgres_dsn,
        called,
        lambda ok, detail: health.say("log", ok, detail),
    )
    sender = Sender(
        pool,
        called,
        secret,
        settings.callback_hosts,
        lambda: datetime.now(UTC),
        lambda ok, detail: health.say("channels", ok, detail),
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(reader.run(stop))
            tasks.create_task(sender.run(stop))
    finally:
        await pool.close()


def counterparts(settings: Settings) -> Called:
    """The channels of all profiles that are called back."""
    return Called(
        load_all_interfaces(settings.profiles), settings.callback_addresses, watched_addresses(settings)
    )
