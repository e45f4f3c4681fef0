"""Lists of key projects on the whole platform: two feeds, two formats, by file, by door, over Kafka."""

from datetime import date

import psycopg
import pytest

from tests.integration.feeds import CITY_SOURCE, DATA, MAPPINGS, PROV_SOURCE, Feeds, city_rows
from tests.integration.platforms import Platform
from workflows.intake import list_book

MARCH = (DATA / "prov-2026-03.csv").read_bytes()


@pytest.fixture
def feeds(platform: Platform) -> Feeds:
    """On the whole platform."""
    return Feeds(platform)


def test_monthly_lists_by_file_and_at_the_door_in_any_order(feeds: Feeds) -> None:
    february, april = DATA / "prov-2026-02.csv", DATA / "prov-2026-04.csv"
    second, fourth = ("--as-of", "2026-02-28", "--complete"), ("--as-of", "2026-04-30", "--complete")
    first = feeds.feed(february, "prov", *second)
    assert (first["read"], first["accepted"], first["duplicates"], first["refused"]) == (3, 3, 0, 0)
    again = feeds.feed(february, "prov", *second)
    assert (again["accepted"], again["duplicates"], again["gone"]) == (0, 3, 0), "the same list again"

    checked = feeds.post("prov", MARCH, as_of="2026-03-31", complete=True, dry_run=True)
    assert (checked.status_code, checked.json()["gone"]) == (200, 1)
    taken = feeds.post("prov", MARCH, as_of="2026-03-31", complete=True)
    assert taken.status_code == 202, taken.text
    told = taken.json()
    assert (told["rows"], told["sent"], told["gone"], told["back"], told["refused"]) == (3, 3, 1, 0, [])
    last = feeds.last("prov")
    assert (last["told"], last["applied"], last["refused_after_all"]) == (4, 4, [])
    changed, gone = feeds.number(PROV_SOURCE, "HN2026-002"), feeds.number(PROV_SOURCE, "HN2026-003")
    feeds.seen(changed, lambda one: one["fields"]["stage"] == "construction")
    left = feeds.seen(gone, lambda one: one["gone"])
    assert left["fields"]["project_name"] == "三亚免税城三期", "marked, not deleted"

    older = feeds.feed(february, "prov", *second)
    assert (older["accepted"], older["duplicates"], older["refused"]) == (0, 3, 0)
    assert feeds.public(changed)["fields"]["stage"] == "construction", "an older list overwrites nothing"
    assert feeds.public(gone)["gone"], "nor does it bring anybody back"

    fresh = feeds.feed(april, "prov", *fourth)
    assert (fresh["accepted"], fresh["duplicates"], fresh["back"], fresh["gone"]) == (2, 3, 1, 0)
    feeds.seen(gone, lambda one: not one["gone"])
    assert feeds.feed(april, "prov", *fourth)["duplicates"] == 5

    # A row without an id may be anybody's: nobody is marked, and the rows that can be read go on.
    faulty = feeds.post("prov", (DATA / "prov-faulty.csv").read_bytes(), as_of="2026-05-31", complete=True)
    told = faulty.json()
    assert (faulty.status_code, told["rows"], told["sent"]) == (202, 9, 2)
    assert (told["gone"], told["gone_withheld"]) == (0, True)
    refused = {one["line"]: [(p["code"], p["field"]) for p in one["problems"]] for one in told["refused"]}
    assert refused[6] == [("bad_date", "更新日期")]
    assert set(refused) == {5, 6, 7, 8, 9, 10, 11}
    kept = "SELECT reasons FROM intake.dead_letter WHERE source = %s AND origin = 'door'"
    fields = [r["field"] for (reasons,) in feeds.platform.rows(kept, PROV_SOURCE) for r in reasons]
    assert "line 6, 更新日期" in fields, "the list is kept, sealed, with its reasons"
    assert feeds.last("prov")["refused_after_all"] == []
    assert feeds.number(PROV_SOURCE, "HN2026-106").startswith("HNK-")

    # Twelve more, and then a list that lacks more than half.
    lines = MARCH.decode("gb18030").split("\r\n")
    many = [lines[3].replace("HN2026-001", f"HN2025-{n:03}") for n in range(12)]
    assert feeds.post("prov", "\r\n".join([*lines[:2], *many]).encode("gb18030")).status_code == 202
    feeds.last("prov")
    doubted = feeds.post("prov", MARCH, as_of="2026-06-30", complete=True)
    assert (doubted.status_code, doubted.json()["code"]) == (409, "too_many_gone")
    sure = feeds.post("prov", MARCH, as_of="2026-06-30", complete=True, sure=True)
    assert (sure.status_code, sure.json()["gone"]) == (202, 15)
    assert feeds.last("prov")["refused_after_all"] == []
    for one in (changed, gone):
        feeds.platform.command("audit", "--subject", one)


