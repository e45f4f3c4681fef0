"""Finding one's application: by keyboard, with the wrong code, in another language, and leaving again."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import CODE, Served, enter, shoot

Serve = Callable[[int], Served]
Open = Callable[..., Page]


@pytest.fixture
def number(served: Serve) -> str:
    return served(200).number("profile = 'hainan' AND overdue")


def test_the_code_never_stands_in_an_address(served: Serve, open_page: Open, number: str) -> None:
    page, site = open_page(), served(200)
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    enter(page, site, number.lower().replace("-", " "), code=CODE.lower())
    assert page.url == f"{site.url}/hainan/progress/{number}"
    assert all(CODE.casefold() not in address.casefold() for address in addresses)
    (cookie,) = [one for one in page.context.cookies() if one["name"].startswith("pass_")]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert CODE not in cookie["value"]


def test_a_wrong_code_and_an_unknown_number_look_the_same(served: Serve, number: str) -> None:
    site = served(200)
    with httpx.Client(base_url=site.url) as client:
        answers = [
            client.post("/hainan/progress", data={"number": tried, "code": "WR0NGC0DE0"})
            for tried in (number, "HN-2026-999999")
        ]
    assert [answer.status_code for answer in answers] == [404, 404]
    first, second = (answer.text for answer in answers)
    assert first.replace(number, "N") == second.replace("HN-2026-999999", "N")


def test_a_mistake_is_told_and_forgiven(served: Serve, open_page: Open, number: str) -> None:
    page, site = open_page(360), served(200)
    enter(page, site, number, code="nonsense")
    assert page.get_by_role("alert").is_visible()
    assert page.input_value("#number") == number
    shoot(page, "progress-wrong-zh-360")
    page.fill("#code", CODE)
    page.click("main button[type=submit]")
    assert page.url.endswith(number)


def test_without_a_pass_the_page_is_the_form(served: Serve, open_page: Open, number: str) -> None:
    page, site = open_page(), served(200)
    page.goto(f"{site.url}/hainan/progress/{number}")
    assert page.url == f"{site.url}/hainan/progress"
    enter(page, site, number)
    page.get_by_role("button", name="退出本申请").click()
    page.goto(f"{site.url}/hainan/progress/{number}")
    assert page.url == f"{site.url}/hainan/progress"


def test_the_keyboard_is_enough(served: Serve, open_page: Open, number: str) -> None:
    page, site = open_page(), served(200)
    page.goto(f"{site.url}/hainan/progress")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "number"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"
    page.keyboard.type(number)
    page.keyboard.press("Tab")
    page.keyboard.type(CODE)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{number}")


def test_the_language_stays_with_the_reader(served: Serve, open_page: Open, number: str) -> None:
    page, site = open_page(), served(200)
    enter(page, site, number)
    page.get_by_role("link", name="English").click()
    assert page.url == f"{site.url}/hainan/progress/{number}?lang=en"
    assert "late" in page.inner_text("h1")
    page.get_by_role("link", name="Overview", exact=True).click()
    assert page.inner_text("h1") == "Connections today"


def test_a_received_application_that_is_not_folded_yet_waits(served: Serve, open_page: Open) -> None:
    page, site = open_page(), served(0)
    enter(page, site, "HN-2026-000001")
    assert "正在建页" in page.inner_text("h1")


def test_guessing_is_slowed(own: Served) -> None:
    with httpx.Client(base_url=own.url) as client:
        tried = [
            client.post("/hainan/progress", data={"number": f"HN-2026-{place:06d}", "code": "WR0NG"})
            for place in range(14)
        ]
        assert tried[0].status_code == 404
        assert tried[-1].status_code == 429
        assert int(tried[-1].headers["retry-after"]) > 0
        assert "请稍等" in tried[-1].text
