"""Every reason why a fact is refused, all of them at once, and none that quotes what was sent."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from deploy.profiles.loader import load_profiles
from events import upcasting
from events.catalogue.base import Code, Fact
from events.cloudevents import read_structured
from events.consumer import Record
from events.personal import PersonalText
from events.upcasting import Upcaster, Upcasters, read_fact
from workflows.intake.arrivals import Arrival, arrive, fingerprint, is_marker, pack, unpack
from workflows.intake.checks import Checked, check
from workflows.policy.model import Policy

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMIT = 256 * 1024


@pytest.fixture(scope="module")
def policies() -> dict[str, Policy]:
    return load_profiles([ROOT / "deploy/profiles/hainan", ROOT / "tests/profiles/midwest"])


APPLICATION = {
    "region": "460100",
    "customer_type": "enterprise",
    "usage": "commercial",
    "voltage_kv": "10",
    "capacity_kva": "800",
    "channel": "hall",
    "applicant_name": "某某",
}


def event(name: str = "application_submitted", data: Any = APPLICATION, **changes: Any) -> bytes:
    whole = {
        "specversion": "1.0",
        "id": "a-1",
        "source": "/upstream/demo",
        "type": f"mingdian.fact.connection.{name}.v1",
        "subject": "REF-7",
        "time": "2026-03-01T09:30:00+08:00",
        "profile": "hainan",
        "data": data,
        **changes,
    }
    return json.dumps({k: v for k, v in whole.items() if v is not None}).encode()


def checked(policies: dict[str, Policy], raw: bytes, limit: int = LIMIT) -> Checked:
    return check(read_structured(raw), policies, NOW, limit)


def codes(found: Checked) -> set[tuple[str, str]]:
    return {(problem.code, problem.field) for problem in found.problems}


def test_a_sound_application_has_nothing_against_it(policies: dict[str, Policy]) -> None:
    found = checked(policies, event())
    assert found.problems == ()
    assert found.fact is not None
    assert found.fact.opens
    assert found.stream == "connection"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"region": "999999"}, ("unknown_region", "region")),
        ({"capacity_kva": "-5"}, ("too_small", "capacity_kva")),
        ({"capacity_kva": "many"}, ("not_a_number", "capacity_kva")),
        ({"customer_type": "resident", "usage": "residential"}, ("household_at_high_voltage", "voltage_kv")),
        ({"customer_type": "emperor"}, ("not_in_list", "customer_type")),
        ({"channel": "pigeon"}, ("unknown_channel", "channel")),
        ({"documents": ["D-none"]}, ("unknown_document", "documents.0")),
        ({"colour": "red"}, ("unknown_field", "colour")),
        ({"applicant_name": 7}, ("not_a_text", "applicant_name")),
        ({"applicant_name": {"kid": "k", "nonce": "n", "ct": "c"}}, ("sealed_inbound", "applicant_name")),
    ],
)
def test_faulty_data_is_refused(
    policies: dict[str, Policy], changes: dict[str, Any], code: tuple[str, str]
) -> None:
    assert codes(checked(policies, event(data={**APPLICATION, **changes}))) == {code}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"type": "mingdian.fact.connection.vanished.v1", "data": {}}, ("unknown_type", "type")),
        ({"profile": "atlantis"}, ("unknown_profile", "profile")),
        ({"profile": None}, ("unknown_profile", "profile")),
        ({"subject": None}, ("no_subject", "subject")),
        ({"time": "2026-03-01T09:30:00"}, ("naive_time", "time")),
        ({"time": "2026-03-01T12:05:01Z"}, ("future_time", "time")),
        ({"data": [1]}, ("bad_value", "data")),
    ],
)
def test_a_faulty_envelope_is_refused(
    policies: dict[str, Policy], changes: dict[str, Any], code: tuple[str, str]
) -> None:
    assert codes(checked(policies, event(**changes))) == {code}


def test_five_minutes_ahead_is_a_clock_not_a_lie(policies: dict[str, Policy]) -> None:
    assert not checked(policies, event(time="2026-03-01T12:05:00Z")).problems


def test_all_reasons_are_told_at_once(policies: dict[str, Policy]) -> None:
    data = {**APPLICATION, "region": "999999", "capacity_kva": "-5", "channel": "pigeon", "usage": "magic"}
    assert codes(checked(policies, event(data=data, time="2026-03-01T09:30:00"))) == {
        ("naive_time", "time"),
        ("too_small", "capacity_kva"),
        ("not_in_list", "usage"),
        ("unknown_region", "region"),
        ("unknown_channel", "channel"),
    }


def test_a_field_left_out_is_named(policies: dict[str, Policy]) -> None:
    data = {name: value for name, value in APPLICATION.items() if name not in {"region", "voltage_kv"}}
    assert codes(checked(policies, event(data=data))) == {("missing", "region"), ("missing", "voltage_kv")}


def test_an_oversized_event_is_refused(policies: dict[str, Policy]) -> None:
    assert codes(checked(policies, event(), limit=100)) == {("too_large", "")}


def test_no_reason_quotes_the_input(policies: dict[str, Policy]) -> None:
    data = dict.fromkeys(APPLICATION, "SECRET 13800000000") | {
        "SECRET": 1,
        "documents": ["SECRET"],
        "tenant": "SECRET",
    }
    found = checked(policies, event(data=data))
    assert len(found.problems) > 6
    assert "SECRET" not in str(found.problems)


def record(
    raw: bytes, headers: tuple[tuple[str, bytes], ...] = (), topic: str = "mingdian.inbound"
) -> Record:
    return Record(topic, 0, 0, 0, None, raw, headers)


def arrival(policies: dict[str, Policy], raw: bytes, bound: str | None = None) -> Arrival:
    return arrive(
        record(raw), policies=policies, bound_source=bound, inbox_secret=b"s" * 32, now=NOW, max_bytes=LIMIT
    )


def test_a_bound_topic_carries_its_own_source_only(policies: dict[str, Policy]) -> None:
    assert arrival(policies, event(), "/upstream/demo").nameable
    foreign = arrival(policies, event(), "/upstream/other")
    assert not foreign.nameable
    assert [problem.code for problem in foreign.problems] == ["foreign_source"]


def test_the_fingerprint_is_of_the_content_whatever_its_spelling(policies: dict[str, Policy]) -> None:
    raw = json.loads(event())
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    turned = json.dumps({**dict(reversed(raw.items())), "traceparent": parent}, indent=2).encode()
    same = fingerprint(b"s", read_structured(event()))
    assert fingerprint(b"s", read_structured(turned)) == same
    assert fingerprint(b"t", read_structured(event())) != same
    changed = event(data={**APPLICATION, "capacity_kva": "801"})
    assert fingerprint(b"s", read_structured(changed)) != same
    assert fingerprint(b"s", read_structured(b"\x00a")) != fingerprint(b"s", read_structured(b"\x00b"))


def test_a_marker_is_not_a_fact() -> None:
    mark = (("mingdian-marker", b"1"),)
    assert is_marker(record(b"", mark))
    assert not is_marker(record(event(), mark))


def test_what_is_packed_for_sealing_comes_out_whole() -> None:
    headers, body = [("ce_id", "é".encode()), ("x", b"")], b'{"a":\n1}'
    assert unpack(pack(headers, body)) == (headers, body)


class MovedV1(Fact):
    type: ClassVar[str] = "mingdian.fact.connection.moved.v1"
    ordered: ClassVar[bool] = False

    place: Code
    who: PersonalText = None


class Moved(Fact):
    type: ClassVar[str] = "mingdian.fact.connection.moved.v2"
    ordered: ClassVar[bool] = False

    to: Code
    who: PersonalText = None


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fact of two versions, the second of which calls a field otherwise."""

    def renamed(data: dict[str, Any]) -> dict[str, Any]:
        return {**{name: value for name, value in data.items() if name != "place"}, "to": data["place"]}

    steps = (Upcaster(MovedV1.type, Moved.type, renamed),)
    monkeypatch.setattr(upcasting, "FACT_MODELS", {Moved.type: Moved})
    monkeypatch.setattr(upcasting, "PAST_FACT_MODELS", {MovedV1.type: MovedV1})
    monkeypatch.setattr(upcasting, "_FACTS", Upcasters(steps, current=[Moved.type], past=[MovedV1.type]))