def test_a_city_tells_row_by_row_over_kafka_in_its_own_words(feeds: Feeds) -> None:
    first, second = city_rows()
    feeds.produce([("HK-77", first), ("HK-78", second), ("HK-77", first)])
    number = feeds.number(CITY_SOURCE, "HK-77")
    seen = feeds.seen(number, lambda one: one["fields"]["stage"] == "land_granted")
    assert [one["capacity_kva"] for one in seen["fields"]["load"]] == [20000, 40000]
    later = {**first, "phase": "building", "meta": {"updatedAt": "2026-04-02"}}
    strange = {**first, "phase": "moon"}
    feeds.produce([("HK-77", strange), ("HK-77", later), ("HK-77", first), ("HK-78", None)])
    feeds.seen(feeds.number(CITY_SOURCE, "HK-78"), lambda one: one["gone"])
    feeds.seen(number, lambda one: one["fields"]["stage"] == "construction")
    query = "SELECT code, reasons, duplicates FROM intake.inbox WHERE source = %s AND alias = %s ORDER BY seq"
    rows = feeds.platform.rows(query, CITY_SOURCE, "HK-77")
    assert [code for code, _, _ in rows] == [None, "unknown_word", None]
    assert [one["field"] for one in rows[1][1]] == ["phase"], (
        "the bad row is told by its place, the others stand"
    )
    assert rows[0][2] == 2, "a repeated row is a duplicate"
    feeds.platform.command("audit", "--subject", number)


@pytest.mark.parametrize(
    ("body", "asked", "status", "code"),
    [
        (b"a,b\n1,2\n", {"as_of": "2026-03-31"}, 400, "no_column"),
        (MARCH, {"complete": True}, 400, "no_as_of"),
        (MARCH, {"as_of": "soon"}, 400, "bad_as_of"),
        (MARCH, {"asof": "2026-03-31"}, 400, "bad_query"),
        (MARCH, {"as_of": "2026-03-31", "complete": "perhaps"}, 400, "bad_query"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_as_a_whole(
    feeds: Feeds, body: bytes, asked: dict[str, object], status: int, code: str
) -> None:
    answer = feeds.post("prov", body, **asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_feed_speaks_at_its_own_door_alone(feeds: Feeds) -> None:
    http = feeds.platform.http
    assert http.post("/feeds/prov", content=MARCH).status_code == 401
    assert http.post("/feeds/prov", content=MARCH, headers=feeds.authority("haikou")).status_code == 401
    assert http.get("/feeds/prov", headers=feeds.authority("haikou")).status_code == 401


def test_of_two_lists_of_a_feed_one_waits_for_the_other(feeds: Feeds) -> None:
    platform, path, body = feeds.platform, DATA / "haikou-2026-03.json", b'{"data": {"projects": []}}'
    mapping = str(MAPPINGS / "haikou.toml")

    def busy() -> None:
        answer = platform.http.post("/feeds/haikou", content=body, headers=feeds.authority("haikou"))
        assert (answer.status_code, answer.json()["code"]) == (429, "list_under_way")
        assert int(answer.headers["retry-after"]) > 0
        told = platform.command("feed", str(path), "-m", mapping, status=2)
        assert "Another list of this feed is being taken" in told

    with psycopg.connect(platform.settings.postgres_dsn) as conn:
        conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('list ' || %s, 0))", (CITY_SOURCE,))
        busy()
    # Taken, and its facts are on their way: what they say of the records is not known yet.
    noted = """
        INSERT INTO intake.list (source, complete, rows, refused, facts)
        VALUES (%s, false, 1, '[]', '{never@2026}') RETURNING list
    """
    [(number,)] = platform.rows(noted, CITY_SOURCE)
    busy()
    platform.rows("DELETE FROM intake.list WHERE list = %s", number)
    assert feeds.post("haikou", body).status_code == 202


_TOLD = """
INSERT INTO intake.inbox
    (source, id, alias, type, time, topic, partition, "offset", content_hmac, state, outcome)
VALUES ('/gov/none/projects', %s, %s, %s, %s, '', 0, 0, '', 'final', %s)
"""


async def test_who_stands_in_a_feed_is_read_from_what_it_told(platform: Platform) -> None:
    """Also after `recover`, which knows the facts of a restored database by their ids alone."""
    row, gone = (f"mingdian.fact.project.intention_{kind}.v1" for kind in ("reported", "gone"))
    told = [
        ("A@2026-01-05", "A", row, "2026-01-05", "applied"),
        ("A@2026-02-01", "A", row, "2026-02-01", "refused"),
        ("B@2026-01-05", "B", row, "2026-01-05", "applied"),
        ("B@2026-03-31:gone", "B", gone, "2026-03-31", "refused"),
        ("C@2026-01-05", None, "mingdian.project.project_opened.v1", "2026-01-05", "applied"),
        ("C@2026-03-31:gone", None, "mingdian.project.intention_left_feed.v1", "2026-03-31", "applied"),
        ("C@2026-04-30:back", None, "mingdian.project.intention_recorded.v1", "2026-04-30", "applied"),
    ]
    async with (
        await psycopg.AsyncConnection.connect(platform.settings.postgres_dsn) as conn,
        conn.transaction(force_rollback=True),
    ):
        for one in told:
            await conn.execute(_TOLD, one)
        found = await list_book.known(conn, "/gov/none/projects")
    stand = {record: one.gone for record, one in found.records.items()}
    assert stand == {"A": False, "B": True, "C": False}
    at = found.of("A").row_at
    assert at is not None
    assert at.date() == date(2026, 1, 5), "what was refused was never said"
    assert len(found.of("C").backs) == 1
    assert found.newest is None
