"""Channels with vocabularies of their own, over real HTTP both ways, from their tables alone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy.processes import notify as notify_process
from deploy.secrets import quarantine, stream_keys
from deploy.settings import Settings
from deploy.stack.figures import platform_figures
from projections.notify import queue
from projections.notify.notices import Begun, Notice
from projections.notify.wording import Told
from tests.integration.channeling import World, case_number, open_platform, until, until_async, world_in
from tests.integration.leaks import in_database
from tests.integration.upstreams import at_work, one_chain, records_of
from tests.unit.channels.tables import CITY
from workflows.intake import letters

MINI_APPLIES: dict[str, Any] = {"area": "460200", "kva": 12.5}
PERSON = ("某某", "13800138000")
"""Whom the city's application names; a callback must not."""


@pytest.fixture
async def world(settings: Settings, tmp_path: Path) -> AsyncIterator[World]:
    async with world_in(settings, tmp_path) as one:
        yield one


async def test_a_city_applies_supplies_documents_and_is_called_back_in_its_own_words(world: World) -> None:
    world.city.answers = [500, 500]
    with world.city.serving():
        async with open_platform(world, notify_process.run):
            caso = await world.applies(case_number())
            number = await world.number("/channel/city", caso)
            await until(lambda: any(one["estado"]["faltan"] for one in world.told(caso)))
            missing = next(one for one in world.told(caso) if one["estado"]["faltan"])
            assert set(missing["estado"]["faltan"]) <= {"503", "505", "506"}  # in its own codes
            for turn, paper in enumerate(missing["estado"]["faltan"], start=2):
                answered = await world.city.send(
                    world.door, svc=11, caso=caso, seq=turn, fecha=f"06/01/2026 10:{turn:02}", papeles=[paper]
                )
                assert answered.status_code == 202, answered.text
            await until(lambda: any(one["estado"]["paso"] == "P2" for one in world.told(caso)))
    told = world.told(caso)
    assert world.city.forged == []
    assert [status for _, status in world.city.attempts][:3] == [500, 500, 200]
    assert len({told_id for told_id, _ in world.city.attempts[:3]}) == 1  # the same one, until it was heard
    orders = [one["aviso"]["orden"] for one in told]
    assert orders == sorted(set(orders))
    assert {one["aviso"]["expediente"] for one in told} == {number}
    assert told[0]["estado"] == {
        "codigo": "100",
        "paso": "P1",
        "nombre": "用电申请",
        "vence": told[0]["estado"]["vence"],
        "faltan": told[0]["estado"]["faltan"],
        "motivo": "step_entered",
    }
    assert told[0]["aviso"]["fecha"] == "05/01/2026 09:30"
    assert told[-1]["estado"]["codigo"] == "200"
    assert not any(secret.encode() in world.city.raw for secret in PERSON)


async def test_nothing_is_lost_while_channel_and_notify_are_away(world: World) -> None:
    async with open_platform(world):
        caso = await world.applies(case_number())
        number = await world.number("/channel/city", caso)
        answered = await world.city.send(world.door, svc=19, caso=caso, seq=2, fecha="06/01/2026 10:00")
        assert answered.status_code == 202
        async with at_work(world.settings, intakes=0, workers=0, others=(notify_process.run,)):

            async def failing() -> bool:
                query = "SELECT failing, code FROM notify.line WHERE number = %s"
                return await world.upstream.rows(query, number) == [(True, "not_reached")]

            await until_async(failing)
            figures = await asyncio.to_thread(platform_figures, world.settings)
            assert figures["callbacks"]["failing"] >= 1
            assert figures["callbacks"]["waiting"] >= 1
        with world.city.serving():
            # Two processes share the work, and none tells twice or out of order.
            async with at_work(world.settings, intakes=0, workers=0, others=[notify_process.run] * 2):
                await until(lambda: any(one["estado"]["codigo"] == "850" for one in world.told(caso)))
                orders = [one["aviso"]["orden"] for one in world.told(caso)]
                assert orders == sorted(set(orders))

                async def well() -> bool:
                    query = "SELECT failing, next_at FROM notify.line WHERE number = %s"
                    return await world.upstream.rows(query, number) == [(False, None)]

                await until_async(well)
                [(waiting,)] = await world.upstream.rows(
                    "SELECT count(*) FROM notify.callback WHERE number = %s AND sent_at IS NULL", number
                )
                assert waiting == 0


