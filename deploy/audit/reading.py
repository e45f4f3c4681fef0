"""Reads stretches of the log from Kafka, from where we stopped to what is the end now."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from deploy.errors import UserError
from events.consumer import Consumer, Partition, Record
from events.topics import TOPICS

EVENTS = "mingdian.events."
POLL_SECONDS = 5.0
_EMPTY_POLLS = 6
_SHOW_EVERY = 500

Show = Callable[[int, int], None]
"""Told how much is done, of how much."""

Ends = Mapping[Partition, int]


def event_topics() -> tuple[str, ...]:
    """The topics that the platform keeps for ever."""
    return tuple(topic.name for topic in TOPICS if topic.name.startswith(EVENTS))


@dataclass
class Reader:
    """Where we are in the log. `position` is the next offset of each partition."""

    bootstrap: str
    topics: Iterable[str]
    position: dict[Partition, int] = field(default_factory=dict)

    def ends(self) -> dict[Partition, int]:
        """The offset after the last record of every partition, now. Raises BusAwayError, UserError."""
        consumer = Consumer(self.bootstrap, client_id="audit", max_records=2_000)
        try:
            places = [(topic, number) for topic in self.topics for number in consumer.partitions(topic)]
            if not places:
                raise UserError("no_topic", f"There is no topic {', '.join(self.topics)}.")
            for place, begin in consumer.beginnings(places).items():
                self.position.setdefault(place, begin)
            return consumer.ends(places)
        finally:
            consumer.close()

    def read(self, ends: Ends, show: Show = lambda _done, _all: None) -> Iterator[Record]:
        """Yield everything from the position up to `ends`. Blocking. Raises BusAwayError."""
        left = {place for place, end in ends.items() if self.position[place] < end}
        if not left:
            return
        whole = sum(ends[place] - self.position[place] for place in left)
        consumer = Consumer(self.bootstrap, client_id="audit", max_records=2_000)
        try:
            consumer.assign({place: self.position[place] for place in left})
            done = empty = 0
            while left:
                records = consumer.poll(POLL_SECONDS)
                for record in records:
                    if record.offset < ends[record.topic, record.partition]:
                        yield record
                        done += 1
                        if not done % _SHOW_EVERY:
                            show(done, whole)
                self.position.update({place: min(consumer.position(place), ends[place]) for place in left})
                left = {place for place in left if self.position[place] < ends[place]}
                empty = 0 if records else empty + 1
                if empty >= _EMPTY_POLLS:
                    raise UserError(
                        "log_silent", "Kafka gives no more records before the end of the log. See its log."
                    )
            show(whole, whole)
        finally:
            consumer.close()
