"""The pages nobody wants to see: of an application that was erased, and of a fault that is ours."""

import json
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser

from events.personal import SealedValue
from projections.site.headers import SECURITY
from tests.browser import world
from tests.browser.conftest import CODE, Served, _site, enter, shoot
from tests.browser.test_pages import LANGUAGES, WIDTHS, Open, whole

ERASED = {"zh": "已按要求删除", "en": "erased"}
OURS = {"zh": "出了问题", "en": "Something went wrong"}


@pytest.fixture(scope="module")
def forgotten(cluster: str) -> Iterator[Served]:
    """A site whose every stream key is destroyed."""

    async def nobody_opens(subject: str, field: str, value: SealedValue) -> str | None:
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world, "unsealed", nobody_opens)
        with _site(cluster, "forgotten") as site:
            site.fill(world.hainan_day(5))
            yield site


@pytest.fixture(scope="module")
def broken(cluster: str) -> Iterator[Served]:
    """A site that has lost its tables under way: a fault that nobody has foreseen."""
    with _site(cluster, "broken") as site:
        site.fill(world.hainan_day(5))
        with psycopg.connect(site.dsn, autocommit=True) as db:
            db.execute("DROP SCHEMA progress CASCADE")
        yield site


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_erased_application_is_whole_and_shows_nobody(
    forgotten: Served, open_page: Open, language: str, width: int
) -> None:
    page = open_page(width)
    enter(page, forgotten, forgotten.number("profile = 'hainan'"), language)
    whole(page, language)
    assert ERASED[language] in page.inner_text("main .notice")
    assert page.locator("#timeline li").count() > 1
    shoot(page, f"application-erased-{language}-{width}")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fault_of_ours_is_a_page_that_owns_up(
    broken: Served, chrome: Browser, language: str, width: int
) -> None:
    with chrome.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        answer = page.goto(f"{broken.url}/hainan/?lang={language}")
        assert answer is not None
        assert answer.status == 500
        whole(page, language)
        assert OURS[language] in page.inner_text("h1")
        assert page.get_attribute("main a", "href") == "/hainan/"
        shoot(page, f"error-500-{language}-{width}")


def test_a_fault_of_ours_tells_no_detail_to_anybody(broken: Served) -> None:
    # A connection each: the server gives one up over which it broke.
    told = httpx.get(f"{broken.url}/api/hainan/overview")
    page = httpx.get(f"{broken.url}/hainan/")
    form = {"number": "HN-2026-000001", "code": CODE}
    sent = httpx.post(f"{broken.url}/hainan/progress", data=form, headers={"origin": broken.url})
    assert (told.status_code, page.status_code) == (500, 500)
    assert told.headers["content-type"] == "application/problem+json"
    assert json.loads(told.content)["status"] == 500
    for one in (told, page, sent):
        assert one.headers["cache-control"] == "no-store"
        assert SECURITY.items() <= dict(one.headers).items()
        for detail in ("Traceback", "psycopg", "progress.", "UndefinedTable", "relation"):
            assert detail not in one.text
