"""The worker: runs the lifecycles and what they do to the outside world."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from psycopg_pool import AsyncConnectionPool
from temporalio.client import Client
from temporalio.contrib.opentelemetry import TracingInterceptor
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities.inbox import InboxActivities
from activities.outcomes import OutcomeActivities, Pool
from activities.publish import PublishActivities
from deploy.processes.pause import pause
from deploy.profiles.loader import load_profiles
from deploy.settings import Settings
from events.producer import Producer
from workflows.connection import HighVoltageConnection, LowVoltageConnection
from workflows.messages import TASK_QUEUE
from workflows.sandbox import runner
from workflows.temporal import connect

_log = logging.getLogger(__name__)

RETRY_SECONDS = 2.0


async def run(settings: Settings, stop: asyncio.Event, beat: Callable[[bool, str], None]) -> None:
    """Work until `stop`. Temporal away at the start is waited for; later it is the SDK that reconnects."""
    for profile in load_profiles(settings.profiles).values():
        ZoneInfo(profile.timezone)  # loads the zone now, so that no workflow ever reads a file
    client = await _connect(settings, stop, beat)
    if client is None:
        return
    producer = Producer(settings.kafka_bootstrap, client_id="worker")
    pool: Pool = AsyncConnectionPool(settings.postgres_dsn, min_size=1, max_size=4, open=False)
    await pool.open()
    try:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[HighVoltageConnection, LowVoltageConnection],
            activities=[
                PublishActivities(producer).publish_events,
                OutcomeActivities(pool).record_outcome,
                InboxActivities(pool).wait_for_quiet,
            ],
            workflow_runner=runner(),
            max_cached_workflows=2_000,
            graceful_shutdown_timeout=timedelta(seconds=10),
        )
        async with worker:
            while not stop.is_set():
                beat(worker.is_running, "polling")
                await pause(stop, 1.0)
    finally:
        await pool.close()
        await asyncio.to_thread(producer.close)


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
