"""Writes records to Kafka and waits for every acknowledgement. Blocking: call it from a thread."""

import contextlib
import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from kafka import KafkaProducer
from kafka.errors import (
    BrokerResponseError,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)
from kafka.partitioner.default import murmur2

from events.errors import MingdianError
from events.topics import TOPICS

CONNECT_SECONDS = 5.0
_REFUSED = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidTopicError)


class BusAwayError(MingdianError):
    """The broker could not be reached or did not acknowledge in time. Trying again is right."""

    def __init__(self) -> None:
        super().__init__("bus_away", "The event bus does not answer. Try again; see whether Kafka runs.")


class BusRefusedError(MingdianError):
    """The broker will never take this record (too large, no such topic). Trying again is wrong."""

    def __init__(self) -> None:
        super().__init__("bus_refused", "The event bus refuses this record. Check its size and its topic.")


class Outgoing(NamedTuple):
    """A record to send. The key decides the partition (murmur2, as Java's client does)."""

    topic: str
    key: str
    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()


class Place(NamedTuple):
    """Where a record lies."""

    partition: int
    offset: int


def partition_of(topic: str, key: str) -> int:
    """Return the partition of one of our topics that a key goes to, as every Kafka client computes it."""
    count = next(known.partitions for known in TOPICS if known.name == topic)
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % count)


class Producer:
    """One idempotent connection, `acks=all`, opened at first use and opened anew after a failure.

    `timeout` of each call is in seconds and covers all of it. A call that raises may still have written some
    of its records; callers send the same bytes again, and readers drop what they have seen.
    """

    def __init__(self, bootstrap: str, client_id: str = "mingdian") -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._lock = threading.Lock()
        self._open: Any = None

    def publish(
        self,
        topic: str,
        key: str,
        value: bytes,
        headers: Sequence[tuple[str, bytes]] = (),
        *,
        timeout: float = 30.0,
    ) -> tuple[int, int]:
        """Send one record; return its partition and offset. Raises `BusAwayError`, `BusRefusedError`."""
        return self.publish_all([Outgoing(topic, key, value, headers)], timeout=timeout)[0]

    def publish_all(self, records: Sequence[Outgoing], *, timeout: float = 30.0) -> list[Place]:
        """Send all in order and wait for all; return their places in the same order.

        Order is kept per key. Raises `BusAwayError`, or `BusRefusedError` when any record can't be taken.
        """
        if not records:
            return []
        until = time.monotonic() + timeout
        client = self._client(timeout)
        try:
            futures = [
                client.send(r.topic, value=r.value, key=r.key.encode(), headers=list(r.headers))
                for r in records
            ]
            acknowledged = [future.get(timeout=max(0.001, until - time.monotonic())) for future in futures]
            return [Place(done.partition, done.offset) for done in acknowledged]
        except _REFUSED:
            raise BusRefusedError from None
        except BrokerResponseError as error:
            if not error.retriable:
                self._drop(client)
            raise BusAwayError from None
        except KafkaError:
            self._drop(client)
            raise BusAwayError from None

    def mark(self, topic: str, partition: int, header: str, *, timeout: float = 30.0) -> None:
        """Send a record without content to one partition, known by its header. Raises as `publish` does."""
        client = self._client(timeout)
        try:
            client.send(topic, value=b"", headers=[(header, b"1")], partition=partition).get(timeout=timeout)
        except KafkaError:
            self._drop(client)
            raise BusAwayError from None

    def close(self) -> None:
        """Give up the connection; unsent records fail in their own calls."""
        with self._lock:
            client, self._open = self._open, None
        if client is not None:
            _end(client, 2.0)

    def _client(self, timeout: float) -> Any:
        with self._lock:
            if self._open is None:
                self._open = self._connect(timeout)
            return self._open

    def _connect(self, timeout: float) -> Any:
        try:
            return KafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id=self._client_id,
                acks="all",
                enable_idempotence=True,
                allow_auto_create_topics=False,
                linger_ms=0,
                batch_size=64 * 1024,
                max_request_size=1024 * 1024,
                max_block_ms=max(1, int(min(timeout, CONNECT_SECONDS) * 1000)),
                request_timeout_ms=10_000,
                delivery_timeout_ms=25_000,
                reconnect_backoff_max_ms=2_000,
                bootstrap_timeout_ms=max(1, int(min(timeout, CONNECT_SECONDS) * 1000)),
            )
        except (KafkaError, OSError):
            raise BusAwayError from None

    def _drop(self, client: Any) -> None:
        """After a failure an idempotent producer's numbering may be in doubt: start a new one next time."""
        with self._lock:
            if self._open is client:
                self._open = None
        threading.Thread(target=_end, args=(client, 1.0), daemon=True).start()


def _end(client: Any, seconds: float) -> None:
    """Close, and end the client's thread whatever it still has to send.

    Its own `close` flushes first, and raises while records are left that nobody acknowledges: its thread
    would go on, and send them long after others have taken over.
    """
    try:
        client.close(timeout=seconds)
    except KafkaError:
        client._sender.force_close()
        client._sender.join(seconds)
        with contextlib.suppress(KafkaError):
            client.close(timeout=0)
