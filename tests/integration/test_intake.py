"""Intake on the real stack: what comes in over HTTP and Kafka gets one outcome, once."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from activities.messages import OutcomeRecord
from activities.outcomes import OutcomeActivities, Pool, finish
from deploy.processes.intake import make_desk, make_pool
from deploy.profiles.loader import load_profiles
from deploy.secrets import Secrets, load_secrets, quarantine, stream_keys
from deploy.settings import Settings
from events.catalogue.outcome import Outcome
from events.cloudevents import write_binary
from events.consumer import Consumer
from events.producer import Producer
from events.topics import INBOUND, OUTCOMES
from workflows.intake import leases, letters, lookup
from workflows.intake.announce import announce
from workflows.intake.door import DoorDeps, router
from workflows.intake.health import Health
from workflows.intake.lookup import FactLine
from workflows.intake.receive import Receiver

SOURCE = "/upstream/demo"
PHONE = "138-0013-8000"
APPLICATION = {
    "region": "460100",
    "customer_type": "enterprise",
    "usage": "commercial",
    "voltage_kv": "10",
    "capacity_kva": "800",
    "channel": "hall",
    "applicant_name": "某某",
    "applicant_phone": PHONE,
}


@dataclass
class Intake:
    """Receiver and door on the real servers; no delivery, so that the inbox can be looked at in peace."""

    http: httpx.AsyncClient
    pool: Pool
    producer: Producer
    secrets: Secrets
    settings: Settings
    run: str

    def event(self, name: str, kind: str, subject: str, data: Any, **changes: Any) -> dict[str, Any]:
        """A fact whose id and subject belong to this test alone."""
        return {
            "specversion": "1.0",
            "id": f"{self.run}-{name}",
            "source": SOURCE,
            "type": f"mingdian.fact.connection.{kind}.v1",
            "subject": f"{self.run}-{subject}",
            "time": "2026-01-05T09:00:00+08:00",
            "profile": "hainan",
            "data": data,
            **changes,
        }

    async def post(
        self, *events: Any, kind: str = "application/cloudevents-batch+json", **more: Any
    ) -> httpx.Response:
        """Hand events in; bytes go as they are."""
        content = events[0] if isinstance(events[0], bytes) else json.dumps(events).encode()
        return await self.http.post(
            "/events", content=content, headers={**self.headers(), "content-type": kind}, **more
        )

    def headers(self) -> dict[str, str]:
        """What lets the source in."""
        return {"authorization": f"Bearer {self.secrets.token(SOURCE)}"}

    async def line(self, name: str, ready: Callable[[FactLine], bool] = lambda _: True) -> FactLine:
        """The inbox row of a fact, as soon as it is there and `ready`."""

        async def look() -> FactLine:
            while True:
                async with self.pool.connection() as conn:
                    found = await lookup.outcome_of(conn, SOURCE, f"{self.run}-{name}")
                if found is not None and ready(found):
                    return found
                await asyncio.sleep(0.05)

        return await asyncio.wait_for(look(), 20)

    async def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database holds."""
        async with self.pool.connection() as conn:
            return await (await conn.execute(query.encode(), values)).fetchall()


@asynccontextmanager
async def receiving(settings: Settings, pool: Pool) -> AsyncIterator[None]:
    """A receiver at work."""
    stop = asyncio.Event()
    desk = make_desk(settings, load_secrets(settings), load_profiles(settings.profiles))
    health = Health(lambda _ok, _detail: None)
    work = asyncio.create_task(
        Receiver(settings.kafka_bootstrap, pool, desk, health, asyncio.Event()).run(stop)
    )
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(work, 20)


@pytest.fixture
async def intake(settings: Settings) -> AsyncIterator[Intake]:
    pool = make_pool(settings, 8)
    await pool.open()
    producer, kept = Producer(settings.kafka_bootstrap, "test"), load_secrets(settings)
    deps = DoorDeps(
        producer=producer,
        pool=pool,
        policies=load_profiles(settings.profiles),
        tokens={source: token.get_secret_value() for source, token in kept.tokens.items()},
        quarantine=quarantine(settings),
        max_payload_bytes=int(settings.max_payload_bytes),
        clock=lambda: datetime.now(UTC),
    )
    app = FastAPI()
    app.include_router(router(deps))
    async with (
        receiving(settings, pool),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as http,
    ):
        yield Intake(http, pool, producer, kept, settings, secrets.token_hex(4))
    await pool.close()
    producer.close()


