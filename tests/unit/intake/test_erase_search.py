"""Which raw dead letters name somebody: found in whatever state they came, and not by chance."""

import base64
import json

import pytest

from workflows.intake.erase_search import Sought, names

WANG = Sought(person=frozenset({"13800138000"}), calling_codes=("1", "86"))
CASE = Sought(names=frozenset({"HN-2026-000001", "PROJECT-12", "7"}))


def body(**data: object) -> bytes:
    return json.dumps({"subject": "S", "data": data}).encode()


@pytest.mark.parametrize(
    "sent",
    [
        body(applicant_phone="+86 138 0013 8000"),
        body(applicant_phone=13800138000),
        body(remark={"deep": ["call 138-0013-8000 in the morning, room 12"]}),
        json.dumps([{"data": {"applicant_phone": "１３８００１３８０００"}}]).encode(),
        json.dumps({"data_base64": base64.b64encode(body(phone="13800138000")).decode()}).encode(),
        b'{"data": {"applicant_phone": "138 0013 8000"',
        "\xff{电话：138-0013-8000".encode("utf-8", "surrogateescape"),
    ],
)
def test_a_person_is_found_wherever_the_number_stands(sent: bytes) -> None:
    assert names(WANG, [], sent)


@pytest.mark.parametrize(
    "sent",
    [
        body(applicant_phone="13800138001"),
        body(applicant_id_no="460100138001380001"),
        b'{"data": {"applicant_phone": "1380013800',
        b"",
    ],
)
def test_another_number_is_not_the_person(sent: bytes) -> None:
    assert not names(WANG, [], sent)


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        ([("ce-subject", b"PROJECT-12")], b"?"),
        ([], b'{"subject": "PROJECT-12", "data": {}}'),
        ([], b'{"subject": "7"}'),
        ([], b'{"subject": "HN-2026-000001", "data": {"x": '),
    ],
)
def test_an_application_is_found_by_its_names(headers: list[tuple[str, bytes]], sent: bytes) -> None:
    assert names(CASE, headers, sent)


@pytest.mark.parametrize(
    "sent", [b'{"subject": "8", "data": {"count": 7}}', b'{"subject": "8", "count": 7, ']
)
def test_a_short_reference_elsewhere_is_chance(sent: bytes) -> None:
    assert not names(CASE, [], sent)
