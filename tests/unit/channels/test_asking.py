"""A channel asks how an application of its own stands; it may ask so often; and its token can change."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from projections.api.channel_progress import standing
from projections.notify.wording import message_of
from projections.progress.state import ApplicationState
from tests.unit.channels.doors import TOKEN, Channel, open_door
from tests.unit.channels.tables import CITY
from workflows.intake.rates import Rates
from workflows.intake.tokens import Bound, Tokens
from workflows.policy.interface_words import Words

CASE = "2026/SZ/00017"
AT = datetime.fromisoformat("2026-01-05T01:30:00+00:00")
RECEIPT: dict[str, Any] = {
    "receipt_no": "R-1",
    "cause": "step_entered",
    "step": "application",
    "step_name": {"zh": "用电申请", "en": "Application"},
    "entered_at": AT,
    "due_at": AT,
    "responsible": {
        "staff_id": "S1",
        "name": "李工",
        "role": {"zh": "客户经理", "en": "manager"},
        "phone": "1",
    },
    "supervisor": {"staff_id": "S2", "name": "陈主任", "role": {"zh": "监督", "en": "head"}, "phone": "2"},
    "elapsed_gross_days": 0,
}


def state(**given: Any) -> ApplicationState:
    begun = {
        "number": "HN-2026-000001",
        "profile": "hainan",
        "policy_version": "p",
        "received_at": AT,
        "last_event_at": AT,
        "sequence": 4,
        "steps": [{"code": "application", "entered_at": AT}],
        "receipts": [RECEIPT],
        "documents_missing": ["LN3"],
    }
    return ApplicationState.model_validate({**begun, **given})


async def stands(profile: str, source: str, reference: str, words: Words) -> Mapping[str, Any] | None:
    assert (profile, source) == ("hainan", "/channel/city")
    if reference != CASE:
        return None
    return message_of(words, standing(state(), "open", AT, reference, "ABCDE12345", overdue=False))


async def away(*_: Any) -> Mapping[str, Any] | None:
    raise psycopg.OperationalError


async def ask(city: Channel, case: str = CASE, *, token: str = TOKEN) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return await city.http.get("/channels/gov_app", params={"reference": case}, headers=headers)


async def test_it_is_told_step_time_limit_and_receipt_in_its_own_words(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    city = open_door(tmp_path_factory.mktemp("profile"), stands=stands)
    answered = await ask(city)
    assert answered.status_code == 200
    assert answered.headers["cache-control"] == "no-store"
    assert answered.json() == {
        "caso": CASE,
        "expediente": "HN-2026-000001",
        "estado": {
            "codigo": "200",
            "nombre": "用电申请",
            "vence": "05/01/2026 09:30",
            "tarde": False,
            "faltan": ["503"],
        },
        "recibo": {"numero": "R-1", "clave": "ABCDE12345", "responsable": "李工", "supervisor": "陈主任"},
    }
    assert (await ask(city, "2026/SZ/00018")).status_code == 404
    assert (await ask(city, "HN-2026-000001")).status_code == 404
    assert (await ask(city, token="mini-token")).status_code == 401


async def test_while_the_database_is_away_it_may_ask_again(tmp_path_factory: pytest.TempPathFactory) -> None:
    answered = await ask(open_door(tmp_path_factory.mktemp("profile"), stands=away))
    assert (answered.status_code, answered.json()["res"]) == (503, "990")
    assert answered.headers["retry-after"]


def test_what_has_ended_has_no_step_and_misses_nothing() -> None:
    told = standing(state(), "energised", None, CASE, "-", overdue=False)
    assert (told.status, told.step, told.step_name, told.missing) == ("energised", None, None, ())


async def test_a_channel_that_sends_more_than_agreed_waits_and_the_others_do_not(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    now = [0.0]
    rates = Rates(lambda: now[0])
    city = open_door(tmp_path_factory.mktemp("profile"), rates=rates)
    assert rates.wait("/channel/city", 6000, 5999) == 0
    assert (await city.send()).status_code == 202
    for answered in (await city.send(), await ask(city)):
        assert (answered.status_code, answered.json()["errores"][0]["res"]) == (429, "too_many")
        assert answered.headers["retry-after"] == "1"
    assert (await city.post({}, token="mini-token", channel="wechat")).status_code == 422
    now[0] = 0.05
    assert (await city.post({"lote": [CITY] * 5})).status_code == 202
    assert (await city.post({"lote": [CITY] * 5})).status_code == 429
    assert len(city.desk.sent) == 6


def test_a_bucket_fills_evenly_up_to_a_minutes_worth() -> None:
    now = [0.0]
    rates = Rates(lambda: now[0])
    assert [rates.wait("a", 2) for _ in range(3)] == [0, 0, 30]
    assert rates.wait("b", 2) == 0
    now[0] = 30.0
    assert [rates.wait("a", 2), rates.wait("a", 2)] == [0, 30]
    assert rates.wait("c", 10, 11) == 6  # nothing is taken for what does not fit
    assert rates.wait("c", 10, 10) == 0


def test_a_token_that_another_took_the_place_of_is_good_until_its_time_and_no_longer() -> None:
    now = [AT]
    known: list[tuple[Bound, ...]] = [(Bound("/channel/city", "old"),)]
    tokens = Tokens(lambda: known[0], lambda: now[0])
    assert holder(tokens, "old") == "/channel/city"
    known[0] = (Bound("/channel/city", "new"), Bound("/channel/city", "old", AT + timedelta(minutes=5)))
    assert (holder(tokens, "new"), holder(tokens, "old")) == ("/channel/city", "/channel/city")
    now[0] = AT + timedelta(minutes=5)
    assert (holder(tokens, "new"), holder(tokens, "old")) == ("/channel/city", None)
    known[0] = (Bound("/channel/city", "newer"),)
    assert (holder(tokens, "newer"), holder(tokens, "new")) == ("/channel/city", None)


def holder(tokens: Tokens, token: str) -> str | None:
    return tokens.holder({"authorization": f"Bearer {token}"})