async def test_a_fact_is_sealed_before_it_is_stored(intake: Intake) -> None:
    answer = await intake.post(intake.event("a", "application_submitted", "s", APPLICATION))
    assert answer.status_code == 202
    assert answer.json() == {"events": [{"id": f"{intake.run}-a", "status": "received"}]}
    line = await intake.line("a")
    assert line.state == "pending"
    assert line.number is not None
    assert line.number.startswith("HN-2026-")
    [(fact, raw)] = await intake.rows("SELECT fact::text, raw FROM intake.inbox WHERE id = %s", line.id)
    assert "某某" not in fact
    assert PHONE not in fact
    assert "某某".encode() not in bytes(raw)
    assert await intake.rows("SELECT 1 FROM intake.blind_index WHERE subject = %s", line.number)


async def test_the_number_is_one_for_all_facts_of_a_reference(intake: Intake) -> None:
    await intake.post(
        intake.event("early", "plan_confirmed", "s", {"plan_no": "P1"}),
        intake.event("a", "application_submitted", "s", APPLICATION),
        intake.event("b", "application_submitted", "t", APPLICATION),
    )
    early, a, b = [await intake.line(name) for name in ("early", "a", "b")]
    assert early.number == a.number != b.number
    assert early.alias == f"{intake.run}-s"
    later = intake.event("later", "plan_confirmed", "-", {"plan_no": "P1"})
    await intake.post({**later, "subject": a.number})
    assert (await intake.line("later")).number == a.number


async def test_said_twice_is_counted_and_said_otherwise_is_refused(intake: Intake) -> None:
    first = intake.event("a", "application_submitted", "s", APPLICATION)
    await intake.post(first, first, {**first, "data": {**APPLICATION, "capacity_kva": "900"}})
    await intake.post(first)
    line = await intake.line("a", lambda found: found.duplicates == 2)
    assert line.state == "pending"
    reused = await intake.rows("SELECT code FROM intake.dead_letter WHERE id = %s", line.id)
    assert reused == [("id_reused",)]


async def test_bad_facts_are_kept_with_all_their_reasons_and_the_next_is_taken(intake: Intake) -> None:
    bad = intake.event(
        "bad", "application_submitted", "bad", {**APPLICATION, "capacity_kva": "-1", "region": "0"}
    )
    bad["time"] = "2026-01-05T09:00:00"
    await intake.post(bad, intake.event("good", "application_submitted", "good", APPLICATION))
    line = await intake.line("bad")
    assert (line.state, line.outcome, line.number) == ("final", "refused", None)
    assert {reason["code"] for reason in line.reasons} == {"naive_time", "too_small", "unknown_region"}
    assert (await intake.line("good")).state == "pending"
    keys = stream_keys(intake.settings)
    [(letter,)] = await intake.rows("SELECT letter FROM intake.dead_letter WHERE id = %s", line.id)
    async with intake.pool.connection() as conn:
        found = await letters.show(conn, keys, quarantine(intake.settings), letter)
    assert found is not None
    assert found[1] is not None
    assert json.loads(found[1].body)["data"] == bad["data"]


async def test_the_door_refuses_only_token_size_and_envelope_and_keeps_the_last_two(intake: Intake) -> None:
    event = intake.event("a", "application_submitted", "s", APPLICATION)
    assert (await intake.http.post("/events", json=event)).status_code == 401
    other = {**event, "source": "/upstream/feed"}
    assert (await intake.post(other)).status_code == 401
    [(before,)] = await intake.rows("SELECT count(*) FROM intake.dead_letter WHERE origin = 'door'")
    unreadable = await intake.post(b"\x00", kind="application/cloudevents+json")
    assert unreadable.status_code == 400
    assert unreadable.headers["content-type"] == "application/problem+json"
    large = await intake.post(b" " * (int(intake.settings.max_payload_bytes) + 1))
    assert large.status_code == 413
    [(after,)] = await intake.rows("SELECT count(*) FROM intake.dead_letter WHERE origin = 'door'")
    assert after == before + 2


