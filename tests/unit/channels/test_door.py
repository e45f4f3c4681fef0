"""A channel is let in by its own token alone, and answered in its own words. Broker and database are
stand-ins here; tests/integration/test_channels.py has the real ones."""

import json
from typing import Any

import httpx
import pytest

from tests.unit.channels.doors import TOKEN, Channel, open_door
from workflows.intake.lookup import FactLine
from workflows.intake.reception import Refused


@pytest.fixture
def city(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    return open_door(tmp_path_factory.mktemp("profile"))


async def test_a_message_is_taken_in_the_channels_words_with_its_number(city: Channel) -> None:
    answered = await city.send()
    assert (answered.status_code, answered.json()) == (202, {"res": "0", "caso": "2026/SZ/00017"})
    [event] = city.desk.sent
    assert event.text("subject") == "2026/SZ/00017"
    assert city.desk.kept == []


@pytest.mark.parametrize(
    ("token", "channel"),
    [
        ("wrong", "gov_app"),
        ("mini-token", "gov_app"),
        ("city-token", "wechat"),
        ("demo-token", "gov_app"),
        ("city-token", "x"),
    ],
)
async def test_a_token_opens_its_own_channel_alone(city: Channel, token: str, channel: str) -> None:
    assert (await city.send(token=token, channel=channel)).status_code == 401
    assert city.desk.sent == []
    assert city.desk.kept == []  # of strangers nothing is kept


async def test_a_refusal_names_every_reason_in_the_channels_words_and_is_kept_as_it_came(
    city: Channel,
) -> None:
    answered = await city.send(tipo=7, fecha="05/01/2030 09:30")
    assert answered.status_code == 422
    told = answered.json()
    assert told["res"] == "901"
    assert told["caso"] == "2026/SZ/00017"
    assert [(one["res"], one["campo"]) for one in told["errores"]] == [
        ("901", "tipo"),
        ("future_time", "fecha"),
    ]
    assert all(one["msg"] for one in told["errores"])
    [(source, body, truncated)] = city.desk.kept
    assert (source, truncated) == ("/channel/city", False)
    assert json.loads(body)["tipo"] == 7
    assert city.desk.sent == []


async def test_what_is_unreadable_or_too_large_is_refused_and_kept(city: Channel) -> None:
    headers = {"authorization": "Bearer " + TOKEN}
    unreadable = await city.http.post("/channels/gov_app", content=b"<xml/>", headers=headers)
    assert (unreadable.status_code, unreadable.json()["res"]) == (400, "900")
    large = await city.send(sesion="x" * 5000)
    assert (large.status_code, large.json()["res"]) == (413, "903")
    kept = [(source, len(body), truncated) for source, body, truncated in city.desk.kept]
    assert kept == [("/channel/city", 6, False), ("/channel/city", 4096, True)]


async def test_a_service_that_is_not_carried_is_told_so(city: Channel) -> None:
    assert (await city.send(svc=20)).json()["res"] == "902"


@pytest.mark.parametrize(("refusal", "status", "word"), [("overloaded", 429, "900"), ("away", 503, "990")])
async def test_what_can_not_be_taken_now_is_asked_for_again(
    city: Channel, refusal: Refused, status: int, word: str
) -> None:
    city.desk.refusal.append(refusal)
    answered = await city.send()
    assert (answered.status_code, answered.json()["res"]) == (status, word)
    assert answered.headers["retry-after"]
    assert answered.json()["caso"] == "2026/SZ/00017"


def line(**given: Any) -> FactLine:
    """An inbox row of which only the outcome matters."""
    empty: dict[str, Any] = dict.fromkeys(FactLine._fields) | {"reasons": []}
    return FactLine(**{**empty, "alias": "2026/SZ/00017", **given})


async def ask(city: Channel, token: str = TOKEN) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return await city.http.get("/channels/gov_app", params={"id": "2026/SZ/00017#1"}, headers=headers)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"outcome": None}, {"res": "0"}),
        ({"outcome": "applied", "number": "HN-1"}, {"res": "1", "expediente": "HN-1"}),
        (
            {
                "outcome": "applied",
                "number": "HN-1",
                "code": "unknown_project",
                "sentence": "No such project.",
            },
            {"res": "1", "expediente": "HN-1", "msg": "No such project."},
        ),
    ],
)
async def test_a_channel_can_ask_what_became_of_a_message(
    city: Channel, given: dict[str, Any], told: dict[str, str]
) -> None:
    city.desk.lines["/channel/city", "2026/SZ/00017#1"] = line(**given)
    assert (await ask(city)).json() == {**told, "caso": "2026/SZ/00017"}


async def test_what_was_refused_later_is_told_with_its_reasons_in_the_channels_names(city: Channel) -> None:
    reasons = [{"code": "unknown_document", "field": "documents.0", "sentence": "Not in the catalogue."}]
    city.desk.lines["/channel/city", "2026/SZ/00017#1"] = line(
        outcome="refused", code="unknown_document", sentence="-", reasons=reasons
    )
    told = (await ask(city)).json()
    assert told["res"] == "900"
    assert told["errores"] == [
        {"campo": "papeles", "res": "unknown_document", "msg": "Not in the catalogue."}
    ]
    city.desk.lines["/channel/city", "2026/SZ/00017#1"] = line(
        outcome="dead", code="case_closed", sentence="So."
    )
    assert (await ask(city)).json()["errores"] == [{"campo": "", "res": "case_closed", "msg": "So."}]


async def test_nobody_else_can_ask(city: Channel) -> None:
    city.desk.lines["/channel/city", "2026/SZ/00017#1"] = line(outcome="applied")
    assert (await ask(city, "mini-token")).status_code == 401
    city.desk.lines.clear()
    assert (await ask(city)).status_code == 404
