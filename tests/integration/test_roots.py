"""The daily root on real servers: sealed over the log as it is, chained, recomputed, noticing any change."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
from temporalio.client import Client

from deploy.processes import projector as projector_process
from deploy.processes import worker as worker_process
from deploy.processes.intake import make_pool
from deploy.processes.web import evidence_of
from deploy.secrets import load_secrets
from deploy.settings import Settings
from events.catalogue.roots_events import RootSealed
from events.consumer import Consumer, Record
from events.envelope import Event, recompute_hash
from events.merkle import root_from
from events.producer import Outgoing, Place, Producer
from events.root_check import check_roots
from events.root_log import LoggedRoot, last_root, read_root, read_roots
from events.roots import follows, index_of, is_signed
from events.topics import CONNECTION
from projections.roots.evidence import Evidence
from tests.unit.projections.logs import events_of
from tests.unit.workflows.telling import factory, household
from workflows.messages import TASK_QUEUE
from workflows.root_schedule import SCHEDULE_ID, seal_now
from workflows.roots import SEALING_ID, SealRoot
from workflows.temporal import connect


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[Client]:
    """A client, while a worker runs."""
    stop = asyncio.Event()
    work = asyncio.create_task(worker_process.run(settings, stop, lambda ok, detail: None))
    yield await connect(settings.temporal_address, settings.namespace)
    stop.set()
    await work


@contextmanager
def reading(settings: Settings) -> Iterator[Consumer]:
    consumer = Consumer(settings.kafka_bootstrap, client_id="test", max_records=2_000)
    try:
        yield consumer
    finally:
        consumer.close()


def write(settings: Settings, *values: tuple[str, bytes]) -> list[Place]:
    producer = Producer(settings.kafka_bootstrap, "test")
    try:
        return producer.publish_all([Outgoing(CONNECTION, key, value) for key, value in values])
    finally:
        producer.close()


def codes(settings: Settings) -> list[str | None]:
    with reading(settings) as consumer:
        return [one.code for one in check_roots(consumer, load_secrets(settings).root_keys)]


async def test_roots_chain_over_the_whole_log(settings: Settings, client: Client) -> None:
    events = events_of(factory(), "HN-2026-700001")
    pairs = [(event.subject, event.as_bytes()) for event in events]
    places = await asyncio.to_thread(write, settings, *pairs, *pairs[-3:], ("stranger", b"not json"))
    first = RootSealed.model_validate((await seal_now(client)).event["data"])
    second = RootSealed.model_validate((await seal_now(client)).event["data"])

    assert is_signed(first.as_data())
    assert not is_signed(first.as_data() | {"leaves": first.leaves + 1})
    assert first.leaves == 1 + sum(span.size for span in first.spans)
    assert follows(first, second)
    assert second.previous == first.root
    indexes = [index_of(first.spans, CONNECTION, *place) for place in places]
    assert None not in indexes
    assert len(set(indexes)) == len(places), "a record that was sent twice is two leaves"
    assert second.leaves == 1 + 1, "the second root stands for the first root's own event, and nothing else"

    found = await asyncio.to_thread(codes, settings)
    assert set(found) == {None}
    kept = settings.data_dir / "roots" / f"{first.sealed_at:%Y-%m-%d}-{first.number}.json"
    assert Event.model_validate_json(kept.read_bytes()).data == first.as_data()


async def test_whoever_asks_while_a_root_is_sealed_gets_one_that_covers_the_asking(
    settings: Settings, client: Client
) -> None:
    under_way = await client.start_workflow(SealRoot.run, id=SEALING_ID, task_queue=TASK_QUEUE)
    (place,) = await asyncio.to_thread(write, settings, ("stranger", b"written before the asking"))
    asked = await asyncio.gather(*(seal_now(client) for _ in range(4)))
    roots = [RootSealed.model_validate(one.event["data"]) for one in asked]
    joined = RootSealed.model_validate((await under_way.result()).event["data"])
    with reading(settings) as consumer:
        logged = (await asyncio.to_thread(read_roots, consumer, load_secrets(settings).root_keys)).roots
    numbers = [one.root.number for one in logged]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {one.number for one in roots} <= set(numbers) - {joined.number}
    assert len({one.number for one in roots}) < len(roots), "who asks at once shares"
    assert all(any(_covers(one, place) for one in logged if one.root.number <= by.number) for by in roots)


def _covers(logged: LoggedRoot, place: Place) -> bool:
    return index_of(logged.root.spans, CONNECTION, *place) is not None


async def test_the_schedule_seals(settings: Settings, client: Client) -> None:
    with reading(settings) as consumer:
        keys = load_secrets(settings).root_keys
        before = await asyncio.to_thread(last_root, consumer, keys)
        handle = client.get_schedule_handle(SCHEDULE_ID)
        await handle.trigger()
        async with asyncio.timeout(30):
            while (now := await asyncio.to_thread(last_root, consumer, keys)) == before:
                await asyncio.sleep(0.2)
    assert now is not None
    assert now.root.number == (before.root.number if before else 0) + 1
    (calendar,) = (await handle.describe()).schedule.spec.calendars
    assert [hours.start for hours in calendar.hour] == [0]


@pytest.mark.parametrize("damage", ["changed", "removed", "swapped", "forged"])
async def test_a_root_notices_what_was_done_to_the_log(
    settings: Settings, client: Client, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    events = events_of(household(), "HN-2026-700002")
    places = await asyncio.to_thread(
        write, settings, *((event.subject, event.as_bytes()) for event in events)
    )
    await seal_now(client)
    assert set(await asyncio.to_thread(codes, settings)) == {None}
    honest = Consumer.poll

    def poll(self: Consumer, seconds: float) -> list[Record]:
        """The log as a damaged copy would give it."""
        return list(_damaged(honest(self, seconds), places[1], damage))

    monkeypatch.setattr(Consumer, "poll", poll)
    assert "root_differs" in await asyncio.to_thread(codes, settings)


def _damaged(records: list[Record], place: Place, damage: str) -> Iterator[Record]:
    for record in records:
        if record.topic != CONNECTION or record.partition != place.partition:
            yield record
        elif damage == "swapped" and record.offset in {place.offset, place.offset + 1}:
            other = 2 * place.offset + 1 - record.offset
            yield next(one for one in records if one.offset == other)._replace(offset=record.offset)
        elif damage == "removed" and record.offset == place.offset:
            continue
        elif record.offset == place.offset:
            yield record._replace(value=_changed(record.value, rehash=damage == "forged"))
        else:
            yield record


def _changed(value: bytes, *, rehash: bool) -> bytes:
    body = json.loads(value) | {"time": "2020-01-01T00:00:00.000000Z"}
    if rehash:
        body["hash"] = recompute_hash(body)
    return json.dumps(body).encode()


async def test_a_root_by_another_hand_is_passed_over(settings: Settings, client: Client) -> None:
    event = Event.model_validate((await seal_now(client)).event)
    assert isinstance(read_root(event.as_bytes(), 0), LoggedRoot)
    forged = event.as_json() | {"data": {**event.data, "root": "0" * 64}}
    assert read_root(json.dumps(forged | {"hash": recompute_hash(forged)}).encode(), 0) is None


@pytest.fixture
async def evidence(settings: Settings) -> AsyncIterator[Evidence]:
    """What the web process judges by, while the read models are kept up."""
    stop = asyncio.Event()
    work = asyncio.create_task(projector_process.run(settings, stop, lambda ok, detail: None))
    async with make_pool(settings, 2) as pool:
        yield evidence_of(settings, pool)
    stop.set()
    await work


async def test_a_receipt_is_proven_from_the_log_itself(
    settings: Settings, client: Client, evidence: Evidence
) -> None:
    events = events_of(factory(), "HN-2026-700003")
    places = await asyncio.to_thread(write, settings, *((one.subject, one.as_bytes()) for one in events))
    event = next(one for one in events if ".receipt_issued." in one.type)
    raw = event.as_bytes()
    async with asyncio.timeout(30):  # until the read models know it
        while (waiting := await evidence.judge(raw)).verdict == "unknown":
            await asyncio.sleep(0.1)
    assert waiting.verdict == "waiting"
    assert waiting.place is not None
    assert places[event.number - 1] == (waiting.place.partition, waiting.place.offset)

    root = RootSealed.model_validate((await seal_now(client)).event["data"])
    async with asyncio.timeout(30):  # until the roots are looked up again
        while (sealed := await evidence.judge(raw)).proof is None:
            await asyncio.sleep(0.5)
    proof = sealed.proof
    way = [bytes.fromhex(step.hash) for step in proof.steps]
    found = root_from(bytes.fromhex(proof.leaf), proof.leaf_index, proof.root.leaves, way)
    assert found.hex() == proof.root.root == root.root

    file = await evidence.event_file("hainan", event.subject, event.number, "receipt_issued")
    assert file == raw
    assert await evidence.event_file("midwest", event.subject, event.number, "receipt_issued") is None
    assert await evidence.event_file("hainan", event.subject, 1, "receipt_issued") is None
    body = event.as_json()
    altered = json.dumps(body | {"time": "2020-01-01T00:00:00.000000Z"}).encode()
    assert [one.field for one in (await evidence.judge(altered)).fields if not one.same] == ["time"]
    assert (await evidence.judge(_changed(raw, rehash=True))).verdict == "unknown"