async def test_a_dry_run_tells_all_and_keeps_nothing(intake: Intake) -> None:
    event = intake.event(
        "a", "application_submitted", "s", {**APPLICATION, "capacity_kva": "-1"}, profile="x"
    )
    answer = await intake.post(event, params={"dry_run": "true"})
    assert answer.status_code == 200
    told = answer.json()["events"][0]["problems"]
    assert {problem["code"] for problem in told} == {"too_small", "unknown_profile"}
    await intake.post(intake.event("after", "application_submitted", "s", APPLICATION))
    await intake.line("after")
    assert not await intake.rows("SELECT 1 FROM intake.inbox WHERE id = %s", event["id"])


async def test_binary_mode_and_kafka_lead_to_the_same_inbox(intake: Intake) -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": f"{intake.run}-http",
        "ce-source": SOURCE,
        "ce-type": "mingdian.fact.connection.withdrawn.v1",
        "ce-subject": f"{intake.run}-s",
        "ce-time": "2026-02-01T09:00:00%2B08:00",
        "ce-profile": "hainan",
        "content-type": "application/json",
    }
    sent = await intake.http.post("/events", content=b"{}", headers={**intake.headers(), **headers})
    assert sent.status_code == 202
    assert (await intake.line("http")).state == "pending"
    kafka = {
        name.replace("ce-", "ce_"): value.replace("%2B", "+").encode() for name, value in headers.items()
    }
    kafka["ce_id"] = f"{intake.run}-kafka".encode()
    await asyncio.to_thread(intake.producer.publish, INBOUND, "k", b"{}", list(kafka.items()))
    assert (await intake.line("kafka")).number == (await intake.line("http")).number


async def test_the_door_heeds_charsets_and_refuses_headers_that_mean_nothing(intake: Intake) -> None:
    fact = intake.event("gbk", "application_submitted", "海口 s", APPLICATION)
    fact |= {"datacontenttype": "application/json; charset=gbk"}
    named, body = write_binary({name: fact[name] for name in fact if name != "data"}, fact["data"])
    sound = {**dict(named), **intake.headers()}
    for bad in ({"ce-extra": "%C0%A0"}, {"ce-data": "1"}):
        refused = await intake.http.post("/events", content=body, headers={**sound, **bad})
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_header")
    assert (await intake.http.post("/events", content=body, headers=sound)).status_code == 202
    assert (await intake.line("gbk")).alias == f"{intake.run}-海口 s"


async def test_an_empty_batch_is_taken(intake: Intake) -> None:
    empty = await intake.post(b"[]")
    assert (empty.status_code, empty.json()) == (202, {"events": []})


async def test_what_has_no_name_is_kept_and_stalls_nothing(intake: Intake) -> None:
    for raw in (b"\xff\x00", b"", b'{"id": "\\u0000"}'):
        await asyncio.to_thread(intake.producer.publish, INBOUND, intake.run, raw)
    good = json.dumps(intake.event("good", "application_submitted", "s", APPLICATION)).encode()
    await asyncio.to_thread(intake.producer.publish, INBOUND, intake.run, good)
    assert (await intake.line("good")).state == "pending"


async def test_a_receiver_that_starts_again_reads_nothing_twice(intake: Intake) -> None:
    await intake.post(intake.event("a", "application_submitted", "s", APPLICATION))
    await intake.line("a")
    # The position goes with the inbox row: a new receiver can't meet the record again, even as a duplicate.
    async with receiving(intake.settings, intake.pool):
        await intake.post(intake.event("b", "application_submitted", "t", APPLICATION))
        await intake.line("b")
    assert (await intake.line("a")).duplicates == 0


async def test_a_final_outcome_is_told_once_and_kept_with_the_sealed_bytes(intake: Intake) -> None:
    await intake.post(intake.event("a", "application_submitted", "s", APPLICATION))
    await intake.post(intake.event("b", "plan_confirmed", "s", {"plan_no": "P1"}))
    await intake.line("a")
    held = await intake.line("b")
    record = OutcomeRecord(
        source=SOURCE,
        id=held.id,
        n=1,
        number=held.number or "",
        fate="impossible",
        code="not_now",
        sentence="Not in this state.",
    )
    activities = OutcomeActivities(intake.pool)
    await activities.record_outcome(record)
    await activities.record_outcome(record.model_copy(update={"fate": "applied"}))
    line = await intake.line("b")
    assert (line.outcome, line.code) == ("refused", "not_now")
    [(letter,)] = await intake.rows("SELECT letter FROM intake.dead_letter WHERE id = %s", held.id)
    keys = stream_keys(intake.settings)
    async with intake.pool.connection() as conn:
        found = await letters.show(conn, keys, quarantine(intake.settings), letter)
        assert await finish(conn, source=SOURCE, id=f"{intake.run}-a", n=1, outcome="applied")
    assert found is not None
    assert found[1] is not None
    assert json.loads(found[1].body)["id"] == held.id
    told = await _told(intake, held.number or "", 2)
    assert [(outcome["id"], outcome["outcome"]) for outcome in told] == [
        (held.id, "refused"),
        (f"{intake.run}-a", "applied"),
    ]


