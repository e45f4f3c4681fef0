"""Several messages in one request: an outcome for each, in their order; what was refused is plain."""

import json
from typing import Any

import pytest

from tests.unit.channels.doors import Channel, open_door
from tests.unit.channels.tables import CITY
from workflows.intake.reception import Refused

PAPERS = {"svc": 11, "caso": "2026/SZ/00017", "seq": 2, "fecha": "06/01/2026 10:00", "papeles": [503]}
UNKNOWN = {**CITY, "caso": "2026/SZ/00018", "tipo": 77}


@pytest.fixture
def city(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    return open_door(tmp_path_factory.mktemp("profile"))


async def test_several_messages_are_taken_in_their_order(city: Channel) -> None:
    answered = await city.post({"lote": [CITY, PAPERS]})
    taken = {"res": "0", "caso": "2026/SZ/00017"}
    assert (answered.status_code, answered.json()) == (202, {"res": "0", "resultados": [taken, taken]})
    assert [event.text("id") for event in city.desk.sent] == ["2026/SZ/00017#1", "2026/SZ/00017#2"]


async def test_a_part_that_is_refused_has_its_reasons_and_the_rest_is_taken(city: Channel) -> None:
    answered = await city.post({"sesion": {"id": 7}, "lote": [CITY, UNKNOWN, "x", PAPERS]})
    assert answered.status_code == 207
    told = answered.json()
    assert told["res"] == "2"
    first, second, third, fourth = told["resultados"]
    assert (first["res"], fourth["res"]) == ("0", "0")
    assert (second["res"], second["caso"]) == ("901", "2026/SZ/00018")
    assert [(one["res"], one["campo"]) for one in second["errores"]] == [("901", "tipo")]
    assert third["res"] == "900"
    assert [event.text("id") for event in city.desk.sent] == ["2026/SZ/00017#1", "2026/SZ/00017#2"]
    kept = [json.loads(body) for _, body, _ in city.desk.kept]
    assert kept == [UNKNOWN, "x"]  # each by itself, so that each can be corrected


async def test_where_none_is_taken_the_whole_is_refused(city: Channel) -> None:
    answered = await city.post({"lote": [UNKNOWN, UNKNOWN]})
    assert (answered.status_code, answered.json()["res"]) == (422, "901")
    assert city.desk.sent == []
    mixed = await city.post({"lote": [UNKNOWN, 7]})
    assert mixed.status_code == 422


@pytest.mark.parametrize(("refusal", "status"), [("overloaded", 429), ("away", 503)])
async def test_what_can_not_be_sent_on_is_asked_for_again_whole(
    city: Channel, refusal: Refused, status: int
) -> None:
    city.desk.refusal.append(refusal)
    answered = await city.post({"lote": [CITY, UNKNOWN, PAPERS]})
    assert answered.status_code == status
    assert answered.headers["retry-after"]
    assert city.desk.kept == []  # it comes again, and would be kept twice


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"lote": []}, 400, "empty_batch"),
        ({"lote": [CITY] * 6}, 413, "batch_too_long"),
        ({"lote": [CITY], "otro": 1}, 400, "unknown_field"),
    ],
)
async def test_a_list_that_can_not_be_taken_is_refused_whole_and_kept(
    city: Channel, body: dict[str, Any], status: int, word: str
) -> None:
    answered = await city.post(body)
    assert answered.status_code == status
    assert [one["res"] for one in answered.json()["errores"]] == [word]
    assert (city.desk.sent, len(city.desk.kept)) == ([], 1)


async def test_a_channel_whose_list_is_the_body_is_answered_by_a_list(city: Channel) -> None:
    head = {"op": "NEW", "ref": "m-123", "ts": "2026-01-05T09:30:00+08:00", "uuid": "u-1"}
    message = {"head": head, "body": {"area": "460200", "kva": 12.5}}
    wrong = {"head": {**head, "uuid": "u-2"}, "body": {"area": "999999", "kva": 12.5}}
    answered = await city.post([message, wrong], token="mini-token", channel="wechat")
    assert answered.status_code == 207
    assert [one["head"]["status"] for one in answered.json()] == ["ACK", "NAK"]
    assert answered.json()[1]["body"]["faults"][0]["code"] == "unknown_region"


async def test_one_message_is_answered_as_ever(city: Channel) -> None:
    answered = await city.send()
    assert answered.json() == {"res": "0", "caso": "2026/SZ/00017"}
