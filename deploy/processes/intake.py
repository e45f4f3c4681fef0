"""The intake process: reads inbound topics into the inbox, delivers to the cases, tells outcomes, cleans."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from psycopg_pool import AsyncConnectionPool
from temporalio.contrib.opentelemetry import TracingInterceptor

from activities.outcomes import Pool
from deploy.errors import UserError
from deploy.profiles.lists import load_lists
from deploy.profiles.loader import load_profiles
from deploy.secrets import Secrets, load_secrets, quarantine, stream_keys
from deploy.settings import Settings
from events.producer import Producer
from workflows.intake.announce import announce
from workflows.intake.backoff import Backoff
from workflows.intake.cleaning import clean
from workflows.intake.deliver import Deliverer
from workflows.intake.desk import Desk
from workflows.intake.engine import Engine
from workflows.intake.health import Health
from workflows.intake.receive import Receiver
from workflows.intake.relay import relay
from workflows.intake.sending import keep_sending
from workflows.intake.succession import Succession
from workflows.policy.model import Policy
from workflows.temporal import connect

POOL_SIZE = 24
"""A connection per subject under delivery (16), and one each for the other loops, with room."""


Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


async def run(
    settings: Settings,
    stop: asyncio.Event,
    beat: Callable[[bool, str], None],
    clock: Clock = wall_clock,
) -> None:
    """Work until `stop` is set. `clock` says how late it is where facts are received."""
    policies = load_profiles(settings.profiles)
    desk = make_desk(settings, load_secrets(settings), policies, clock)
    health, wake = Health(beat), asyncio.Event()
    producer = Producer(settings.kafka_bootstrap, "mingdian-intake")
    pool = make_pool(settings, POOL_SIZE)
    await pool.open(wait=False)

    async def deliver() -> None:
        if engine := await _engine(settings, policies, health, stop):
            succession = Succession(pool, producer, policies, engine, clock)
            await _until_first_ends(
                Deliverer(pool, desk, engine, health, wake).run(stop),
                keep_sending("hand-over", succession.step, health, stop),
            )

    try:
        await _until_first_ends(
            Receiver(settings.kafka_bootstrap, pool, desk, health, wake).run(stop),
            announce(pool, producer, health, stop),
            relay(pool, producer, health, stop),
            clean(settings.kafka_bootstrap, pool, producer, health, stop, roll=settings.inbound_roll),
            deliver(),
        )
    finally:
        await pool.close()
        await asyncio.to_thread(producer.close)


def make_desk(
    settings: Settings, secrets: Secrets, policies: dict[str, Policy], clock: Clock = wall_clock
) -> Desk:
    """What intake works with, from settings and secrets. Raises `UserError` where somebody outside would
    speak in the platform's own name."""
    _require_foreign(policies, "a door token", secrets.tokens)
    _require_foreign(policies, "an inbound topic", settings.inbound_topics.values())
    return Desk(
        lists=load_lists(settings.profiles),
        policies=policies,
        keys=stream_keys(settings),
        quarantine=quarantine(settings),
        index_secret=secrets.index_secret,
        inbox_secret=secrets.inbox_secret,
        max_bytes=int(settings.max_payload_bytes),
        clock=clock,
        inbound=settings.inbound_topics,
    )


def _require_foreign(policies: dict[str, Policy], what: str, sources: Iterable[str]) -> None:
    """The platform's source is no upstream's: what comes under it may change the policy of a case."""
    for policy in policies.values():
        for source in sources:
            if source == policy.source or source.startswith(f"{policy.source}/"):
                raise UserError(
                    "platform_source", f"{source} is the platform's own source. Bind {what} to another one."
                )


def make_pool(settings: Settings, size: int) -> Pool:
    """A pool that hands out living connections only: a restart of the database leaves dead ones."""
    return AsyncConnectionPool(
        settings.postgres_dsn,
        min_size=1,
        max_size=size,
        timeout=10,
        open=False,
        check=AsyncConnectionPool.check_connection,
    )


async def _engine(
    settings: Settings, policies: dict[str, Policy], health: Health, stop: asyncio.Event
) -> Engine | None:
    """Temporal, once it answers; None when asked to stop before."""
    backoff = Backoff()
    while not stop.is_set():
        try:
            client = await connect(settings.temporal_address, settings.namespace, [TracingInterceptor()])
        except RuntimeError:
            health.say("deliver", False, "engine away")
            await backoff.wait(stop)
            continue
        health.say("deliver", True, "connected")
        return Engine(client, policies, settings.early_wait, settings.late_grace)
    return None


async def _until_first_ends(*parts: Awaitable[Any]) -> None:
    """All parts until they end; a part that breaks ends the process, which is then started anew."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
