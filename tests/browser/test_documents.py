"""Handing in a document: what is missing is asked for, what is sent is told, what came can be saved."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page

from events.catalogue import connection_facts as facts
from projections.site.documents import FileOut
from projections.site.guesses import Buckets
from projections.site.site import HANDING
from tests.browser.conftest import CODE, Served, enter, shoot
from tests.browser.test_pages import LANGUAGES, STATES, WIDTHS, whole
from tests.unit.documents.samples import EXE, archive, pdf
from tests.unit.projections.logs import events_of
from tests.unit.workflows.telling import FACTORY, NUMBER, Story

Serve = Callable[[int], Served]
Open = Callable[..., Page]

CHECKING = {"zh": "已收到，正在核对", "en": "received, being checked"}
SUBMIT = "#missing li:first-child button"
FILE = "#missing li:first-child input[type=file]"


@pytest.fixture
def site(served: Serve) -> Served:
    """A day's applications, of which nobody has handed in anything."""
    one = served(200)
    one.files.files.clear()
    one.files.handed.clear()
    one.files.busy = False
    one.app.state.site.handings = Buckets(HANDING, time.monotonic)
    return one


@pytest.fixture
def number(site: Served) -> str:
    return site.number(STATES["missing"])


def upload(page: Page, content: bytes, name: str = "张三的身份证.pdf") -> None:
    page.set_input_files(FILE, {"name": name, "mimeType": "application/pdf", "buffer": content})
    page.click(SUBMIT)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_document_is_handed_in_without_script(
    site: Served, open_page: Open, number: str, language: str, width: int
) -> None:
    page = open_page(width, java_script_enabled=False)
    enter(page, site, number, language)
    page.click("#state a[href$='/documents']")
    missing = page.locator("#missing li").count()
    assert missing > 0
    shoot(page, f"documents-{language}-{width}")
    upload(page, EXE)
    assert page.locator("[role=alert]").is_visible()
    shoot(page, f"documents-refused-{language}-{width}")
    upload(page, pdf("张三"))
    assert page.url.split("#")[0] == f"{site.url}/hainan/progress/{number}/documents"
    assert CHECKING[language] in page.inner_text("#missing li:first-child")
    assert page.locator("#missing form").count() == missing - 1
    assert "张三" not in page.content()
    shoot(page, f"documents-checking-{language}-{width}")
    site.files.decide(number, "refused")
    page.reload()
    assert page.locator("#missing form").count() == missing
    shoot(page, f"documents-again-{language}-{width}")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole(site: Served, open_page: Open, number: str, language: str, width: int) -> None:
    page = open_page(width)
    enter(page, site, number, language)
    page.goto(f"{site.url}/hainan/progress/{number}/documents")
    whole(page, language)


def test_what_is_too_large_is_told_before_it_is_sent_and_after(
    site: Served, open_page: Open, number: str, tmp_path: Path
) -> None:
    large = tmp_path / "large.pdf"
    large.write_bytes(pdf() + b" " * 3 * 1024 * 1024)
    page = open_page()
    enter(page, site, number)
    page.goto(f"{site.url}/hainan/progress/{number}/documents")
    page.set_input_files(FILE, large)
    page.click(SUBMIT)
    assert "1 MB" in page.locator(FILE).evaluate("input => input.validationMessage")
    assert page.locator("[role=alert]").count() == 0
    bare = open_page(java_script_enabled=False)
    enter(bare, site, number)
    bare.goto(f"{site.url}/hainan/progress/{number}/documents")
    bare.set_input_files(FILE, large)
    bare.click(SUBMIT)
    assert "1 MB" in bare.inner_text("[role=alert]")
    assert not site.files.files