async def test_a_second_channel_works_from_its_table_alone(world: World) -> None:
    reference = f"m-{10**8 + uuid4().int % 10**8}"
    head = {"op": "NEW", "ref": reference, "ts": "2026-01-05T09:30:00+08:00", "uuid": uuid4().hex}
    with world.mini.serving():
        async with open_platform(world, notify_process.run):
            answered = await world.mini.send(world.door, head=head, body=MINI_APPLIES)
            assert (answered.status_code, answered.json()) == (
                202,
                {"head": {"status": "ACK", "ref": reference}},
            )
            number = await world.number("/channel/mini", reference)
            await until(lambda: bool(world.mini.heard))
    first = world.mini.heard[0]
    assert first["ref"] == reference
    assert first["event_id"].startswith(f"{number}:")
    assert first["step"] == "Application"
    assert world.mini.forged == []
    received = one_chain(await records_of(world.settings, number))[0]
    assert (received["data"]["channel"], received["data"]["upstream"]) == ("wechat", "/channel/mini")


async def test_what_can_not_be_translated_is_kept_as_it_came(world: World) -> None:
    caso = f"2026/SZ/{case_number():05}"
    async with open_platform(world):
        answered = await world.city.send(world.door, **{**CITY, "caso": caso, "tipo": 99, "municipio": 98})
        assert answered.status_code == 422
        assert {one["campo"] for one in answered.json()["errores"]} == {"tipo", "municipio"}
        async with httpx.AsyncClient(base_url=world.door, trust_env=False) as http:
            figures = (await http.get("/api/hainan/figures")).json()["channels"]
            page = await http.get("/hainan/figures?lang=en")
            standards = (await http.get("/api/hainan/standards")).json()["channels"]
    by_code = {one["code"]: one for one in figures}
    assert by_code["gov_app"]["refused"] >= 1
    assert "unknown_word" in {one["code"] for one in by_code["gov_app"]["refusals"]}
    assert by_code["hall"]["refused"] is None  # it has no interface here, so nobody knows
    assert "a code that was not agreed" in page.text
    takes = {one["code"]: one["takes"] for one in standards}
    assert takes["wechat"] == ["new_connection", "lv_nonres", "progress"]
    assert {"documents", "files", "receipt"} <= set(takes["gov_app"])
    assert all("increase" in one["not_taken"] for one in standards)
    assert {"service": "rating", "reason": {"zh": "测试不用。", "en": "Not for these tests."}} in standards[
        0
    ]["without"]
    async with world.upstream.pool.connection() as conn:
        [letter, *_] = await letters.listed(conn, letters.Filter(source="/channel/city"))
        shown = await letters.show(
            conn, stream_keys(world.settings), quarantine(world.settings), letter.letter
        )
    assert (letter.origin, letter.outcome) == ("door", "refused")
    assert {reason["field"] for reason in letter.reasons} == {"tipo", "municipio"}
    assert shown is not None
    _, opened = shown
    assert opened is not None
    assert caso.encode() in opened.body
    assert not any(name == "authorization" for name, _ in opened.headers)


