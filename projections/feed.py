"""Reads and proves a part of the log in a process of its own, ahead of the one who writes.

Reading, hashing and checking take as much time as folding and writing; two processes take two cores. What
comes over the pipe are the proven bytes. The reader ends with the pipe: a killed rebuild leaves none behind.
"""

import fcntl
import gc
import json
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import IO, Any, NamedTuple

from events.consumer import Consumer, PositionLostError, Record
from events.errors import MingdianError
from events.producer import BusAwayError
from events.reading import proven_event
from projections.batch import Batch, collect, proof

_PIPE_BYTES = 1024 * 1024  # as much as Linux gives anybody: the two meet 16 times less often
_AHEAD = 2  # batches in memory beside the one being written
_POLL_RECORDS = 5_000


class Span(NamedTuple):
    """What is to be read of a topic: by partition, from the next offset up to, not including, the last."""

    topic: str
    at: dict[int, int]
    targets: Mapping[int, int]

    def left(self) -> list[int]:
        """Return the partitions that are not at their target."""
        return sorted(number for number, target in self.targets.items() if self.at[number] < target)


_Queue = queue.Queue[Batch | BaseException | None]


def batches(bootstrap: str, span: Span, size: int) -> Iterator[Batch]:
    """Yield what lies in the span in batches of `size` events or more.

    Raises `BusAwayError` and `PositionLostError` as a consumer does, `MingdianError` `reader_lost` when the
    reading process is killed.
    """
    order = [bootstrap, span.topic, list(span.at.items()), list(span.targets.items()), size]
    command = [sys.executable, "-P", "-m", "projections.feed", json.dumps(order)]
    ahead: _Queue = queue.Queue(maxsize=_AHEAD)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, bufsize=_PIPE_BYTES
    ) as reader:
        assert reader.stdout is not None
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with suppress(OSError):
                fcntl.fcntl(reader.stdout, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        receiver = threading.Thread(target=_receive, args=(reader.stdout, span, ahead), daemon=True)
        receiver.start()
        try:
            while (batch := ahead.get()) is not None:
                if isinstance(batch, BaseException):
                    raise batch
                yield batch
        finally:
            reader.kill()
            while receiver.is_alive():  # it may wait for a place in the queue
                with suppress(queue.Empty):
                    ahead.get(timeout=0.05)


def _receive(pipe: IO[bytes], span: Span, ahead: _Queue) -> None:
    at = dict(span.at)
    try:
        while (frame := pickle.load(pipe)) is not None:  # noqa: S301 - from our own process
            if isinstance(frame, str):
                raise _ERRORS.get(frame, BusAwayError)()
            ahead.put(collect(_opened(span.topic, frame), at))
        ahead.put(None)
    except EOFError:
        ahead.put(MingdianError("reader_lost", "The reading process has ended. Rebuild again: it goes on."))
    except BaseException as error:  # told to the one who waits for it
        ahead.put(error)


_ERRORS: dict[str, type[BusAwayError] | type[PositionLostError]] = {
    "bus_away": BusAwayError,
    "position_lost": PositionLostError,
}


def _opened(topic: str, frame: list[tuple[int, int, int, bytes, str | None]]) -> Iterator[tuple[Record, Any]]:
    for partition, offset, timestamp, value, code in frame:
        yield Record(topic, partition, offset, timestamp, None, value, ()), code or proven_event(value)


def main(order: str, out: IO[bytes]) -> None:
    """Read as ordered and write one pickled frame a batch: a list of records, the code of an error, or None
    at the end."""
    bootstrap, topic, at, targets, size = json.loads(order)
    gc.disable()  # no cycles are made here, and every object is gone with its batch
    span = Span(topic, dict(at), dict(targets))
    try:
        consumer = Consumer(bootstrap, client_id="rebuild", max_records=min(size, _POLL_RECORDS))
        for records in _rounds(consumer, span, size):
            proven = [(record, proof(record.value)) for record in records]
            frame = [
                (
                    one.partition,
                    one.offset,
                    one.timestamp,
                    one.value,
                    event if isinstance(event, str) else None,
                )
                for one, event in proven
            ]
            pickle.dump(frame, out, protocol=5)
        pickle.dump(None, out)
    except (BusAwayError, PositionLostError) as error:
        pickle.dump(error.code, out)


def _rounds(consumer: Consumer, span: Span, size: int) -> Iterator[list[Record]]:
    topic, left = span.topic, span.left()
    consumer.assign({(topic, number): span.at[number] for number in left})
    while left:
        records: list[Record] = []
        while left and len(records) < size:
            records += [one for one in consumer.poll(0.5) if one.offset < span.targets[one.partition]]
            for number in left:
                span.at[number] = consumer.position((topic, number))
            if span.left() != left:  # what has come to its end is not read beyond it
                left = span.left()
                consumer.assign({(topic, number): span.at[number] for number in left})
        yield records


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main(sys.argv[1], sys.stdout.buffer)
