"""Reads Kafka from positions that the caller keeps (in PostgreSQL, with what it made of the records).

Blocking: call it from a thread, one at a time. No groups, no commits to Kafka: four defaults of the client
(auto-commit, start at the end, uncommitted reads, range assignment) would each lose or invent records.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from events.errors import MingdianError
from events.producer import BusAwayError

Partition = tuple[str, int]
"""Topic and partition number."""


class Record(NamedTuple):
    """A record as read. `timestamp`: milliseconds since the epoch, the broker's where the topic says so."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes
    headers: Sequence[tuple[str, bytes]]


class Watch(NamedTuple):
    """What the watchdog compares: the log's end, our position, seconds since we moved or were there."""

    end: int
    position: int
    still: float

    @property
    def behind(self) -> int:
        """Offsets between here and the end."""
        return max(0, self.end - self.position)


class PositionLostError(MingdianError):
    """The log no longer has, or does not yet have, the position: another log, or records deleted unread."""

    def __init__(self) -> None:
        super().__init__(
            "position_lost",
            "The log lacks the stored position. See that broker and database belong together.",
        )


class Consumer:
    """A reader of chosen partitions; committed records only, in order per partition, in bounded batches."""

    def __init__(self, bootstrap: str, *, client_id: str = "mingdian", max_records: int = 500) -> None:
        """Connect. Raises `BusAwayError`."""
        self._moved: dict[Partition, tuple[int, float]] = {}
        try:
            self._consumer: Any = KafkaConsumer(
                bootstrap_servers=bootstrap,
                client_id=client_id,
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",
                isolation_level="read_committed",
                partition_assignment_strategy=(),
                allow_auto_create_topics=False,
                max_poll_records=max_records,
                fetch_max_bytes=8 * 1024 * 1024,
                max_partition_fetch_bytes=2 * 1024 * 1024,
                fetch_max_wait_ms=200,
                request_timeout_ms=10_000,
                reconnect_backoff_max_ms=2_000,
                bootstrap_timeout_ms=5_000,
            )
        except (KafkaError, OSError):
            raise BusAwayError from None

    def partitions(self, topic: str) -> list[int]:
        """Return the partition numbers of a topic; empty when it is not there."""
        return self._call(lambda: sorted(self._consumer.partitions_for_topic(topic) or ()))  # type: ignore[no-any-return]

    def beginnings(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        """Return the first offset that the log still holds, by partition."""
        return self._offsets(self._consumer.beginning_offsets, partitions)

    def ends(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        """Return the offset after the last record, by partition."""
        return self._offsets(self._consumer.end_offsets, partitions)

    def assign(self, positions: Mapping[Partition, int]) -> None:
        """Read these partitions, each from the offset given (the next one to read)."""
        self._consumer.assign([TopicPartition(*place) for place in positions])
        now = time.monotonic()
        for place, offset in positions.items():
            self._consumer.seek(TopicPartition(*place), offset)
            self._moved[place] = (offset, now)

    def poll(self, seconds: float) -> list[Record]:
        """Return what has come, at most `max_records`, waiting up to `seconds` for the first.

        Raises `PositionLostError` when a position is outside the log, `BusAwayError` when Kafka is away.
        """
        found = self._call(lambda: self._consumer.poll(timeout_ms=int(seconds * 1000)))
        return [
            Record(
                r.topic,
                r.partition,
                r.offset,
                r.timestamp,
                r.key,
                r.value or b"",
                _told(r.headers) if r.headers else (),
            )
            for _, records in sorted(found.items())
            for r in records
        ]

    def position(self, place: Partition) -> int:
        """Return the next offset that `poll` would give."""
        return int(self._call(lambda: self._consumer.position(TopicPartition(*place))))

    def watch(self) -> dict[Partition, Watch]:
        """Compare position and end of every assigned partition: a client can be alive and deaf."""
        places = [(tp.topic, tp.partition) for tp in self._consumer.assignment()]
        ends, now = self.ends(places), time.monotonic()
        seen: dict[Partition, Watch] = {}
        for place in places:
            position = self.position(place)
            last, since = self._moved.get(place, (position, now))
            if position != last or position >= ends[place]:
                since = now
            self._moved[place] = (position, since)
            seen[place] = Watch(ends[place], position, now - since)
        return seen

    def close(self) -> None:
        """Leave."""
        self._consumer.close(autocommit=False, timeout_ms=2_000)

    def _offsets(self, ask: Any, partitions: Sequence[Partition]) -> dict[Partition, int]:
        if not partitions:
            return {}
        found = self._call(lambda: ask([TopicPartition(*place) for place in partitions]))
        return {(tp.topic, tp.partition): int(offset) for tp, offset in found.items()}

    def _call(self, work: Any) -> Any:
        try:
            return work()
        except (OffsetOutOfRangeError, NoOffsetForPartitionError):
            raise PositionLostError from None
        except (KafkaError, OSError):
            raise BusAwayError from None


def _told(headers: Any) -> tuple[tuple[str, bytes], ...]:
    """Kafka allows a header without a value."""
    return tuple((name, value or b"") for name, value in headers)
