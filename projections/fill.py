"""Fills a read model from a part of the log in several processes, each with partitions of its own.

Partitions are independent: a stream lies in one of them, a row has one writer, offsets are compared per
partition. So each process reads, proves, folds and writes for itself, and as many run as there are cores.
"""

import json
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from typing import IO, NamedTuple

import psycopg

from events.consumer import Consumer, Record
from events.errors import MingdianError
from projections import batch, books
from projections.projection import ReadModel
from projections.store import Connection

_POLL_RECORDS = 5_000

_FEW = 30_000
"""So few records are filled before other processes would have started."""


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


def fill(order: Order, at: Mapping[int, int], processes: int | None = None) -> Iterator[Done]:
    """Fill what lies between `at` and the order's targets; yield each batch when it is written.

    Raises `MingdianError` with the code of what stopped one of the processes; the others are stopped with
    it, and nothing is lost but the batches under way.
    """
    left = sorted(number for number, target in order.targets.items() if at[number] < target)
    if sum(order.targets[number] - at[number] for number in left) <= _FEW and processes is None:
        yield from _fill(order._replace(targets={number: order.targets[number] for number in left}))
        return
    count = min(len(left), processes or os.cpu_count() or 1)
    told: queue.Queue[Done | MingdianError | None] = queue.Queue()
    with ExitStack() as stack:
        for place in range(count):
            part = {number: order.targets[number] for number in left[place::count]}
            child = _started(order._replace(targets=part))
            stack.callback(child.wait)
            stack.callback(child.kill)
            assert child.stdout is not None
            threading.Thread(target=_listen, args=(child.stdout, told), daemon=True).start()
        while count:
            done = told.get()
            if isinstance(done, MingdianError):
                raise done
            if done is None:
                count -= 1
            else:
                yield done


def wait_for_strays(db: Connection, model: ReadModel) -> None:
    """Wait until no process of a killed rebuild writes to this build any more; each ends with its batch."""
    db.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (_lock(model),))
    db.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (_lock(model),))


def _lock(model: ReadModel) -> str:
    return f"fill:{model.name}:{model.build}"


def _started(order: Order) -> subprocess.Popen[bytes]:
    """The order goes through a pipe: addresses in it may hold a password."""
    command = [sys.executable, "-P", "-m", "projections.fill"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    with suppress(BrokenPipeError), child.stdin as pipe:
        pickle.dump(order, pipe)
    return child


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
        for done in _fill(order):
            print(json.dumps(done._asdict()), file=out, flush=True)
        print('"end"', file=out, flush=True)
    except MingdianError as error:
        print(json.dumps({"code": error.code, "sentence": error.sentence}), file=out, flush=True)


def _fill(order: Order) -> Iterator[Done]:
    """Fill an order's partitions in this process. Raises `MingdianError` for whatever stops it."""
    if not order.targets:
        return
    try:
        with psycopg.connect(order.dsn, autocommit=True, application_name="rebuild") as db:
            db.execute("SELECT pg_advisory_lock_shared(hashtextextended(%s, 0))", (_lock(order.model),))
            yield from _filled(db, order)
    except books.FencedError:
        told = "Somebody else fills this build. Look with ./mingdian projections list."
        raise MingdianError("fenced", told) from None
    except psycopg.Error as error:
        told = f"The database broke off ({type(error).__name__}). Rebuild again."
        raise MingdianError("no_database", told) from None


def _filled(db: Connection, order: Order) -> Iterator[Done]:
    at = {
        number: offset for number, offset in books.offsets(db, order.model).items() if number in order.targets
    }
    consumer = Consumer(order.bootstrap, client_id="rebuild", max_records=min(order.size, _POLL_RECORDS))
    try:
        for records in _read(consumer, order, dict(at)):
            events = batch.apply(db, order.model, batch.read(records, at), quiet=True)
            yield Done(len(records), events)
    finally:
        consumer.close()


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
