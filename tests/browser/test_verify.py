"""Verifying a receipt: what is genuine is said to be, what is not is not, and nothing else is told."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from playwright.sync_api import Page

from events.envelope import recompute_hash
from events.merkle import root_from
from events.roots import is_signed
from projections.roots.compare import MAX_BYTES
from projections.site.guesses import Buckets
from projections.site.site import VERIFYING
from tests.browser import world
from tests.browser.conftest import CODE, Served, _site, enter, shoot
from tests.browser.test_pages import LANGUAGES, WIDTHS, whole

Open = Callable[..., Page]
TELLS = {"zh": "这份回执是真的", "en": "This receipt is genuine"}


@pytest.fixture(scope="module")
def site(cluster: str) -> Iterator[Served]:
    """A day's log, of which all but the last events is sealed into two roots."""
    with _site(cluster, "verify") as site:
        site.fill(world.hainan_day(60))
        end = len(site.log.values)
        with psycopg.connect(site.dsn, autocommit=True) as db:
            site.log.seal(db, end // 3, world.NOW - timedelta(days=1, hours=3))
            site.log.seal(db, end - 40, world.NOW - timedelta(hours=2, minutes=41))
        yield site


@pytest.fixture(autouse=True)
def fresh_turns(site: Served) -> None:
    """Each test as from an address of its own, or they would use up each other's turns."""
    site.app.state.site.verifications = Buckets(VERIFYING, time.monotonic)


@pytest.fixture
def client(site: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url, timeout=30) as one:
        yield one


def receipt(site: Served, *, sealed: bool = True) -> dict[str, Any]:
    """A receipt of the log: of the second root's part, or of what is not sealed yet."""
    start, end = (len(site.log.values) // 3, -40) if sealed else (-40, None)
    bodies = [json.loads(value) for value in site.log.values[start:end]]
    return next(body for body in bodies if ".receipt_issued." in body["type"])


def judged(client: httpx.Client, body: object) -> dict[str, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    answer = client.post("/api/hainan/verify", content=raw)
    assert answer.status_code == 200
    return dict(answer.json())


def test_a_sealed_receipt_is_proven_to_whoever_computes(client: httpx.Client, site: Served) -> None:
    body = receipt(site)
    told = judged(client, body)
    assert (told["verdict"], told["genuine"], told["differing"]) == ("sealed", True, [])
    place, proof = told["place"], told["proof"]
    assert json.loads(site.log.values[place["offset"]]) == body
    root = client.get(f"/hainan/roots/{proof['root_number']}.json").json()
    assert root["hash"] == recompute_hash(root)
    assert is_signed(root["data"])
    assert root["data"]["root"] == proof["root"]
    way = [bytes.fromhex(step["hash"]) for step in proof["steps"]]
    leaf = bytes.fromhex(proof["leaf"])
    assert root_from(leaf, proof["leaf_index"], proof["leaves"], way).hex() == proof["root"]


def test_what_is_not_sealed_yet_is_genuine_all_the_same(client: httpx.Client, site: Served) -> None:
    told = judged(client, receipt(site, sealed=False))
    assert (told["verdict"], told["genuine"], told["proof"]) == ("waiting", True, None)


def test_another_way_of_writing_the_same_is_the_same(client: httpx.Client, site: Served) -> None:
    body = receipt(site)
    shuffled = json.dumps(dict(reversed(body.items())), indent=2).encode()
    assert judged(client, b"\xef\xbb\xbf\n" + shuffled + b"\n")["verdict"] == "sealed"


@pytest.mark.parametrize("field", ["time", "source", "policyversion", "prevhash", "data.due_at", "data.step"])
def test_one_altered_field_with_its_old_hash_fails_and_is_named(
    client: httpx.Client, site: Served, field: str
) -> None:
    body = receipt(site)
    outer, _, inner = field.partition(".")
    if inner:
        body["data"][inner] = "2030-01-01T00:00:00Z"
    else:
        body[outer] = "0" * 64
    told = judged(client, body)
    assert (told["verdict"], told["genuine"], told["differing"]) == ("altered", False, [field])
    assert told["place"] is told["proof"] is None


def test_an_altered_field_with_its_hash_recomputed_is_not_in_the_log(
    client: httpx.Client, site: Served
) -> None:
    body = receipt(site)
    body["data"]["due_at"] = "2030-01-01T00:00:00Z"
    body["hash"] = recompute_hash(body)
    told = judged(client, body)
    assert (told["verdict"], told["genuine"], told["differing"]) == ("unknown", False, [])


def test_the_answer_tells_nothing_to_whoever_guesses(client: httpx.Client, site: Served) -> None:
    """Known and unknown events look alike without the hash; with the next event's `prevhash`, too."""
    body = receipt(site)
    guesses = [body | {"hash": "a" * 64}, body | {"hash": "a" * 64, "subject": "HN-2026-999999"}]
    first, second = (judged(client, guess) for guess in guesses)
    assert {**first, "hash_computed": ""} == {**second, "hash_computed": ""}
    before = json.loads(site.log.values[[json.loads(v) for v in site.log.values].index(body) - 1])
    guess = {name: before[name] for name in ("subject", "sequence", "type", "id")}
    told = judged(client, guess | {"hash": body["prevhash"], "data": before["data"], "prevhash": "0" * 64})
    assert (told["verdict"], told["differing"], told["place"]) == ("altered", [], None)


@pytest.mark.parametrize(
    "raw", [b"{}", b"[]", b"not json", b"\xff\xfe", b'{"subject":"a","sequence":"x","hash":"y"}', b"[" * 5000]
)
def test_what_is_no_receipt_is_no_receipt(client: httpx.Client, raw: bytes) -> None:
    assert judged(client, raw)["verdict"] == "unreadable"


def test_a_tampered_log_is_our_fault_and_said_so(cluster: str) -> None:
    with _site(cluster, "tampered") as site, httpx.Client(base_url=site.url, timeout=30) as client:
        site.fill(world.hainan_day(5))
        with psycopg.connect(site.dsn, autocommit=True) as db:
            site.log.seal(db, len(site.log.values), world.NOW)
        body = next(one for one in map(json.loads, site.log.values) if ".receipt_issued." in one["type"])
        place = [json.loads(value) for value in site.log.values].index(body)
        assert judged(client, body)["verdict"] == "sealed"
        kept = list(site.log.values)
        site.log.values[place + 1] = b"{}"  # a neighbour's change breaks the path
        assert judged(client, body)["verdict"] == "broken"
        site.log.values = [*kept]
        site.log.values[place] = b"{}"  # and so does its own
        assert judged(client, body)["verdict"] == "broken"
        site.log.values = kept
        with psycopg.connect(site.dsn, autocommit=True) as db:
            db.execute("DELETE FROM roots.block")
        assert judged(client, body)["verdict"] == "unproven"
        site.log.away = True
        answer = client.post("/api/hainan/verify", content=json.dumps(body).encode())
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert client.post("/api/hainan/verify", content=b" " * (MAX_BYTES + 1)).status_code == 413
        codes = [client.post("/api/hainan/verify", content=b"{}").status_code for _ in range(25)]
        assert codes[-1] == 429


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_it_in_plain_words(
    site: Served, open_page: Open, tmp_path: Path, language: str, width: int
) -> None:
    page = open_page(width, java_script_enabled=False)
    page.goto(f"{site.url}/hainan/verify?lang={language}")
    whole(page, language)
    shoot(page, f"verify-{language}-{width}")
    good, path = receipt(site), tmp_path / "receipt.json"
    path.write_text(json.dumps(good))
    page.set_input_files("#file", path)
    page.click("main button[type=submit]")
    whole(page, language)
    assert page.inner_text("h1").startswith(TELLS[language])
    assert good["hash"] in page.inner_text("main")
    shoot(page, f"verify-sealed-{language}-{width}")
    for name, bad in {
        "altered": json.dumps(good | {"time": "2020-01-01T00:00:00.000000Z"}),
        "waiting": json.dumps(receipt(site, sealed=False)),
        "unreadable": "…",
    }.items():
        page.fill("#receipt", bad)
        page.click("main button[type=submit]")
        whole(page, language)
        assert page.inner_text("h1").startswith(TELLS[language]) == (name == "waiting")
        shoot(page, f"verify-{name}-{language}-{width}")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_roots_stand_on_a_page(site: Served, open_page: Open, language: str, width: int) -> None:
    page = open_page(width)
    page.goto(f"{site.url}/hainan/roots?lang={language}")
    whole(page, language)
    assert page.locator("#roots tbody tr").count() == 2
    shoot(page, f"roots-{language}-{width}")


def test_the_roots_are_published_for_programs_and_feeds(client: httpx.Client) -> None:
    roots = client.get("/hainan/roots.json").json()["roots"]
    assert [root["data"]["number"] for root in roots] == [2, 1]
    assert roots[0]["data"]["previous"] == roots[1]["data"]["root"]
    assert client.get("/hainan/roots.json", params={"before": 2}).json()["roots"] == roots[1:]
    feed = client.get("/hainan/roots.atom")
    assert feed.headers["content-type"].startswith("application/atom+xml")
    assert all(root["data"]["root"] in feed.text for root in roots)
    assert client.get("/hainan/roots/3.json").status_code == 404
    assert client.get("/roots").status_code == client.get("/verify").status_code == 307


def test_a_downloaded_receipt_is_the_event_itself(site: Served, open_page: Open, tmp_path: Path) -> None:
    page = open_page()
    number = site.number("profile = 'hainan' AND overdue")
    with httpx.Client(base_url=site.url) as stranger:
        assert stranger.get(f"/hainan/progress/{number}/receipts/4.json").status_code == 303
    enter(page, site, number, code=CODE)
    page.locator(".receipt > summary").first.click()
    with page.expect_download() as download:
        page.locator(".keep a").first.click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.read_bytes() in site.log.values
    assert number in path.name
    page.goto(f"{site.url}/hainan/verify")
    page.set_input_files("#file", path)
    page.click("main button[type=submit]")
    assert page.inner_text("h1").startswith(TELLS["zh"])
