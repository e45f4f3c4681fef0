"""The sender loses nothing: it waits for a busy door, finds a batch's one bad event, keeps the order."""

import json
from collections.abc import Callable

import httpx
import pytest

from deploy.errors import UserError
from deploy.feed.rows import Fact
from deploy.feed.send import BATCH_BYTES, Sender

SOURCE = "/upstream/test"
Handler = Callable[[httpx.Request], httpx.Response]


def fact(name: str, data: object = None) -> Fact:
    event = {"specversion": "1.0", "id": name, "source": SOURCE, "type": "t", "time": "2026-01-01T00:00:00Z"}
    return Fact(SOURCE, name, json.dumps({**event, "data": data}).encode())


def ids(request: httpx.Request) -> list[str]:
    body = json.loads(request.content)
    return [event["id"] for event in (body if isinstance(body, list) else [body])]


def sender(handler: Handler, patience: float = 30.0) -> tuple[Sender, httpx.AsyncClient]:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="http://door")
    return Sender(client, lambda source: f"token of {source}", patience=patience), client


async def test_facts_go_in_batches_in_their_order_with_the_token_of_their_source() -> None:
    seen: list[str] = []
    tokens: set[str] = set()

    def door(request: httpx.Request) -> httpx.Response:
        seen.extend(ids(request))
        tokens.add(request.headers["authorization"])
        return httpx.Response(202)

    made, client = sender(door)
    async with client:
        answers = await made.send([fact(f"f{n}") for n in range(250)], SOURCE)
    assert seen == [f"f{n}" for n in range(250)]
    assert all(answer.received for answer in answers)
    assert tokens == {f"Bearer token of {SOURCE}"}


async def test_a_busy_or_lost_door_is_waited_for() -> None:
    calls = 0

    def door(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        if calls == 1:
            return httpx.Response(503)
        if calls == 2:
            raise httpx.ConnectError("gone")
        if calls == 3:
            return httpx.Response(429, headers={"retry-after": "0"})
        return httpx.Response(202)

    made, client = sender(door)
    async with client:
        answers = await made.send([fact("a"), fact("b")], SOURCE)
    assert calls == 4
    assert [answer.received for answer in answers] == [True, True]


async def test_the_one_bad_event_of_a_batch_is_found_and_the_others_taken() -> None:
    taken: list[str] = []

    def door(request: httpx.Request) -> httpx.Response:
        if "bad" in ids(request):
            return httpx.Response(400, json={"code": "bad_envelope", "detail": "No."})
        taken.extend(ids(request))
        return httpx.Response(202)

    made, client = sender(door)
    async with client:
        facts = [fact("a"), fact("b"), fact("bad"), fact("c")]
        answers = await made.send(facts, SOURCE)
    assert taken == ["a", "b", "c"]
    assert [answer.code for answer in answers] == ["", "", "bad_envelope", ""]


async def test_what_is_unreadable_or_large_goes_alone() -> None:
    bodies: list[bytes] = []

    def door(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(202)

    made, client = sender(door)
    large = fact("large", "x" * BATCH_BYTES)
    async with client:
        await made.send([fact("a"), Fact(None, None, b"{no json"), large, fact("b")], SOURCE)
    assert bodies[1:3] == [b"{no json", large.body]


async def test_a_refused_token_and_a_door_that_stays_away_are_told() -> None:
    made, client = sender(lambda _: httpx.Response(401))
    async with client:
        with pytest.raises(UserError, match="token"):
            await made.send([fact("a")], SOURCE)
    made, client = sender(lambda _: httpx.Response(503), patience=0.1)
    async with client:
        with pytest.raises(UserError, match="does not take facts"):
            await made.send([fact("a")], SOURCE)
