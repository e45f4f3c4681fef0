"""Facts at the bounds of intake: too large, too old by their own stamp, refused though they open a case."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType

from deploy.settings import Settings
from events.producer import partition_of
from events.topics import INBOUND
from tests.integration.office import Office
from tests.integration.upstreams import SHOP, at_work, upstream_of
from workflows.temporal import connect

MONTHS = timedelta(days=60)


@pytest.fixture
async def office(settings: Settings) -> AsyncIterator[Office]:
    async with at_work(settings), upstream_of(settings, secrets.token_hex(4)) as one:
        office = Office(one.producer, one.pool, one.run)
        office.settings = settings
        yield office


async def test_what_is_too_large_is_kept_once_and_what_follows_is_taken(office: Office) -> None:
    large = office.event(("large", "application_submitted", "s", {**SHOP, "project_name": "长" * 100_000}))
    assert 256 * 1024 < len(json.dumps(large).encode()) < 1024 * 1024
    await office.send_events(large, office.event(("small", "application_submitted", "s", SHOP), 1))
    refused, taken = await office.outcomes("large", "small")
    assert (refused.outcome, refused.code) == ("refused", "too_large")
    assert taken.outcome == "applied"  # of the same key: nothing waits behind it
    [letter] = await office.letters("large")
    assert (letter.origin, letter.has_raw, letter.blocks) == (INBOUND, True, False)
    assert (refused.n, refused.duplicates) == (1, 0)
    topic_read = "SELECT next_offset >= end_offset FROM intake.position WHERE topic = %s AND partition = %s"
    place = partition_of(INBOUND, large["subject"])
    async with asyncio.timeout(20):
        while await office.rows(topic_read, INBOUND, place) != [(True,)]:
            await asyncio.sleep(0.1)


async def test_a_fact_stamped_with_an_old_time_by_its_producer_is_not_deleted_unread(
    settings: Settings, office: Office
) -> None:
    config = await asyncio.to_thread(_config, settings)
    assert config["message.timestamp.type"] == "LogAppendTime"
    assert config["retention.ms"] == "-1"
    event = office.event(("old", "application_submitted", "s", SHOP))
    stamped = int((datetime.now(UTC) - MONTHS).timestamp() * 1000)

    def send() -> int:
        producer = KafkaProducer(bootstrap_servers=settings.kafka_bootstrap)
        try:
            key = event["subject"].encode()
            done = producer.send(INBOUND, json.dumps(event).encode(), key=key, timestamp_ms=stamped).get(10)
            return int(done.timestamp)
        finally:
            producer.close()

    kept_as = await asyncio.to_thread(send)
    assert datetime.fromtimestamp(kept_as / 1000, UTC) > datetime.now(UTC) - timedelta(hours=1)
    [line] = await office.outcomes("old")
    assert line.outcome == "applied"


def _config(settings: Settings) -> dict[str, str]:
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    try:
        found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, INBOUND)])
        return {name: told["value"] for name, told in found["topic"][INBOUND].items()}
    finally:
        admin.close()


async def test_an_opening_fact_that_is_refused_leaves_no_run(settings: Settings, office: Office) -> None:
    client = await connect(settings.temporal_address, settings.namespace)
    bad = office.event(("bad", "application_submitted", "s", {**SHOP, "region": "0"}))
    await office.send_events(bad, office.event(("visit", "customer_visited", "s", {"office": "Haikou"}), 1))
    refused, dead = await office.outcomes("bad", "visit")
    assert (refused.outcome, refused.code, dead.outcome, dead.code) == (
        "refused",
        "unknown_region",
        "dead",
        "no_case",
    )
    for number in {refused.number, dead.number} - {None}:
        assert not [run async for run in client.list_workflows(f"WorkflowId = '{number}'")]
    begun = "SELECT begun_at FROM intake.subject WHERE number = %s"
    assert await office.rows(begun, dead.number) == [(None,)]
