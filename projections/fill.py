"""Fills a read model from a part of the log in several processes, each with partitions of its own.

Partitions are independent: a stream lies in one of them, a row has one writer, offsets are compared per
partition. So each process reads, proves, folds and writes for itself, and as many run as there are cores:
this one, which begins at once, and others beside it.
"""

import json
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, NamedTuple

import psycopg

from events.consumer import Consumer, Record
from events.errors import MingdianError
from projections import batch, books
from projections.projection import ReadModel
from projections.store import Connection

POLL_RECORDS = 5_000

_FEW = 30_000
"""So few records are filled before another process would have started."""


class Order(NamedTuple):
    """What one process fills: partitions up to, not including, their targets, in batches of about `size`."""

    model: ReadModel
    bootstrap: str
    dsn: str
    targets: dict[int, int]
    size: int


class Done(NamedTuple):
    """A batch that is written: records it took, events that changed something."""

    records: int
    events: int


def fill(
    order: Order, at: Mapping[int, int], consumer: Consumer, processes: int | None = None
) -> Iterator[Done]:
    """Fill what lies between `at` and the order's targets; yield each batch when it is written.

    `consumer`: what this process reads with; one that knows the topic reads at once, a new one has to ask.

    Raises `MingdianError` with the code of what stopped one of the processes; the others are stopped with
    it, and nothing is lost but the batches under way.
    """
    left = sorted(number for number, target in order.targets.items() if at[number] < target)
    few = sum(order.targets[number] - at[number] for number in left) <= _FEW
    count = min(len(left), processes or (1 if few else os.cpu_count() or 1))
    own, *rest = [_part(order, left[place::count]) for place in range(count)] or [_part(order, [])]
    others = _Others()
    with ExitStack() as stack:
        for part in rest:
            stack.enter_context(others.started(part))
        for done in _fill(own, consumer):
            yield done
            yield from others.heard(wait=False)
        yield from others.heard(wait=True)


def _part(order: Order, partitions: list[int]) -> Order:
    return order._replace(targets={number: order.targets[number] for number in partitions})


def wait_for_strays(db: Connection, model: ReadModel) -> None:
    """Wait until no process of a killed rebuild writes to this build any more; each ends with its batch."""
    db.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (_lock(model),))
    db.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (_lock(model),))


def _lock(model: ReadModel) -> str:
    return f"fill:{model.name}:{model.build}"


class _Others:
    """The processes beside this one, and what they tell."""

    def __init__(self) -> None:
        self._told: queue.Queue[Done | MingdianError | None] = queue.Queue()
        self._running = 0

    @contextmanager
    def started(self, order: Order) -> Iterator[None]:
        """A process at work, killed at the end of the block if it still is. The order goes through a pipe:
        addresses in it may hold a password."""
        command = [sys.executable, "-P", "-m", "projections.fill"]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert child.stdin is not None and child.stdout is not None
        with suppress(BrokenPipeError), child.stdin as pipe:
            pickle.dump(order, pipe)
        self._running += 1
        threading.Thread(target=_listen, args=(child.stdout, self._told), daemon=True).start()
        try:
            yield
        finally:
            child.kill()
            child.wait()

    def heard(self, *, wait: bool) -> Iterator[Done]:
        """Yield what has been told; with `wait`, until the last of them ends. Raises the error of one."""
        while self._running and (wait or not self._told.empty()):
            said = self._told.get()
            if isinstance(said, MingdianError):
                raise said
            if said is None:
                self._running -= 1
            else:
                yield said


def _listen(pipe: IO[bytes], told: "queue.Queue[Done | MingdianError | None]") -> None:
    """One line a batch; `end` or an error last. A process that was killed says nothing."""
    last = MingdianError("filler_lost", "A process of the rebuild has ended. Rebuild again: it goes on.")
    with pipe:
        for line in pipe:
            said = json.loads(line)
            if said == "end":
                told.put(None)
                return
            if "code" in said:
                last = MingdianError(said["code"], said["sentence"])
                break
            told.put(Done(said["records"], said["events"]))
    told.put(last)


def main(orders: IO[bytes], out: IO[str]) -> None:
    """Do what the order says; tell each batch on a line."""
    order: Order = pickle.load(orders)  # noqa: S301 - from our own process
    try:
        consumer = Consumer(order.bootstrap, client_id="rebuild", max_records=min(order.size, POLL_RECORDS))
        for done in _fill(order, consumer):
            print(json.dumps(done._asdict()), file=out, flush=True)
        print('"end"', file=out, flush=True)
    except MingdianError as error:
        print(json.dumps({"code": error.code, "sentence": error.sentence}), file=out, flush=True)


def _fill(order: Order, consumer: Consumer) -> Iterator[Done]:
    """Fill an order's partitions in this process. Raises `MingdianError` for whatever stops it."""
    if not order.targets:
        return
    try:
        with psycopg.connect(order.dsn, autocommit=True, application_name="rebuild") as db:
            db.execute("SELECT pg_advisory_lock_shared(hashtextextended(%s, 0))", (_lock(order.model),))
            db.execute(
                "SET synchronous_commit = off"
            )  # an offset is lost with its rows: they are filled again
            yield from _filled(db, order, consumer)
    except books.FencedError:
        told = "Somebody else fills this build. Look with ./mingdian projections list."
        raise MingdianError("fenced", told) from None
    except psycopg.Error as error:
        told = f"The database broke off ({type(error).__name__}). Rebuild again."
        raise MingdianError("no_database", told) from None


def _filled(db: Connection, order: Order, consumer: Consumer) -> Iterator[Done]:
    at = {
        number: offset for number, offset in books.offsets(db, order.model).items() if number in order.targets
    }
    for records in _read(consumer, order, dict(at)):
        events = batch.apply(db, order.model, batch.read(records, at), quiet=True)
        yield Done(len(records), events)


def _read(consumer: Consumer, order: Order, at: dict[int, int]) -> Iterator[list[Record]]:
    """Yield records in batches; a partition that has come to its target is not read beyond it."""
    topic, left = order.model.topic, sorted(order.targets)
    consumer.assign({(topic, number): at[number] for number in left})
    while left:
        records: list[Record] = []
        while left and len(records) < order.size:
            records += [one for one in consumer.poll(0.5) if one.offset < order.targets[one.partition]]
            for number in left:
                at[number] = consumer.position((topic, number))
            open_ = [number for number in left if at[number] < order.targets[number]]
            if open_ != left:
                left = open_
                consumer.assign({(topic, number): at[number] for number in left})
        if records:
            yield records


if __name__ == "__main__":
    import gc

    gc.freeze()
    gc.set_threshold(200_000, 20, 50)  # a batch is millions of objects that die by themselves, and no cycles
    with suppress(BrokenPipeError):  # whoever started us is gone
        main(sys.stdin.buffer, sys.stdout)
