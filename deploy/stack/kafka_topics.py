"""Topics: made with their partitions and settings, and compared when they are there already."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError

from deploy.errors import UserError
from events.topics import TOPICS, Topic, is_inbound, upstream_topic

_log = logging.getLogger(__name__)


_DELETE_MS = 10_000
"""How long the broker keeps a dropped file for readers who have it open."""


def ensure(
    bootstrap: str, upstreams: Iterable[str] = (), inbound_roll: timedelta = timedelta(minutes=10)
) -> None:
    """Make the topics of the platform and one per upstream that produces to Kafka itself.

    `inbound_roll` is how long a file of an inbound topic takes records; it holds for topics made before too.

    Raises `UserError("topic_partitions", …)` when a topic has another number of partitions than it must: keys
    would go elsewhere, so this is nothing to mend by code.
    """
    wanted = {topic.name: topic for topic in (*TOPICS, *(upstream_topic(name) for name in upstreams))}
    client = KafkaAdminClient(bootstrap_servers=bootstrap.split(","), client_id="mingdian-setup")
    try:
        there = set(client.list_topics())
        _create(client, [topic for name, topic in wanted.items() if name not in there])
        _compare(client, wanted)
        _roll(client, [name for name in wanted if is_inbound(name)], inbound_roll)
    finally:
        client.close()


def _create(client: KafkaAdminClient, missing: list[Topic]) -> None:
    if not missing:
        return
    request = {
        topic.name: {"num_partitions": topic.partitions, "configs": dict(topic.config)} for topic in missing
    }
    try:
        client.create_topics(request, wait_for_metadata=True)
    except TopicAlreadyExistsError:  # somebody else's start was faster
        return
    _log.info("topics made", extra={"topics": ",".join(sorted(request))})


def _roll(client: KafkaAdminClient, topics: Iterable[str], roll: timedelta) -> None:
    milliseconds = int(roll.total_seconds() * 1000)
    wanted = {
        "segment.ms": str(milliseconds),
        "file.delete.delay.ms": str(min(_DELETE_MS, milliseconds)),
    }
    client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, wanted) for name in topics])


def _compare(client: KafkaAdminClient, wanted: dict[str, Topic]) -> None:
    for found in client.describe_topics(sorted(wanted)):
        topic = wanted[found["name"]]
        count = len(found["partitions"])
        if count != topic.partitions:
            raise UserError(
                "topic_partitions",
                f"Topic {topic.name} has {count} partitions and must have {topic.partitions}. "
                "Use another Kafka, or begin with an empty one.",
            )
