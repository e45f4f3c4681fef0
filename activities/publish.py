"""Publishing a case's events to the log. Every attempt sends the same bytes; the reader drops what it has
seen."""

import asyncio

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import PUBLISH_EVENTS, Published, PublishRequest
from events.envelope import Event
from events.producer import BusAwayError, BusRefusedError, Outgoing, Producer

SEND_SECONDS = 5.0
"""How long one attempt waits. After a worker was killed its attempt must be given up first: so, short."""


class PublishActivities:
    """Sends events through one producer per worker. While the broker is away one attempt at a time asks for
    it; the others are refused at once, so that they hold neither a thread nor a place of the worker."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._away = False
        self._asking = False

    @activity.defn(name=PUBLISH_EVENTS)
    async def publish_events(self, request: PublishRequest) -> Published:
        """Send the batch and wait until the broker has all of it. Raises ApplicationError `bus_away`, which
        the workflow retries for as long as it takes."""
        if self._away and self._asking:
            raise ApplicationError("bus_away", type="bus_away")
        events = [Event.model_validate(body) for body in request.events]
        records = [
            Outgoing(request.topic, event.partitionkey, event.as_bytes(), headers_of(event))
            for event in events
        ]
        self._asking = True
        try:
            places = await asyncio.to_thread(self._producer.publish_all, records, timeout=SEND_SECONDS)
        except BusAwayError as error:
            self._away = True
            raise ApplicationError(error.code, type=error.code) from None
        except BusRefusedError as error:
            raise ApplicationError(error.code, type=error.code) from None
        finally:
            self._asking = False
        self._away = False
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
