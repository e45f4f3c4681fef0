"""Publishing a case's events to the log. Every attempt sends the same bytes; the reader drops what it has
seen."""

import asyncio
import time

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import PUBLISH_EVENTS, Published, PublishRequest
from events.envelope import Event
from events.producer import BusAwayError, BusRefusedError, Outgoing, Producer

SEND_SECONDS = 10.0
AWAY_SECONDS = 5.0  # after a failure, local attempts are refused at once for so long


class PublishActivities:
    """Sends events through one producer per worker, and knows for a while that the broker was away."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._away_until = 0.0

    @activity.defn(name=PUBLISH_EVENTS)
    async def publish_events(self, request: PublishRequest) -> Published:
        """Send the batch and wait until the broker has all of it. Raises ApplicationError `bus_away`, which
        the workflow retries for as long as it takes."""
        if activity.info().is_local and time.monotonic() < self._away_until:
            raise ApplicationError("bus_away", type="bus_away")
        events = [Event.model_validate(body) for body in request.events]
        records = [
            Outgoing(request.topic, event.partitionkey, event.as_bytes(), headers_of(event))
            for event in events
        ]
        try:
            places = await asyncio.to_thread(self._producer.publish_all, records, timeout=SEND_SECONDS)
        except BusAwayError as error:
            self._away_until = time.monotonic() + AWAY_SECONDS
            raise ApplicationError(error.code, type=error.code) from None
        except BusRefusedError as error:
            raise ApplicationError(error.code, type=error.code) from None
        self._away_until = 0.0
        partition, offset = places[-1]
        last = events[-1]
        return Published(sequence=last.number, hash=last.hash, partition=partition, offset=offset)


def headers_of(event: Event) -> list[tuple[str, bytes]]:
    """Return the Kafka headers of an event: its content type, and its trace, since clients carry none by
    themselves."""
    headers = [("content-type", b"application/cloudevents+json; charset=utf-8")]
    if event.traceparent is not None:
        headers.append(("traceparent", event.traceparent.encode()))
    return headers
