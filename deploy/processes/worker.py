"""The worker: runs the lifecycles and what they do to the outside world."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from temporalio.client import Client
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities.forward import ForwardActivities
from activities.inbox import InboxActivities
from activities.outcomes import OutcomeActivities, Pool
from activities.publish import PublishActivities
from activities.roots import RootActivities
from deploy.processes.intake import make_pool
from deploy.processes.pause import pause
from deploy.profiles.loader import load_profiles
from deploy.secrets import Watched, load_secrets
from deploy.settings import Settings
from events.errors import MingdianError
from events.producer import Producer
from workflows import root_schedule
from workflows.lifecycles import LIFECYCLES
from workflows.messages import TASK_QUEUE
from workflows.project import KeyProject
from workflows.roots import DailyRoot, SealRoot
from workflows.sandbox import runner
from workflows.temporal import connect

_log = logging.getLogger(__name__)

RETRY_SECONDS = 2.0
POOL_SIZE = 4


async def run(settings: Settings, stop: asyncio.Event, beat: Callable[[bool, str], None]) -> None:
    """Work until `stop`. Temporal away at the start is waited for; later it is the SDK that reconnects."""
    for profile in load_profiles(settings.profiles).values():
        ZoneInfo(profile.timezone)  # loads the zone now, so that no workflow ever reads a file
    client = await _connect(settings, stop, beat)
    if client is None:
        return
    key = load_secrets(settings).root_key
    if key is None:
        _log.warning("the secrets file has no root_key, no roots are sealed")
    producer = Producer(settings.kafka_bootstrap, client_id="worker")
    pool = make_pool(settings, POOL_SIZE)
    await pool.open(wait=False)
    try:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=lifecycles(),
            activities=[
                PublishActivities(producer).publish_events,
                OutcomeActivities(pool).record_outcome,
                InboxActivities(pool).wait_for_quiet,
                ForwardActivities(producer).forward_facts,
                *_sealing(settings, pool),
            ],
            workflow_runner=runner(),
            max_cached_workflows=2_000,
            graceful_shutdown_timeout=timedelta(seconds=10),
        )
        async with worker:
            scheduled = key is None
            while not stop.is_set():
                scheduled = scheduled or await _schedule(client)
                beat(worker.is_running, "polling")
                await pause(stop, 1.0)
    finally:
        await pool.close()
        await asyncio.to_thread(producer.close)


def lifecycles() -> list[type]:
    """What a worker runs. Recorded runs of each are replayed before a release."""
    return [*LIFECYCLES.values(), KeyProject, SealRoot, DailyRoot]


def _sealing(settings: Settings, pool: Pool) -> list[Callable[..., Any]]:
    """The activities of the daily root, for a worker that holds the key. A new key reaches them while they
    run."""
    secrets = Watched(settings, lambda read: read)
    if secrets().root_key is None:
        return []

    def key() -> bytes:
        held = secrets().root_key
        if held is None:
            raise MingdianError("no_root_key", "The secrets file has lost its root_key. Restore it.")
        return held

    roots = RootActivities(
        settings.kafka_bootstrap, pool, key, lambda: secrets().root_keys, settings.data_dir / "roots"
    )
    return [roots.find_spans, roots.compute_root, roots.keep_root]


async def _schedule(client: Client) -> bool:
    """Make the schedule of the daily root; False while Temporal does not answer."""
    try:
        await root_schedule.ensure(client)
    except RPCError as error:
        _log.warning("the daily root is not scheduled yet", extra={"code": error.status.name})
        return False
    return True


async def _connect(
    settings: Settings, stop: asyncio.Event, beat: Callable[[bool, str], None]
) -> Client | None:
    while not stop.is_set():
        try:
            return await connect(settings.temporal_address, settings.namespace, [TracingInterceptor()])
        except (RuntimeError, RPCError):
            beat(False, "Temporal does not answer, trying again")
            await pause(stop, RETRY_SECONDS)
    return None
