"""One measurement, in a process of its own, so that its memory is its own and nothing is warm from before.

`python -m deploy.bench.runner '{"what": …}'` prints one JSON object: events, seconds, peak memory.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from deploy import collector
from deploy.bench import handmade
from deploy.bench.streams import records, stamps
from deploy.profiles.loader import load_profile
from deploy.read_models import all_projections, tables_of
from events.producer import Outgoing, Producer
from projections import builds
from projections.projection import Projection
from projections.rebuild import Rebuild

Order = dict[str, Any]
Measured = tuple[int, float]

PUBLISH_BATCH = 1_000


def main(order: Order) -> None:
    """Do what the order says and print what it took."""
    events, seconds = measured(order)
    used = os.times()
    cpu = used.user + used.system + used.children_user + used.children_system
    own, child = (
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    others = (os.cpu_count() or 1) - 1  # beside this one; of the largest alone the peak is told
    peak = (own + child * others) / 1024
    print(json.dumps({"events": events, "seconds": seconds, "cpu": cpu, "peak_mb": round(peak, 1)}))  # noqa: T201


def measured(order: Order) -> Measured:
    """Do what the order says; return how many events, in how many seconds."""
    return _KINDS[order["what"]](order)


def copy_of(name: str, topic: str) -> Projection:
    """Return a projection like the one of that name, over another topic and under another name."""
    projection = next(one for one in all_projections() if one.name == name)
    projection.name, projection.topic = f"bench_{name}", topic
    return projection


def _made(order: Order) -> Iterator[tuple[bytes, bytes]]:
    policy = load_profile(Path(order["profile"]))
    return islice(records(stamps(policy), order["events"]), order["events"])


def _publish(order: Order) -> Measured:
    """As the platform sends: each batch acknowledged before the next."""
    made = list(_made(order))
    producer = Producer(order["kafka"], "bench")
    began = time.perf_counter()
    for start in range(0, len(made), PUBLISH_BATCH):
        part = made[start : start + PUBLISH_BATCH]
        producer.publish_all([Outgoing(order["topic"], key.decode(), value) for key, value in part])
    seconds = time.perf_counter() - began
    producer.close()
    return len(made), seconds


def _send(order: Order) -> Measured:
    """Bare kafka-python: the same bytes, the same guarantees, waited for once at the end."""
    from kafka import KafkaProducer

    made = list(_made(order)) if order["events"] <= 100_000 else _made(order)
    producer = KafkaProducer(
        bootstrap_servers=order["kafka"], acks="all", enable_idempotence=True, batch_size=64 * 1024
    )
    began, events = time.perf_counter(), 0
    for key, value in made:
        producer.send(order["topic"], key=key, value=value)
        events += 1
    producer.flush()
    seconds = time.perf_counter() - began
    producer.close()
    return events, seconds


def _rebuild(order: Order) -> Measured:
    collector.look_seldom()
    projection = copy_of(order["projection"], order["topic"])
    tables = tables_of(next(one for one in all_projections() if one.name == order["projection"]))
    result = Rebuild(projection, tables, order["kafka"], order["postgres"]).run(clean=True)
    return result.events, result.seconds


def _handmade(order: Order) -> Measured:
    collector.look_seldom()
    name, schema = order["projection"], f"bench_hand_{order['projection']}"
    projection = next(one for one in all_projections() if one.name == name)
    with psycopg.connect(order["postgres"], autocommit=True) as db, db.transaction():
        db.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}".encode())
        db.execute(f"SET LOCAL search_path TO {schema}".encode())
        db.execute(tables_of(projection).encode())
    return handmade.run(name, order["kafka"], order["topic"], order["postgres"], schema)


def _poll(order: Order) -> Measured:
    return handmade.poll(order["kafka"], order["topic"])


def _quix(order: Order) -> Measured:
    from deploy.bench import quix

    return quix.run(order["kafka"], order["topic"], Path(order["folder"]), order["events"])


_KINDS: dict[str, Callable[[Order], Measured]] = {
    "publish": _publish,
    "send": _send,
    "rebuild": _rebuild,
    "handmade": _handmade,
    "poll": _poll,
    "quix": _quix,
}


def forget(dsn: str) -> None:
    """Remove every build and schema that measurements left."""
    with psycopg.connect(dsn, autocommit=True) as db:
        for one in all_projections():
            for build in builds.of(db, f"bench_{one.name}"):
                builds.drop(db, build.projection, build.build)
            db.execute(f"DROP SCHEMA IF EXISTS bench_hand_{one.name} CASCADE".encode())


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
