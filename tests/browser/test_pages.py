"""Every page, wide and narrow, in both languages, with 0, 1 and 200 applications."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, enter, shoot

Serve = Callable[[int], Served]
Open = Callable[..., Page]

WIDTHS = (1280, 360)
LANGUAGES = ("zh", "en")
HTML_LANGUAGE = {"zh": "zh-CN", "en": "en"}
COUNTS = (0, 1, 200)
PATHS = {"overview": "/", "progress": "/progress", "standards": "/standards"}

STATES = {
    "late": "profile = 'hainan' AND overdue",
    "missing": "profile = 'hainan' AND status = 'checking' AND paused_cause = 'docs_missing'",
    "paused": "profile = 'hainan' AND status = 'paused' AND kind = 'hv' AND NOT overdue",
    "open": "profile = 'hainan' AND status = 'open' AND kind = 'hv' AND NOT overdue",
    "low-voltage": "profile = 'hainan' AND status = 'open' AND kind <> 'hv' AND NOT overdue",
    "energised": "profile = 'hainan' AND status = 'energised' AND kind = 'hv'",
    "withdrawn": "profile = 'hainan' AND status = 'withdrawn' AND kind = 'hv'",
    "queue": "profile = 'midwest' AND status = 'open'",
}


def whole(page: Page, language: str) -> None:
    """The page speaks its language, has its landmarks and no sideways scroll."""
    assert page.get_attribute("html", "lang") == HTML_LANGUAGE[language]
    assert page.locator("header, main, footer").count() == 3
    assert page.locator("h1").count() == 1
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(sideways) == 0
    assert "{" not in page.inner_text("body"), "a text was not filled in"


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("profile", ["hainan", "midwest"])
def test_the_public_pages_are_whole(
    served: Serve, open_page: Open, profile: str, width: int, count: int
) -> None:
    page, site = open_page(width), served(count)
    for language in LANGUAGES:
        for name, path in PATHS.items():
            page.goto(f"{site.url}/{profile}{path}?lang={language}")
            whole(page, language)
            mark = "" if profile == "hainan" else f"-{profile}"
            shoot(page, f"{name}-{language}-{width}-{count}{mark}")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_an_application_is_told_in_every_state(
    served: Serve, open_page: Open, state: str, language: str, width: int
) -> None:
    page, site = open_page(width), served(200)
    number = site.number(STATES[state])
    enter(page, site, number, language)
    assert page.url.endswith(f"/progress/{number}")
    whole(page, language)
    assert page.inner_text("h1").strip()
    shoot(page, f"application-{state}-{language}-{width}-200")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_only_application_has_its_page(served: Serve, open_page: Open, language: str, width: int) -> None:
    page, site = open_page(width), served(1)
    enter(page, site, site.number("profile = 'hainan'"), language)
    whole(page, language)
    shoot(page, f"application-{language}-{width}-1")


def test_dark_paper(served: Serve, open_page: Open) -> None:
    page, site = open_page(1280, color_scheme="dark"), served(200)
    for name, path in PATHS.items():
        page.goto(f"{site.url}/hainan{path}")
        shoot(page, f"{name}-zh-1280-200-dark")
    enter(page, site, site.number(STATES["late"]))
    page.locator("footer").wait_for()  # the page may only have begun to come
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 24, 29)"
    shoot(page, "application-late-zh-1280-200-dark")


def test_without_scripts_everything_is_there(served: Serve, open_page: Open) -> None:
    page, site = open_page(1280, java_script_enabled=False), served(200)
    page.goto(f"{site.url}/hainan/")
    assert page.locator("#regions tbody tr").count() == 19
    assert page.locator(".map .area").count() == 18
    assert page.locator(".map .inset").count() == 1
    enter(page, site, site.number(STATES["late"]))
    assert page.locator("#timeline li").count() > 3


def test_an_empty_log_claims_nothing(served: Serve, open_page: Open) -> None:
    page, site = open_page(), served(0)
    page.goto(f"{site.url}/hainan/")
    assert "%" not in page.inner_text("#regions tbody")
    assert page.locator(".tag.kept, .tag.broken").count() == 0
    assert "还没有申请" in page.inner_text("#today")


def test_profiles_do_not_mix(served: Serve, open_page: Open) -> None:
    page, site = open_page(), served(200)
    page.goto(f"{site.url}/midwest/")
    assert page.get_attribute("html", "lang") == "en"
    assert "60 received in all" in page.inner_text("#today")
    page.goto(f"{site.url}/hainan/")
    assert "累计受理 200 件" in page.inner_text("#today")