@pytest.mark.parametrize("width", WIDTHS)
def test_what_came_is_listed_with_who_provided_it(own: Served, open_page: Open, width: int) -> None:
    files = [
        {"sha256": name * 32, "size": 2_400_000, "media_type": "application/pdf"} for name in ("ab", "cd")
    ]
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **{**FACTORY, "documents": ("A1",)})
        .tell(1, facts.DocumentsSupplied, documents=("A2",), provided_by="gov_share")
        .tell(2, facts.DocumentsSupplied, documents=("A3",), papers=[{"document": "A3", "file": files[0]}])
        .tell(3, facts.DocumentsSupplied, documents=("A5",), papers=[{"document": "A5", "file": files[1]}])
    )
    own.fill(events_of(story))
    own.files.files[NUMBER, "ab" * 32] = FileOut(pdf(), "application/pdf", "pdf")
    page = open_page(width)
    for language in LANGUAGES:
        enter(page, own, NUMBER, language)
        page.goto(f"{own.url}/hainan/progress/{NUMBER}/documents")
        whole(page, language)
        assert page.locator("#have tbody tr").count() == 3
        assert page.locator("#have tbody a").count() == 1  # what was named and has not come can't be saved
        shoot(page, f"documents-have-{language}-{width}")
    own.close()


def test_only_our_own_form_hands_in_and_only_what_is_missing(site: Served, number: str) -> None:
    address = f"/hainan/progress/{number}/documents"
    file = {"file": ("x.pdf", pdf(), "application/pdf")}
    with httpx.Client(base_url=site.url) as client:
        assert (
            client.post(address, files=file).status_code == 303
        )  # a stranger: to the form, as for any number
        assert client.get(f"{address}/{'ab' * 32}").status_code == 404
        client.post("/hainan/progress", data={"number": number, "code": CODE})
        page = client.get(address).text
        token = page.split('name="token" value="')[1].split('"')[0]
        missing = page.split('name="document" value="')[1].split('"')[0]

        def send(given: str, document: str, **headers: str) -> int:
            fields = {"token": given, "document": document}
            return client.post(address, data=fields, files=file, headers=headers).status_code

        assert send("0.0", missing) == 403
        assert send(token[:-1] + ("0" if token[-1] != "0" else "1"), missing) == 403
        assert send(token, missing, **{"sec-fetch-site": "cross-site"}) == 403
        assert send(token, "no-such") == 409
        site.files.busy = True
        assert send(token, missing) == 429
        site.files.busy = False
        assert not site.files.files
        assert send(token, missing, **{"sec-fetch-site": "same-origin"}) == 303
        assert len(site.files.files) == 1
        answers = [send(token, missing) for _ in range(HANDING.burst)]
        assert answers[-1] == 429


def test_a_file_is_saved_as_it_was_handed_in_and_never_shown(site: Served, number: str) -> None:
    content = pdf("一二三")
    sha = "12" * 32
    site.files.files[number, sha] = FileOut(content, "application/pdf", "pdf")
    address = f"/hainan/progress/{number}/documents/{sha}"
    with httpx.Client(base_url=site.url) as stranger:
        known, unknown = stranger.get(address), stranger.get(address.replace(sha, "34" * 32))
        assert (known.status_code, unknown.status_code) == (404, 404)
        assert known.text.replace(sha, "") == unknown.text.replace("34" * 32, "")
        stranger.post("/hainan/progress", data={"number": number, "code": CODE})
        saved = stranger.get(address)
        assert saved.content == content
        assert saved.headers["content-disposition"].startswith("attachment;")
        assert saved.headers["x-content-type-options"] == "nosniff"
        assert saved.headers["cache-control"] == "no-store"
        assert saved.headers["content-type"] == "application/pdf"
        other = site.number(f"profile = 'hainan' AND number <> '{number}'")
        assert stranger.get(address.replace(number, other)).status_code == 404


def test_a_file_of_two_kinds_is_not_taken(site: Served, open_page: Open, number: str) -> None:
    page = open_page()
    enter(page, site, number, "en")
    page.goto(f"{site.url}/hainan/progress/{number}/documents")
    upload(page, pdf() + archive("evil.class"))
    assert "hides" in page.inner_text("[role=alert]")
