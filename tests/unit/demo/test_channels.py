"""Part of the demo's applications come by channels: said in the words of the channel's table, they mean what
they meant, and everything else of the day is as it was."""

import hashlib
import hmac
import json
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
import pytest

from activities.documents.kinds import KINDS
from deploy.demo.channel_cases import ChannelCase, by_channels, named_files, numbered, wrong_messages
from deploy.demo.channel_words import UnsayableError, message_of
from deploy.demo.day import working_day
from deploy.demo.facts import SOURCE, FedFact
from deploy.demo.listener import OLDEST_SECONDS, Listener
from deploy.demo.papers import files_of
from deploy.demo.runs import Run
from deploy.profiles.loader import load_interfaces
from events.cloudevents import read_structured
from events.upcasting import read_fact
from tests.unit.demo.world import LARGEST, ROOT, policy
from workflows.intake.translate import translate
from workflows.policy.interface import Interface

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
RUN = Run(seed=1, run=1, anchor=NOW, applications=200, files=True, channels=True)
TABLES = {one.id: one for one in load_interfaces(ROOT / "deploy/profiles/hainan")}


@cache
def day() -> list[FedFact]:
    return working_day(policy(), 1, 1, NOW, 200, files=True)


@cache
def cases() -> tuple[ChannelCase, ...]:
    return tuple(by_channels(RUN, TABLES.values(), day())[0])


def understood(case: ChannelCase, message: object) -> Any:
    found = translate(
        case.table, "hainan", message, policies={"hainan": policy()}, now=NOW, max_bytes=LARGEST
    )
    assert found.problems == ()
    return found.event


def test_one_in_eight_comes_by_more_than_one_channel_and_the_rest_of_the_day_stays() -> None:
    found, rest = by_channels(RUN, TABLES.values(), day())
    assert len(found) == 25
    assert set(Counter(case.table.id for case in found)) == {"gov_app", "wechat"}
    taken = {case.subject for case in found}
    assert rest == [fact for fact in day() if fact.subject not in taken]
    assert sum(len(case.turns) for case in found) == len(day()) - len(rest)
    assert by_channels(RUN, TABLES.values(), day())[0] == found  # the same at every time


def test_a_message_means_what_the_fact_meant() -> None:
    told = 0
    for case in cases():
        for turn in case.turns:
            if turn.message is None:
                continue
            fact = turn.fact.event
            event = understood(case, turn.message)
            assert fact is not None
            assert event.attributes["id"] == fact["id"] == turn.fact.id
            assert (event.text("source"), event.text("subject")) == (case.table.upstream, case.reference)
            assert (
                abs(datetime.fromisoformat(event.text("time")) - datetime.fromisoformat(fact["time"])).seconds
                < 1
            )
            assert read_fact(event.text("type"), event.data) == read_fact(fact["type"], fact["data"])
            assert json.loads(turn.fact.body) == turn.message
            told += 1
    assert told > 40
    assert any(named_files(case) for case in cases())


def test_the_files_that_a_case_names_are_those_that_are_handed_in() -> None:
    handed = {
        (case.reference, file.ref.sha256)
        for case in cases()
        for file in files_of(policy(), named_files(case), KINDS)
    }
    named = {
        (case.reference, paper["file"]["sha256"])
        for case in cases()
        for turn in case.turns
        if turn.message is not None and turn.fact.event is not None
        for paper in turn.fact.event["data"].get("papers", ())
    }
    assert handed == named != set()


def test_customers_speak_by_the_channel_and_the_company_by_its_own_systems() -> None:
    told: set[str] = set()
    others: set[str] = set()
    for case in cases():
        for turn in case.turns:
            if turn.fact.event is not None:
                (told if turn.message else others).add(turn.fact.event["type"].split(".")[3])
    assert {"application_submitted", "plan_confirmed", "documents_supplied", "service_rated"} <= told
    assert {"plan_replied", "energised", "meter_fitted"} <= others
    assert not others & {"application_submitted", "plan_confirmed", "service_rated"}


def test_what_the_company_does_goes_by_our_number() -> None:
    case = next(case for case in cases() if len(case.turns) > 3)
    turn = next(turn for turn in case.turns if turn.message is None)
    fact = numbered(turn.fact, "HN-2026-000007")
    event = read_structured(fact.body)
    assert (event.text("subject"), event.text("source")) == ("HN-2026-000007", SOURCE)
    assert fact.id == turn.fact.id


@pytest.mark.parametrize("channel", ["gov_app", "wechat"])
def test_what_a_channel_sends_against_its_table_is_refused_for_just_that(channel: str) -> None:
    case = next(case for case in cases() if case.table.id == channel)
    wrong = wrong_messages(case)
    assert len(wrong) == 2
    for turn in wrong:
        found = translate(
            case.table, "hainan", turn.message, policies={"hainan": policy()}, now=NOW, max_bytes=LARGEST
        )
        assert {problem.code for problem in found.problems} == turn.fact.codes
        assert turn.fact.expect == "refused"


def test_what_a_table_has_no_word_for_is_not_said() -> None:
    rated = "mingdian.fact.connection.service_rated.v1"
    event: dict[str, Any] = {"type": rated, "time": "2026-01-05T01:30:00Z", "data": {"score": 6}}
    with pytest.raises(UnsayableError):
        message_of(TABLES["gov_app"], event, "YC000000000001", 1)
    with pytest.raises(UnsayableError):
        message_of(TABLES["gov_app"], {**event, "data": {"score": 5, "shoe": 1}}, "YC000000000001", 1)
    with pytest.raises(UnsayableError):
        message_of(TABLES["gov_app"], {**event, "type": "mingdian.fact.connection.energised.v1"}, "YC1", 1)
    message = message_of(TABLES["gov_app"], {**event, "data": {"score": 5}}, "YC000000000001", 1)
    assert (message["办件类型"], message["提交时间"]) == ("服务评价", "2026-01-05 09:30:00")


def test_without_such_channels_or_with_too_many_of_a_number_nothing_changes() -> None:
    none: list[Interface] = []
    assert by_channels(RUN, none, day()) == ([], day())
    assert by_channels(RUN.model_copy(update={"seed": 10_000}), TABLES.values(), day()) == ([], day())


def test_the_receiver_takes_what_is_signed_and_new_once() -> None:
    listener = Listener({"demo/gov_app": b"secret"})
    with listener.listening(), httpx.Client(trust_env=False) as http:

        def send(told_id: str, secret: bytes, second: int, path: str = "demo/gov_app") -> int:
            signed = b".".join((str(second).encode(), told_id.encode(), b"{}"))
            headers = {
                "Mingdian-Id": told_id,
                "Mingdian-Time": str(second),
                "Mingdian-Signature": f"v1={hmac.new(secret, signed, hashlib.sha256).hexdigest()}",
            }
            return http.post(listener.address(path), content=b"{}", headers=headers).status_code

        now = int(datetime.now(UTC).timestamp())
        assert [send("a", b"secret", now), send("a", b"secret", now), send("b", b"secret", now)] == [204] * 3
        assert listener.heard == {"demo/gov_app": 2}
        assert send("c", b"other", now) == 403
        assert send("c", b"secret", now - OLDEST_SECONDS - 1) == 403
        assert send("c", b"secret", now, "demo/wechat") == 403
        assert http.post(listener.address("demo/gov_app"), content=b"x" * 70_000).status_code == 413
    assert listener.forged == ["demo/gov_app", "demo/gov_app", "unknown"]
