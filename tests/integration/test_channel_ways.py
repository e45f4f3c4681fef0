"""What a channel may do besides sending one message: several at once, files, questions; and its token changes
while everything runs."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy.processes import notify as notify_process
from deploy.processes import projector
from deploy.secrets import rewrite
from deploy.settings import Settings
from deploy.stack.claims import free_ports
from projections.notify import queue
from projections.notify.notices import Begun, Notice
from projections.notify.state import state_of
from tests.integration.channeling import World, case_number, open_platform, until, until_async, world_in
from tests.integration.cities import City
from tests.unit.channels.tables import CITY
from tests.unit.documents.samples import EXE, pdf


@pytest.fixture
async def world(settings: Settings, tmp_path: Path) -> AsyncIterator[World]:
    async with world_in(settings, tmp_path) as one:
        yield one


def headers(token: str | None = None) -> dict[str, str]:
    """Those of the city, or of whoever holds the token."""
    return {"authorization": f"Bearer {token or 'city-token'}"}


async def test_several_messages_in_one_request_each_have_an_outcome(world: World) -> None:
    first, second = (f"2026/SZ/{case_number():05}" for _ in range(2))
    listed = [
        {**CITY, "caso": first},
        {**CITY, "caso": second, "tipo": 99},
        {"svc": 19, "caso": first, "seq": 2, "fecha": "06/01/2026 10:00"},
    ]
    async with open_platform(world), httpx.AsyncClient(base_url=world.door, trust_env=False) as http:
        answered = await http.post("/channels/gov_app", json={"lote": listed}, headers=headers())
        assert answered.status_code == 207
        told = answered.json()
        assert [one["res"] for one in told["resultados"]] == ["0", "901", "0"]
        assert [one["caso"] for one in told["resultados"]] == [first, second, first]
        again = await http.post("/channels/gov_app", json={"lote": [listed[0], listed[2]]}, headers=headers())
        assert (again.status_code, again.json()["res"]) == (202, "0")

        async def applied() -> bool:
            query = "SELECT id, outcome, duplicates FROM intake.inbox WHERE source = %s AND alias = %s"
            rows = await world.upstream.rows(query, "/channel/city", first)
            return sorted(rows) == [(f"{first}#1", "applied", 1), (f"{first}#2", "applied", 1)]

        await until_async(applied)
    query = "SELECT count(*) FROM intake.alias WHERE source = %s AND alias = %s"
    assert await world.upstream.rows(query, "/channel/city", second) == [(0,)]


async def test_files_come_by_the_channels_door_sealed_and_are_named_by_its_message(world: World) -> None:
    caso = f"2026/SZ/{case_number():05}"
    content = pdf("a deed of somebody")
    sha = hashlib.sha256(content).hexdigest()
    async with (
        open_platform(world, projector.run),
        httpx.AsyncClient(base_url=world.door, trust_env=False) as http,
    ):

        async def put(body: bytes) -> httpx.Response:
            return await http.post(
                "/channels/gov_app/files", params={"caso": caso}, content=body, headers=headers()
            )

        refused = await put(EXE)
        assert (refused.status_code, refused.json()["errores"][0]["res"]) == (415, "unknown_kind")
        kept = await put(content)
        assert kept.status_code == 201
        mark = kept.json()["adjunto"]
        assert (await put(content)).json() == kept.json()
        unknown = mark.replace(sha, "ab" * 32)
        lost = await world.city.send(
            world.door, **{**CITY, "caso": caso, "adjuntos": [{"papel": "503", "adjunto": unknown}]}
        )
        assert (lost.status_code, lost.json()["errores"][0]["res"]) == (422, "unknown_file")
        answered = await world.city.send(
            world.door, **{**CITY, "caso": caso, "adjuntos": [{"papel": "503", "adjunto": mark}]}
        )
        assert answered.status_code == 202, answered.text
        number = await world.number("/channel/city", caso)

        async def named() -> bool:
            rows = await world.upstream.rows(
                "SELECT state FROM progress.application WHERE number = %s", number
            )
            return bool(rows) and any(
                one["document"] == "LN3" and one["file"]["sha256"] == sha for one in rows[0][0]["papers"]
            )

        await until_async(named)
    [sealed] = (world.settings.data_dir / "documents" / number).iterdir()
    assert sha in sealed.name
    assert b"%PDF" not in await asyncio.to_thread(sealed.read_bytes)
    rows = await world.upstream.rows("SELECT source FROM documents.file WHERE subject = %s", number)
    assert rows == [("/channel/city",)]


async def test_a_channel_asks_how_an_application_stands_and_gets_its_receipt(world: World) -> None:
    async with (
        open_platform(world, projector.run),
        httpx.AsyncClient(base_url=world.door, trust_env=False) as http,
    ):
        caso = await world.applies(case_number())
        number = await world.number("/channel/city", caso)
        told: dict[str, Any] = {}

        async def answered() -> bool:
            answer = await http.get("/channels/gov_app", params={"reference": caso}, headers=headers())
            told.update(answer.json())
            return answer.status_code == 200 and answer.json()["recibo"]["numero"] is not None

        await until_async(answered)
        assert (told["caso"], told["expediente"], told["estado"]["codigo"]) == (caso, number, "100")
        assert told["estado"]["nombre"] == "用电申请"
        assert set(told["estado"]["faltan"]) <= {"503", "505", "506"}
        assert told["recibo"]["responsable"] != told["recibo"]["supervisor"]
        # The code opens the page of the application, and nothing else of the answer is needed for it.
        page = await http.get(
            f"/api/hainan/applications/{number}", headers={"x-receipt-code": told["recibo"]["clave"]}
        )
        assert (page.status_code, page.json()["number"]) == (200, number)
        others = await http.get("/channels/wechat", params={"reference": caso}, headers=headers("mini-token"))
        assert others.status_code == 404
        strange = await http.get("/channels/gov_app", params={"reference": number}, headers=headers())
        assert strange.status_code == 404
        erasing = "UPDATE intake.subject SET erased_at = {} WHERE number = %s RETURNING 1"
        await world.upstream.rows(erasing.format("now()"), number)
        assert not await answered()
        await world.upstream.rows(erasing.format("NULL"), number)
        assert await answered()


async def test_a_new_token_needs_no_restart_and_a_former_one_is_refused_at_once_or_after_its_time(
    world: World,
) -> None:
    def rotate(token: str, until: datetime | None) -> None:
        def change(content: dict[str, Any]) -> None:
            former = content["tokens"]["/channel/city"]
            content["tokens"]["/channel/city"] = token
            content["former_tokens"] = (
                {"/channel/city": {"token": former, "until": until.isoformat()}} if until else {}
            )

        rewrite(world.settings, change)

    async with open_platform(world), httpx.AsyncClient(base_url=world.door, trust_env=False) as http:

        async def status(token: str) -> int:
            query = {"reference": "2026/SZ/00000"}
            answered = await http.get("/channels/gov_app", params=query, headers=headers(token))
            return answered.status_code

        assert await status("city-token") == 404
        rotate("second", None)
        assert [await status("second"), await status("city-token")] == [404, 401]
        soon = datetime.now(UTC) + timedelta(seconds=2)
        rotate("third", soon)
        assert [await status("third"), await status("second")] == [404, 404]

        async def over() -> bool:
            return await status("second") == 401

        await until_async(over, 10)
        assert datetime.now(UTC) >= soon
        assert await status("third") == 404
        # The other doors read theirs anew as well.
        rewrite(world.settings, lambda content: content["tokens"].update({"/upstream/late": "late-token"}))
        event = {
            "specversion": "1.0", "id": "x", "source": "/upstream/late", "subject": "S", "profile": "hainan",
            "type": "mingdian.fact.connection.energised.v1", "time": "2026-01-05T09:00:00Z", "data": {},
        }  # fmt: skip
        kind = {"content-type": "application/cloudevents+json"}
        answered = await http.post(
            "/events?dry_run=true", json=event, headers={**headers("late-token"), **kind}
        )
        assert answered.status_code == 200


async def test_an_address_that_is_named_while_notify_runs_counts_from_then_on(world: World) -> None:
    other = City("-", b"city-secret", "gov_app", port=free_ports(1)[0])

    def name(addresses: dict[str, str]) -> None:
        rewrite(world.settings, lambda content: content.update(callback_addresses=addresses))

    async with open_platform(world, notify_process.run):
        with other.serving(), world.city.serving():
            name({"hainan.gov_app": f"http://127.0.0.1:{other.port}/avisos"})
            first = await world.applies(case_number())
            await until(lambda: any(one["aviso"]["caso"] == first for one in other.heard))
            name({})  # the table's own counts again
            second = await world.applies(case_number())
            await until(lambda: bool(world.told(second)))
    assert not any(one["aviso"]["caso"] == second for one in other.heard)
    async with world.upstream.pool.connection() as conn:
        state = await state_of(conn, "hainan", "/channel/city")
    assert state.told >= 2
    assert state.heard_at is not None


async def test_what_a_channel_without_an_address_is_to_be_told_waits_and_is_no_failure(world: World) -> None:
    called = [("hainan", "/channel/city")]
    number = f"HN-2020-{case_number():06}"
    async with world.upstream.pool.connection() as conn:
        await queue.begin(conn, Begun(number, "hainan", "/channel/nobody"))
        await queue.add(conn, Notice(number, 3, datetime.now(UTC), "energised", status="energised"))
        assert number not in {line.number for line in await queue.claim(conn, uuid4(), 1000, called)}
        assert await queue.claim(conn, uuid4(), 1000, []) == []
        state = await state_of(conn, "hainan", "/channel/nobody")
        assert (state.failing, state.waiting >= 1, state.codes) == (0, True, None)
        nobody = await queue.claim(conn, uuid4(), 1000, [("hainan", "/channel/nobody")])
        assert number in {line.number for line in nobody}
        await conn.execute("DELETE FROM notify.callback WHERE number = %s", (number,))
        await conn.execute("DELETE FROM notify.line WHERE number = %s", (number,))