@pytest.mark.usefixtures("moved")
def test_a_fact_of_an_earlier_version_is_taken_and_read_as_the_newest(policies: dict[str, Policy]) -> None:
    found = checked(policies, event("moved", {"place": "HK", "who": "某某"}))
    assert codes(found) == set()
    assert (found.model, found.fact) == (Moved, Moved(to="HK", who="某某"))
    sent = event("moved", {"to": "HK"}).replace(b"moved.v1", b"moved.v2")
    assert checked(policies, sent).fact == Moved(to="HK")
    # A case that was begun by an earlier release still holds the fact as it was sent.
    assert read_fact(MovedV1.type, {"place": "HK"}) == Moved(to="HK")


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, {("missing", "place")}),
        ({"to": "HK"}, {("missing", "place"), ("unknown_field", "to")}),
        ({"place": "HK", "to": "SY"}, {("unknown_field", "to")}),
        ({"place": ["HK"]}, {("not_a_text", "place")}),
        ({"place": "HK", "who": {"kid": "k", "nonce": "", "ct": ""}}, {("sealed_inbound", "who")}),
    ],
)
def test_what_an_earlier_version_does_not_allow_is_told_in_its_own_words_before_any_step(
    policies: dict[str, Policy], data: Any, told: set[tuple[str, str]]
) -> None:
    assert codes(checked(policies, event("moved", data))) == told
