"""Sending the platform's own facts to other cases and projects: inbound, like anybody's, under its own
source, which no token opens."""

import asyncio
import json

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import FORWARD_FACTS, ForwardRequest, InternalFact
from events.envelope import write_time
from events.errors import MingdianError
from events.producer import Outgoing, Producer
from events.topics import INBOUND

SEND_SECONDS = 10.0


class ForwardActivities:
    """Sends through the worker's producer."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    @activity.defn(name=FORWARD_FACTS)
    async def forward_facts(self, request: ForwardRequest) -> None:
        """Send the facts and wait until the broker has them all. Again is harmless: intake knows their ids.

        Raises ApplicationError `bus_away`, or another of the bus, to be retried.
        """
        records = [Outgoing(INBOUND, one.subject, as_event(request, one)) for one in request.facts]
        try:
            await asyncio.to_thread(self._producer.publish_all, records, timeout=SEND_SECONDS)
        except MingdianError as error:
            raise ApplicationError(error.code, type=error.code) from None


def as_event(request: ForwardRequest, fact: InternalFact) -> bytes:
    """Return the fact in structured mode, the same bytes at every attempt."""
    return json.dumps(
        {
            "specversion": "1.0",
            "id": fact.id,
            "source": request.source,
            "type": fact.type,
            "subject": fact.subject,
            "time": write_time(fact.time),
            "profile": request.profile,
            "datacontenttype": "application/json",
            "data": fact.data,
        },
        ensure_ascii=False,
    ).encode()
