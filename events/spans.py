"""Reads a given part of the log, once, from its first record to its last. Blocking."""

from collections.abc import Iterator

from events.catalogue.roots_events import Span
from events.consumer import Consumer, PositionLostError, Record
from events.producer import BusAwayError

_POLL_SECONDS = 2.0
_EMPTY_POLLS = 5


def records(consumer: Consumer, span: Span) -> Iterator[list[Record]]:
    """Yield the records of a span in batches, in order. Blocking.

    Raises `PositionLostError` when the log does not hold the span, `BusAwayError` when it gives no more.
    """
    if not span.size:
        return
    place = (span.topic, span.partition)
    if consumer.ends([place])[place] < span.end:
        raise PositionLostError
    consumer.assign({place: span.start})
    empty = 0
    while consumer.position(place) < span.end:
        batch = consumer.poll(_POLL_SECONDS)
        empty = 0 if batch else empty + 1
        if empty >= _EMPTY_POLLS:
            raise BusAwayError
        if found := [record for record in batch if record.offset < span.end]:
            yield found
