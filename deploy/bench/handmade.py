"""What a rebuild is measured against: the least that reads the same topic and writes the same rows.

Poll, decode, fold, write. No proof of hashes or chains, no book of streams, no holes, no resuming, every
state kept in memory for ever, all in one thread.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import psycopg
from kafka import KafkaConsumer, TopicPartition
from psycopg import sql

from events.catalogue.connection_events import Corrected
from events.envelope import Event
from projections.progress.fold import Progress
from projections.projection import Logged, Table
from projections.statistics.fold import Statistics
from projections.store import Connection
from projections.timeline.fold import Timeline

BATCH = 10_000
Found = list[tuple[Any, dict[str, Any]]]
"""Records with their decoded bodies."""

Row = dict[str, Any]


def run(name: str, bootstrap: str, topic: str, dsn: str, schema: str) -> tuple[int, float]:
    """Fill the table of one projection in `schema`; return how many events, in how many seconds."""
    steps: dict[str, Callable[[Connection, str, Found], None]] = {
        "timeline": _Timeline(), "statistics": _Statistics(), "progress": _Progress()
    }  # fmt: skip
    step = steps[name]
    began, events = time.perf_counter(), 0
    with psycopg.connect(dsn, autocommit=True) as db:
        for found in _batches(bootstrap, topic):
            with db.transaction():
                step(db, schema, found)
            events += len(found)
    return events, time.perf_counter() - began


def poll(bootstrap: str, topic: str) -> tuple[int, float]:
    """Read a topic and do nothing with it: no loop can be faster."""
    began, events = time.perf_counter(), 0
    for records in _polled(bootstrap, topic):
        events += len(records)
    return events, time.perf_counter() - began


def _polled(bootstrap: str, topic: str) -> Iterator[list[Any]]:
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, max_poll_records=5_000,
        fetch_max_bytes=8 * 1024 * 1024, max_partition_fetch_bytes=2 * 1024 * 1024,
    )  # fmt: skip
    places = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic))]
    consumer.assign(places)
    consumer.seek_to_beginning()
    left = sum(consumer.end_offsets(places).values())
    while left > 0:
        records = [one for part in consumer.poll(timeout_ms=500).values() for one in part]
        left -= len(records)
        yield records
    consumer.close()


def _batches(bootstrap: str, topic: str) -> Iterator[Found]:
    found: Found = []
    for records in _polled(bootstrap, topic):
        found += [(one, orjson.loads(one.value)) for one in records]
        if len(found) >= BATCH:
            yield found
            found = []
    if found:
        yield found


class _Timeline:
    """COPY alone; a correction marks its rows."""

    def __call__(self, db: Connection, schema: str, found: Found) -> None:
        columns = Timeline.table.all_columns
        rows, taken_back = [], []
        for record, body in found:
            sequence = int(body["sequence"])
            if body["type"] == Corrected.type:
                taken_back += [(body["subject"], one) for one in body["data"]["sequences"]]
            rows.append(
                (
                    body["subject"], sequence, body["source"].rsplit("/", 1)[-1], body["type"], body["time"],
                    orjson.dumps(body["data"]).decode(), body.get("causationid"), body["hash"], record.topic,
                    record.partition, record.offset, _recorded(record.timestamp), False,
                )
            )  # fmt: skip
        target = _into(schema, Timeline.table, columns)
        with db.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(target)) as copy:
            for row in rows:
                copy.write_row(row)
        if taken_back:
            db.cursor().executemany(
                sql.SQL("UPDATE {} SET retracted = true WHERE number = %s AND sequence = %s").format(
                    sql.Identifier(schema, Timeline.table.name)
                ),
                taken_back,
            )


class _Statistics:
    """One dict a stream, upserted."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}

    def __call__(self, db: Connection, schema: str, found: Found) -> None:
        touched: dict[str, Row] = {}
        for _, body in found:
            number = body["subject"]
            row = next_row(self._rows.get(number), body)
            if row is not None:
                touched[number] = self._rows[number] = row
        _upsert(db, schema, Statistics.table, touched)