async def test_a_message_that_is_refused_later_can_be_asked_about(world: World) -> None:
    caso = f"2026/SZ/{case_number():05}"
    async with open_platform(world), httpx.AsyncClient(base_url=world.door, trust_env=False) as http:
        await world.applies(int(caso[-5:]))
        headers = {"authorization": "Bearer city-token"}

        async def outcome(seq: int) -> dict[str, Any]:
            found: list[dict[str, Any]] = []

            async def look() -> bool:
                answered = await http.get(
                    "/channels/gov_app", params={"id": f"{caso}#{seq}"}, headers=headers
                )
                found.append(answered.json())
                return answered.status_code == 200 and found[-1]["res"] != "0"

            await until_async(look)
            return found[-1]

        number = await world.number("/channel/city", caso)
        assert await outcome(1) == {"res": "1", "expediente": number, "caso": caso}
        withdraws = {"svc": 19, "caso": caso, "fecha": "06/01/2026 10:00"}
        await world.city.send(world.door, **withdraws, seq=2)
        await outcome(2)
        await world.city.send(world.door, svc=11, caso=caso, seq=3, fecha="07/01/2026 10:00", papeles=[501])
        refused = await outcome(3)
        assert refused["res"] == "900"
        assert refused["errores"][0]["msg"]


async def test_texts_of_persons_are_sealed_whether_a_message_is_taken_or_not(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    mark = f"Mk{uuid4().hex}"
    case = case_number()
    with world.city.serving():
        async with open_platform(world, notify_process.run):
            caso = await world.applies(case, quien=mark)
            assert (
                await world.city.send(world.door, **{**CITY, "quien": mark, "tipo": 99})
            ).status_code == 422
            await until(lambda: bool(world.told(caso)))
    assert await asyncio.to_thread(in_database, world.settings.postgres_dsn, [mark]) == {}
    assert mark not in caplog.text
    assert mark.encode() not in world.city.raw


async def test_a_line_whose_sender_died_is_taken_up_and_one_that_was_erased_is_dropped(world: World) -> None:
    number = f"HN-2020-{case_number():06}"
    pool = world.upstream.pool
    notice = Notice(number, 3, datetime.now(UTC), "energised", status="energised")
    async with pool.connection() as conn:
        await queue.begin(conn, Begun(number, "hainan", "/channel/city"))
        await queue.add(conn, notice)
        await queue.add(conn, notice)  # the log is read again after a crash
    dead, other, called = uuid4(), uuid4(), [("hainan", "/channel/city")]
    async with pool.connection() as conn:
        assert number in {line.number for line in await queue.claim(conn, dead, 100, called)}
        assert number not in {line.number for line in await queue.claim(conn, other, 100, called)}
        await conn.execute("UPDATE notify.line SET lease_until = now() WHERE number = %s", (number,))
    async with pool.connection() as conn:
        [line] = [one for one in await queue.claim(conn, other, 100, called) if one.number == number]
        told = Told(number, 3, "r", notice.at, "energised", "energised", None, None, None, ())
        assert not await queue.told(conn, told, dead)
        await conn.execute(
            "UPDATE notify.callback SET sent_at = NULL WHERE number = %s AND sequence = 3", (number,)
        )
        # Nobody knows the application's own number any more, as after an erasure.
        assert await queue.next_of(conn, line) is None
        await queue.release(conn, number, other)
    assert await world.upstream.rows(
        "SELECT sequence, dropped FROM notify.callback WHERE number = %s", number
    ) == [(3, True)]
    assert await world.upstream.rows("SELECT next_at FROM notify.line WHERE number = %s", number) == [(None,)]


async def test_a_channels_token_opens_no_other_door(world: World) -> None:
    async with open_platform(world), httpx.AsyncClient(base_url=world.door, trust_env=False) as http:
        headers = {"authorization": "Bearer city-token"}
        event = {
            "specversion": "1.0",
            "id": "x",
            "source": "/channel/city",
            "type": "mingdian.fact.connection.energised.v1",
            "subject": "HN-2026-000001",
            "time": "2026-01-05T09:00:00Z",
            "profile": "hainan",
            "data": {},
        }
        kind = {"content-type": "application/cloudevents+json"}
        assert (await http.post("/events", json=event, headers={**headers, **kind})).status_code == 401
        assert (await http.post("/documents?subject=x&profile=hainan", headers=headers)).status_code == 401
