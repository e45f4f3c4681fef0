"""Reads and proves the log ahead of the one who writes: while PostgreSQL takes one batch, the next is read,
decoded and hashed on the other core."""

import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from events.consumer import Consumer, Record
from projections.batch import Batch, read

_AHEAD = 2  # batches in memory: the one being written, and those read ahead


class Span(NamedTuple):
    """What is to be read of a topic: by partition, from the next offset up to, not including, the last."""

    topic: str
    at: dict[int, int]
    targets: Mapping[int, int]

    def left(self) -> list[int]:
        """Return the partitions that are not at their target."""
        return sorted(number for number, target in self.targets.items() if self.at[number] < target)


_Queue = queue.Queue[Batch | BaseException | None]


def batches(consumer: Consumer, span: Span, size: int) -> Iterator[Batch]:
    """Yield what lies in the span in batches of `size` events or more. Raises what the consumer raises."""
    ahead: _Queue = queue.Queue(maxsize=_AHEAD)
    stop = threading.Event()
    reader = threading.Thread(target=_read, args=(consumer, span, size, ahead, stop), daemon=True)
    reader.start()
    try:
        while (batch := ahead.get()) is not None:
            if isinstance(batch, BaseException):
                raise batch
            yield batch
    finally:
        stop.set()
        while reader.is_alive():  # it may wait for a place in the queue
            with suppress(queue.Empty):
                ahead.get(timeout=0.05)


def _read(consumer: Consumer, span: Span, size: int, ahead: _Queue, stop: threading.Event) -> None:
    topic, at = span.topic, dict(span.at)
    ahead_of = Span(topic, dict(span.at), span.targets)  # the client's own position, past what is no record
    try:
        left = ahead_of.left()
        consumer.assign({(topic, number): at[number] for number in left})
        while left and not stop.is_set():
            records: list[Record] = []
            while left and len(records) < size and not stop.is_set():
                found = consumer.poll(0.5)
                records += [one for one in found if one.offset < span.targets[one.partition]]
                for number in left:
                    ahead_of.at[number] = consumer.position((topic, number))
                if ahead_of.left() != left:  # what has come to its end is not read beyond it
                    left = ahead_of.left()
                    consumer.assign({(topic, number): ahead_of.at[number] for number in left})
            ahead.put(read(records, at))
        ahead.put(None)
    except BaseException as error:  # told to the one who waits for it
        ahead.put(error)
