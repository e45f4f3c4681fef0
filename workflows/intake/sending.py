"""The loop of whatever carries rows of the database to Kafka: outcomes, and the outbox."""

import logging
from asyncio import Event
from collections.abc import Awaitable, Callable

import psycopg
from psycopg_pool import PoolTimeout

from events.producer import BusAwayError, BusRefusedError
from workflows.intake.backoff import Backoff, wait_for
from workflows.intake.health import Health

_IDLE_SECONDS = 0.3

_log = logging.getLogger(__name__)


async def keep_sending(name: str, send: Callable[[], Awaitable[int]], health: Health, stop: Event) -> None:
    """Call `send` until `stop`; it returns how many records it sent. `name` is the part that health tells of.

    A database or a broker that is away is tried again with back-off. A record that the broker refuses waits
    too, and is told loudly: nothing may overtake it.
    """
    backoff = Backoff()
    while not stop.is_set():
        try:
            sent = await send()
            health.say(name, True, "sent")
            backoff.reset()
            if not sent:
                await wait_for(stop, _IDLE_SECONDS)
        except (psycopg.Error, PoolTimeout):
            health.say(name, False, "database away")
            await backoff.wait(stop)
        except BusAwayError:
            health.say(name, False, "broker away")
            await backoff.wait(stop)
        except BusRefusedError as error:
            _log.error("the broker refuses a record", extra={"part": name, "code": error.code})
            health.say(name, False, "broker refuses")
            await backoff.wait(stop)
