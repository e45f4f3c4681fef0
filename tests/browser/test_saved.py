"""What the measures save, and how each mean stands in its quarter."""

import httpx
import pytest

from tests.browser.conftest import shoot
from tests.browser.test_pages import LANGUAGES, WIDTHS, Open, Serve, whole


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_comparison_says_what_it_compares_and_how(
    served: Serve, open_page: Open, language: str, width: int
) -> None:
    page, site = open_page(width), served(1)
    page.goto(f"{site.url}/hainan/saved?lang={language}")
    whole(page, language)
    assert page.locator("article").count() == 3
    assert "6 → 3" in page.inner_text("main")
    assert page.locator("svg.saved[aria-label]").count() == 3
    assert page.locator("#saved-how ~ ul li").count() == 4
    shoot(page, f"saved-{language}-{width}")


def test_a_comparison_that_is_not_made_yet_says_so(served: Serve, open_page: Open) -> None:
    page, site = open_page(1280), served(1)
    site.saved = False
    try:
        page.goto(f"{site.url}/hainan/saved?lang=en")
        assert "being computed" in page.inner_text("main")
        answer = httpx.get(f"{site.url}/api/hainan/saved")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    finally:
        site.saved = True


def test_a_profile_without_former_tables_has_no_such_page(served: Serve) -> None:
    site = served(1)
    assert httpx.get(f"{site.url}/midwest/saved").status_code == 404
    assert httpx.get(f"{site.url}/api/hainan/saved").json()["cases"] == 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mean_says_how_it_stands_in_its_quarter(served: Serve, open_page: Open, language: str) -> None:
    page, site = open_page(1280), served(200)
    page.goto(f"{site.url}/hainan/?lang={language}")
    told = page.locator("#promises .watch").all_inner_texts()
    figures = httpx.get(f"{site.url}/api/hainan/overview").json()
    watched = [
        one
        for one in figures["targets"]
        if one["mean"] and one["mean"]["whole"]["closed"] + one["mean"]["whole"]["open"]
    ]
    assert len(told) == len(watched) >= 1
    assert all(one["statistic"] == "mean" for one in watched)
    by_region = watched[0]["mean"]["by_region"]
    assert sum(one["open"] for one in by_region) == watched[0]["mean"]["whole"]["open"]
    assert page.locator(f"#watch-{watched[0]['code']} tbody tr").count() == len(by_region)