def next_row(row: Row | None, body: dict[str, Any]) -> Row | None:
    """Fold one event into its application's row of figures."""
    kind, data, at = body["type"].split(".")[-2], body["data"], body["time"]
    if kind == "application_received":
        return {
            "number": body["subject"], "profile": body["source"].rsplit("/", 1)[-1], "region": data["region"],
            "kind": data["kind"], "channel": data["channel"], "received_at": at,
            "steps_late": 0, "overdue": False, "visits": 0,
        }  # fmt: skip
    if row is None:
        return None
    if kind == "application_accepted":
        row["accepted_at"] = at
    elif kind == "receipt_issued" and data["cause"] == "step_entered":
        row["overdue"] = False
    elif kind == "step_overdue":
        row |= {"overdue": True, "steps_late": row["steps_late"] + 1}
    elif kind == "overdue_revoked":
        row |= {"overdue": False, "steps_late": row["steps_late"] - 1}
    elif kind == "energised":
        row |= {"energised_at": at, "overdue": False}
    elif kind == "application_withdrawn":
        row |= {"withdrawn_at": at, "overdue": False}
    elif kind == "visit_counted":
        row["visits"] = data["count"]
    elif kind == "promise_made":
        row |= {
            "target": data["target"], "target_days": data["days"], "target_statistic": data["statistic"]
        }  # fmt: skip
    elif kind == "elapsed_measured":
        row |= {
            "month": data["energised_month"], "target": data.get("target"),
            "target_days": data.get("target_days"), "target_statistic": data.get("target_statistic"),
            "gross_days": data["gross_days"], "net_days": data["net_days"],
            "steps_late": data["steps_late"], "on_time": data["on_time"],
        }  # fmt: skip
    return row


class _Progress:
    """The platform's own fold (nobody would write that one shorter) over rows in memory, upserted."""

    def __init__(self) -> None:
        self._rows: dict[Any, Any] = {}
        self._fold = Progress()

    def __call__(self, db: Connection, schema: str, found: Found) -> None:
        events = [
            Logged(Event.model_validate(body), one.topic, one.partition, one.offset, _recorded(one.timestamp))
            for one, body in found
        ]
        keys = self._fold.keys(events)
        changes = self._fold.fold({key: self._rows[key] for key in keys if key in self._rows}, events)
        self._rows.update(changes)
        rows = {
            key[0]: {**row, **{name: orjson.dumps(row[name]).decode() for name in ("quality", "state")}}
            for key, row in changes.items()
        }
        _upsert(db, schema, Progress.table, rows)


def _upsert(db: Connection, schema: str, table: Table, rows: dict[Any, dict[str, Any]]) -> None:
    columns = table.all_columns
    db.execute(
        sql.SQL("CREATE TEMP TABLE IF NOT EXISTS incoming (LIKE {}) ON COMMIT DELETE ROWS").format(
            sql.Identifier(schema, table.name)
        )
    )
    names = sql.SQL(", ").join(sql.Identifier(name) for name in columns)
    with db.cursor().copy(sql.SQL("COPY incoming ({}) FROM STDIN").format(names)) as copy:
        for row in rows.values():
            copy.write_row([row.get(name) for name in columns])
    updates = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(n)) for n in table.columns
    )
    db.execute(
        sql.SQL("INSERT INTO {} SELECT {} FROM incoming ON CONFLICT (number) DO UPDATE SET {}").format(
            _into(schema, table, columns), names, updates
        )
    )


def _into(schema: str, table: Table, columns: tuple[str, ...]) -> sql.Composed:
    names = sql.SQL(", ").join(sql.Identifier(name) for name in columns)
    return sql.SQL("{} ({})").format(sql.Identifier(schema, table.name), names)


def _recorded(milliseconds: int) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(milliseconds / 1000, UTC)
