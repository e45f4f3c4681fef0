"""Reads given parts of the log, each once, from its first record to its last. Blocking."""

from collections.abc import Iterable, Iterator, Sequence

from events.catalogue.roots_events import Span
from events.consumer import Consumer, PositionLostError, Record
from events.merkle import BlockTree
from events.producer import BusAwayError
from events.roots import leaves

_POLL_SECONDS = 2.0
_EMPTY_POLLS = 5


def records(consumer: Consumer, span: Span) -> Iterator[list[Record]]:
    """Yield the records of a span in batches, in order.

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


def read_spans(bootstrap: str, spans: Sequence[Span]) -> list[list[Record]]:
    """Return the records of each span, all in memory: for small parts. Raises as `records` does."""
    consumer = Consumer(bootstrap, client_id="spans")
    try:
        return [[one for batch in records(consumer, span) for one in batch] for span in spans]
    finally:
        consumer.close()


def grow(tree: BlockTree, consumer: Consumer, previous: str, spans: Iterable[Span]) -> Iterator[int]:
    """Add the leaves of a root to an empty tree, yielding now and then how many there are. Raises as
    `records` does."""
    tree.add(bytes.fromhex(previous))
    for span in spans:
        for batch in leaves(span, records(consumer, span)):
            for leaf in batch:
                tree.add(leaf)
            yield tree.size