async def _told(intake: Intake, number: str, count: int) -> list[dict[str, Any]]:
    """The outcomes of an application on Kafka, in order."""
    stop = asyncio.Event()
    work = asyncio.create_task(
        announce(intake.pool, intake.producer, Health(lambda _ok, _detail: None), stop)
    )
    consumer = await asyncio.to_thread(Consumer, intake.settings.kafka_bootstrap)
    try:
        places = [(OUTCOMES, part) for part in await asyncio.to_thread(consumer.partitions, OUTCOMES)]
        await asyncio.to_thread(consumer.assign, await asyncio.to_thread(consumer.beginnings, places))
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(20):
            while len(found) < count:
                records = await asyncio.to_thread(consumer.poll, 0.5)
                found += [json.loads(r.value) for r in records if r.key == number.encode()]
        for outcome in found:
            Outcome.model_validate(outcome)  # what the catalogue says of this topic
        return found
    finally:
        stop.set()
        await work
        await asyncio.to_thread(consumer.close)


async def test_a_lease_keeps_a_subject_to_one_deliverer_and_a_later_fact_wakes_it(intake: Intake) -> None:
    await intake.post(intake.event("a", "application_submitted", "s", APPLICATION))
    number = (await intake.line("a")).number or ""
    mine, other = uuid4(), uuid4()
    assert number in await _claimed(intake, mine)
    async with intake.pool.connection() as conn:
        assert await leases.claim(conn, other, 1000, 1000) == []
        assert not await leases.renew(conn, other, number)
        assert await leases.renew(conn, mine, number)
        await finish(conn, source=SOURCE, id=f"{intake.run}-a", n=1, outcome="applied")
    async with intake.pool.connection() as conn:
        await leases.release(conn, mine, number, early_wait=1, again_in=None)
    assert await intake.rows("SELECT next_at FROM intake.subject WHERE number = %s", number) == [(None,)]
    await intake.post(intake.event("b", "plan_confirmed", "s", {"plan_no": "P1"}))
    await intake.line("b")
    assert number in await _claimed(intake, other)


async def _claimed(intake: Intake, lease: UUID) -> set[str]:
    """Claim all that is due. What other tests left there waits while this one looks at its own."""
    async with intake.pool.connection() as conn:
        return {claim.number for claim in await leases.claim(conn, lease, 1000, 1000)}


async def test_the_outcome_is_told_to_its_own_source_only(intake: Intake) -> None:
    await intake.post(intake.event("a", "application_submitted", "s", APPLICATION))
    await intake.line("a")
    query = {"source": SOURCE, "id": f"{intake.run}-a"}
    told = await intake.http.get("/events", params=query, headers=intake.headers())
    assert told.json()["state"] == "pending"
    assert told.json()["alias"] == f"{intake.run}-s"
    assert (await intake.http.get("/events", params=query)).status_code == 401
    foreign = {"authorization": f"Bearer {intake.secrets.token('/upstream/feed')}"}
    assert (await intake.http.get("/events", params=query, headers=foreign)).status_code == 401
    unknown = await intake.http.get("/events", params={**query, "id": "none"}, headers=intake.headers())
    assert unknown.status_code == 404


async def test_no_table_holds_the_clear_text(intake: Intake) -> None:
    await intake.post(
        intake.event("a", "application_submitted", "s", {**APPLICATION, "site_address": "秘密路1号"})
    )
    await intake.post(intake.event("b", "application_submitted", "t", {**APPLICATION, "region": "秘密路1号"}))
    await intake.line("a")
    await intake.line("b")
    for table in ("inbox", "dead_letter", "outcome_queue", "subject", "alias", "blind_index"):
        found = await intake.rows(f"SELECT 1 FROM intake.{table} t WHERE t::text LIKE %s", "%秘密路%")  # noqa: S608 - constant texts
        assert found == []
