"""What a channel is told: which events, in which words, signed, and nowhere but where it may be told."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from events.catalogue import connection_events as says
from events.catalogue.base import EventData
from events.envelope import Draft, Event, Head, seal
from projections.notify import notices
from projections.notify.hosts import objection
from projections.notify.notices import Begun, Notice
from projections.notify.signing import headers_of
from projections.notify.wording import Told, body_of
from tests.unit.channels.tables import channels
from workflows.policy.interface_words import Callback, Retries

AT = datetime.fromisoformat("2026-01-05T01:30:00+00:00")
PERSON = {"staff_id": "S1", "name": "某某", "role": {"zh": "客户经理", "en": "manager"}, "phone": "12345"}
RECEIPT: dict[str, Any] = {
    "receipt_no": "R-1",
    "cause": "step_entered",
    "step": "survey_and_metering",
    "step_name": {"zh": "勘查装表", "en": "Survey and metering"},
    "entered_at": AT,
    "due_at": AT,
    "responsible": PERSON,
    "supervisor": PERSON,
    "elapsed_gross_days": 0,
}


def logged(data: EventData, type_name: str | None = None) -> Event:
    draft = Draft(type=type_name or data.type, time=AT, data=data.as_data())
    [event] = seal(
        Head(sequence=4),
        [draft],
        source="/mingdian/hainan",
        subject="HN-2026-000001",
        correlationid="HN-2026-000001",
        policyversion="p",
    )
    return event


def receipt(**changes: Any) -> Event:
    return logged(says.ReceiptIssued.model_validate({**RECEIPT, **changes}))


def notice(event: Event) -> Notice:
    assert event.type in notices.TYPES
    found = notices.read(event)
    assert isinstance(found, Notice)
    return found


def test_every_receipt_is_told_with_step_due_date_and_what_is_missing() -> None:
    told = notice(receipt(documents_missing=("LN1",)))
    assert (told.number, told.sequence, told.at) == ("HN-2026-000001", 5, AT)
    assert (told.occasion, told.status, told.step) == ("step_entered", "open", "survey_and_metering")
    assert (told.due_at, told.missing) == (AT, ("LN1",))


def test_the_status_follows_from_the_receipt() -> None:
    assert notice(receipt(elapsed_gross_days=None)).status == "checking"
    assert notice(receipt(paused_cause="docs_missing", cause="paused")).status == "paused"


def test_the_end_is_told() -> None:
    assert notice(logged(says.Energised())).status == "energised"
    withdrawn = notice(logged(says.ApplicationWithdrawn(step="application", reason=None)))
    assert withdrawn.status == "withdrawn"


def test_past_versions_are_told_too() -> None:
    assert "mingdian.connection.receipt_issued.v1" in notices.TYPES
    assert "mingdian.connection.application_received.v1" in notices.TYPES


def test_an_application_is_known_by_profile_and_source() -> None:
    data = says.ApplicationReceived.model_validate(
        {
            "region": "460100",
            "customer_type": "enterprise",
            "usage": "commercial",
            "voltage_kv": "0.4",
            "capacity_kva": "80",
            "kind": "lv_nonres",
            "process": "lv2",
            "channel": "gov_app",
            "upstream": "/channel/city",
            "documents": (),
        }
    )
    assert notices.read(logged(data)) == Begun("HN-2026-000001", "hainan", "/channel/city")


def test_other_events_tell_a_channel_nothing() -> None:
    event = logged(says.MeterFitted(meter_no="M1"))
    assert event.type not in notices.TYPES
    assert notices.read(event) is None


@pytest.fixture(scope="module")
def callbacks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Callback]:
    table = channels(tmp_path_factory.mktemp("profile"))
    return {name: one.callback for name, one in table.items() if one.callback is not None}


TOLD = Told(
    number="HN-2026-000001",
    sequence=5,
    reference="2026/SZ/00017",
    at=AT,
    occasion="paused",
    status="paused",
    step="application",
    step_name={"zh": "用电申请", "en": "Application"},
    due_at=None,
    missing=("LN1", "LN99"),
)


def test_a_callback_speaks_the_words_of_its_channel(callbacks: dict[str, Callback]) -> None:
    assert json.loads(body_of(callbacks["gov_app"], TOLD)) == {
        "origen": "red",
        "aviso": {
            "id": "HN-2026-000001:5",
            "caso": "2026/SZ/00017",
            "expediente": "HN-2026-000001",
            "orden": 5,
            "fecha": "05/01/2026 09:30",
        },
        "estado": {
            "codigo": "300",
            "paso": "P1",
            "nombre": "用电申请",
            "vence": None,
            "faltan": ["501", "LN99"],
            "motivo": "paused",
        },
    }
    assert json.loads(body_of(callbacks["wechat"], TOLD)) == {
        "event_id": "HN-2026-000001:5",
        "ref": "2026/SZ/00017",
        "step": "Application",
        "state": "paused",
        "due": None,
    }


def test_a_callback_is_signed_over_time_id_and_bytes() -> None:
    now = datetime.fromtimestamp(1_800_000_000, UTC)
    headers = headers_of(b"secret", "HN-1:5", b'{"a":1}', now)
    expected = hmac.new(b"secret", b'1800000000.HN-1:5.{"a":1}', hashlib.sha256).hexdigest()
    assert headers["Mingdian-Signature"] == f"v1={expected}"
    assert (headers["Mingdian-Time"], headers["Mingdian-Id"]) == ("1800000000", "HN-1:5")
    assert headers_of(b"other", "HN-1:5", b'{"a":1}', now) != headers
    assert (
        headers_of(b"secret", "HN-1:6", b'{"a":1}', now)["Mingdian-Signature"]
        != headers["Mingdian-Signature"]
    )


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://127.0.0.1:8000/x", None),
        ("http://[::1]/x", None),
        ("http://localhost/x", None),
        ("https://city.example/x", None),
        ("https://CITY.example./x", None),
        ("http://city.example/x", "https_needed"),
        ("https://other.example/x", "host_not_allowed"),
        ("http://169.254.169.254/latest", "host_not_allowed"),
        ("http://10.0.0.1/", "host_not_allowed"),
        ("http://0.0.0.0/", "host_not_allowed"),
        ("http://127.1/", "host_not_allowed"),
        ("http://2130706433/", "host_not_allowed"),
        ("http://localhost.other.example/", "host_not_allowed"),
        ("file://localhost/etc/passwd", "bad_address"),
        ("ftp://127.0.0.1/", "bad_address"),
        ("//127.0.0.1/x", "bad_address"),
        ("https://city.example.other/", "host_not_allowed"),
    ],
)
def test_nothing_is_sent_where_the_settings_allow_nothing(address: str, code: str | None) -> None:
    assert objection(address, ("city.example",)) == code


def test_pauses_double_up_to_the_most_and_then_it_is_tried_seldom() -> None:
    retries = Retries.model_validate({"times": 5, "first": 1, "most": 5, "later": 60})
    assert [retries.seconds(failures) for failures in (1, 2, 3, 4, 5, 99)] == [1, 2, 4, 5, 60, 60]


def test_a_callback_can_name_nothing_of_a_person(callbacks: dict[str, Callback]) -> None:
    told = {name for callback in callbacks.values() for name in callback.fields.values()}
    assert not any("applicant" in name or "phone" in name for name in told)
    assert set(Told.__dataclass_fields__) == {
        "number",
        "sequence",
        "reference",
        "at",
        "occasion",
        "status",
        "step",
        "step_name",
        "due_at",
        "missing",
    }
