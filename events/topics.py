"""Every Kafka topic of the platform, with its partitions (fixed for ever) and its settings."""

from typing import NamedTuple

INBOUND = "mingdian.inbound"
OUTCOMES = "mingdian.outcomes"
CONNECTION = "mingdian.events.connection"
PROJECT = "mingdian.events.project"
TEAM = "mingdian.events.team"
ERASURE = "mingdian.events.erasure"
ROOTS = "mingdian.events.roots"

OF_RUNS = (CONNECTION, PROJECT)
"""The topics whose streams each have a run in Temporal."""


class Topic(NamedTuple):
    """A topic: name, number of partitions (can't change later, keys would move) and broker settings."""

    name: str
    partitions: int
    config: dict[str, str]


# Clear text lives here as briefly as it can: what is not handled is never deleted by age, what is handled
# is deleted by intake, and short segments let the broker drop the file itself.
_INBOUND_CONFIG = {
    "message.timestamp.type": "LogAppendTime",
    "retention.ms": "-1",
    "segment.ms": "600000",
    "file.delete.delay.ms": "10000",
    "max.message.bytes": "1048576",
}
_FOR_EVER = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}

TOPICS = (
    Topic(INBOUND, 6, _INBOUND_CONFIG),
    Topic(OUTCOMES, 6, {"retention.ms": "604800000"}),
    Topic(CONNECTION, 6, _FOR_EVER),
    Topic(PROJECT, 6, _FOR_EVER),
    Topic(TEAM, 1, _FOR_EVER),
    Topic(ERASURE, 1, _FOR_EVER),
    Topic(ROOTS, 1, _FOR_EVER),
)


def is_inbound(name: str) -> bool:
    """Whether a topic carries facts from upstream, in clear."""
    return name == INBOUND or name.startswith(f"{INBOUND}.")


def upstream_topic(name: str) -> Topic:
    """Return the topic of one upstream that produces to Kafka itself."""
    return Topic(f"{INBOUND}.{name}", 6, _INBOUND_CONFIG)
