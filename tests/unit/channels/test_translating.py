"""A message in foreign words becomes a fact, or is refused with every reason, in the channel's own names."""

import json
from typing import Any

import pytest

from tests.unit.channels.tables import CITY, channels, read
from workflows.intake.translate import Translated
from workflows.policy.interface import Interface


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Interface]:
    return channels(tmp_path_factory.mktemp("profile"))


def city(table: dict[str, Interface], **changes: Any) -> Translated:
    message = {name: value for name, value in {**CITY, **changes}.items() if value is not ...}
    return read(table["gov_app"], json.dumps(message).encode())


def reasons(found: Translated) -> set[tuple[str, str]]:
    return {(problem.code, problem.field) for problem in found.problems}


def test_foreign_names_words_units_and_dates_become_ours(table: dict[str, Interface]) -> None:
    found = city(table)
    assert found.problems == ()
    assert found.reference == "2026/SZ/00017"
    assert found.event is not None
    assert found.event.attributes == {
        "specversion": "1.0",
        "id": "2026/SZ/00017#1",
        "source": "/channel/city",
        "type": "mingdian.fact.connection.application_submitted.v2",
        "subject": "2026/SZ/00017",
        "time": "2026-01-05T01:30:00.000000Z",  # the fifth of January, half past nine in the morning there
        "profile": "hainan",
        "datacontenttype": "application/json",
    }
    assert found.event.data == {
        "region": "460100",
        "customer_type": "enterprise",
        "usage": "commercial",
        "voltage_kv": "0.4",
        "capacity_kva": "80",
        "tenant": "false",
        "documents": ["LN1", "LN2"],
        "applicant_name": "某某",
        "applicant_phone": "13800138000",
        "channel": "gov_app",
    }


def test_another_table_reads_another_vocabulary(table: dict[str, Interface]) -> None:
    head = {"op": "NEW", "ref": "m-123", "ts": "2026-01-05T09:30:00+08:00", "uuid": "u-1"}
    body = {"area": "460200", "kva": 12.5, "files": [{"code": "LN1"}, {"code": "LN2"}]}
    found = read(table["wechat"], json.dumps({"head": head, "body": body}).encode())
    assert found.event is not None, found.problems
    assert found.event.attributes["id"] == "u-1"
    assert found.event.data["documents"] == ["LN1", "LN2"]
    assert found.event.data["capacity_kva"] == "12.5"
    assert found.event.data["channel"] == "wechat"


def test_every_reason_is_told_at_once_by_the_channels_own_names(table: dict[str, Interface]) -> None:
    found = city(
        table,
        seq=...,
        fecha="2026-01-05",
        municipio=9,
        tension=...,
        potencia=-1,
        papeles=[501, 999],
        otro="x",
    )
    assert found.event is None
    assert reasons(found) == {
        ("no_id", "seq"),
        ("bad_time", "fecha"),
        ("unknown_word", "municipio"),
        ("no_voltage_kv", "tension"),
        ("no_capacity_kva", "potencia"),
        ("unknown_word", "papeles"),
        ("unknown_field", "otro"),
    }


def test_what_the_policy_has_against_it_is_told_by_the_channels_own_names(
    table: dict[str, Interface],
) -> None:
    assert reasons(city(table, tension=700)) == {("unknown_voltage", "tension")}
    assert reasons(city(table, potencia=9_000_000_000)) == {("capacity_implausible", "potencia")}
    assert reasons(city(table, fecha="05/01/2030 09:30")) == {("future_time", "fecha")}


def test_no_value_of_a_message_is_repeated(table: dict[str, Interface]) -> None:
    secret = "张三丰"
    found = city(table, quien={secret: secret}, municipio=secret, tipo=secret, fecha=secret, svc=10)
    assert found.problems
    assert secret not in repr(found.problems)


@pytest.mark.parametrize("number", ["17", "2026/SZ/00017x", "HN-2026-000001", None, 5, ["2026/SZ/00017"]])
def test_only_numbers_of_the_channel_are_taken(table: dict[str, Interface], number: Any) -> None:
    found = city(table, caso=number)
    assert ("bad_reference", "caso") in reasons(found)
    assert found.reference is None


def test_a_service_that_no_lifecycle_carries_has_a_code_of_its_own(table: dict[str, Interface]) -> None:
    assert ("service_not_taken", "svc") in reasons(city(table, svc=20))
    assert ("unknown_kind", "svc") in reasons(city(table, svc=77))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b'{"svc": NaN}', b"\xff"])
def test_what_is_no_message_is_unreadable(table: dict[str, Interface], body: bytes) -> None:
    found = read(table["gov_app"], body)
    assert found.unreadable
    assert len(found.problems) == 1


def test_a_list_where_one_value_belongs_is_refused(table: dict[str, Interface]) -> None:
    assert ("bad_value", "tipo") in reasons(city(table, tipo=[2]))
    assert ("bad_value", "papeles") in reasons(city(table, papeles=501))
    assert ("unknown_word", "papeles") in reasons(city(table, papeles=[501, {"x": 1}]))
