"""A feed that produces to Kafka in its own words."""

import json
from datetime import UTC, datetime

import pytest

from events.consumer import Record
from events.topics import upstream_topic
from tests.unit.lists.given import CITY, DATA, policies, small, tables
from workflows.intake.arrivals import Arrival, arrive
from workflows.policy.lists import ListTable

NOW = datetime(2026, 11, 1, tzinfo=UTC)
AT = datetime(2026, 10, 31, 16, tzinfo=UTC)


def record(value: bytes, key: str = "k", **headers: str) -> Record:
    """As the broker has it."""
    named = [("as-of" if name == "as_of" else name, text.encode()) for name, text in headers.items()]
    return Record(upstream_topic("city").name, 0, 7, int(AT.timestamp() * 1000), key.encode(), value, named)


def taken(one: Record, table: ListTable | None = None) -> Arrival:
    """As intake takes it."""
    return arrive(
        one,
        policies=policies(),
        bound_source=CITY,
        inbox_secret=b"s" * 32,
        now=NOW,
        max_bytes=100_000,
        table=table or tables()[CITY],
    )


def city_row(place: int = 0) -> bytes:
    """A row of the city's list."""
    document = json.loads((DATA / "haikou-2026-03.json").read_text("utf-8-sig"))
    return json.dumps(document["data"]["projects"][place]).encode()


def test_a_row_in_the_feeds_own_words_is_a_fact_of_its_record() -> None:
    found = taken(record(city_row()))
    assert found.problems == ()
    assert (found.source, found.alias, found.id) == (CITY, "HK-77", "HK-77@2026-03-28T09:30:00")
    assert found.checked.time == datetime(2026, 3, 28, 1, 30, tzinfo=UTC)
    assert found.event.data["project_name"] == "江东云数据中心"


def test_the_same_row_again_has_the_same_name_and_content() -> None:
    one, two = taken(record(city_row())), taken(record(json.dumps(json.loads(city_row()), indent=1).encode()))
    assert (one.id, one.content_hmac) == (two.id, two.content_hmac)


def test_a_record_without_content_says_that_it_has_left() -> None:
    found = taken(record(b"", key="HK-77"))
    assert found.problems == ()
    assert found.event.text("type") == "mingdian.fact.project.intention_gone.v1"
    assert (found.id, found.checked.time) == ("HK-77@2026-11-01:gone", AT)


def test_a_row_without_a_date_of_its_own_is_of_the_moment_it_says_or_came() -> None:
    table = small(feed="haikou", format="jsonl")
    row = json.dumps({"id": "C-1", "name": "某", "city": "海口"}).encode()
    assert taken(record(row), table).id == "C-1@2026-11-01"
    assert taken(record(row, as_of="2026-09-30"), table).id == "C-1@2026-09-30"
    assert {one.code for one in taken(record(row, as_of="soon"), table).problems} == {"bad_date"}


@pytest.mark.parametrize(
    ("value", "code", "field"),
    [
        (b"{no json", "not_json", ""),
        (b"[]", "bad_row", ""),
        (b'{"id": "C-1"}', "no_date", "meta.updatedAt"),
        (city_row().replace(b'"land"', b'"moon"'), "unknown_word", "phase"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_reason_and_kept(
    value: bytes, code: str, field: str
) -> None:
    found = taken(record(value))
    told = {(one.code, one.field) for one in found.problems}
    assert (code, field) in told
    assert not {"missing"} & {one.code for one in found.problems}, "what was not understood is not missed too"
    assert found.event.raw == value
    assert found.nameable, "its outcome can be asked for"


def test_a_mended_row_is_not_the_refused_one() -> None:
    bad = taken(record(city_row().replace(b'"land"', b'"moon"')))
    assert bad.alias == "HK-77"
    assert bad.id != taken(record(city_row())).id


def test_a_cloudevent_goes_as_it_is_on_the_same_topic() -> None:
    event = {"specversion": "1.0", "id": "1", "source": CITY, "type": "x", "subject": "s"}
    found = taken(record(json.dumps(event).encode()))
    binary = taken(record(b"{}", ce_specversion="1.0", ce_id="2", ce_source=CITY, ce_type="x"))
    assert (found.source, found.id) == (CITY, "1")
    assert (binary.id, binary.event.binary) == ("2", True)


def test_a_topic_of_no_list_reads_cloudevents_alone() -> None:
    one = record(city_row())
    found = arrive(
        one, policies=policies(), bound_source="/upstream/grid", inbox_secret=b"s", now=NOW, max_bytes=9_999
    )
    assert found.problems
