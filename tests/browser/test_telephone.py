"""The page of an application in which everything happened, on a telephone: what a citizen asks comes first,
the rest is folded and still there."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, enter, shoot
from tests.browser.conftest import _site as site_of
from tests.browser.test_beside import CHECKED, LATE, SERVED, log
from tests.browser.test_live import announce
from tests.browser.test_pages import LANGUAGES, Open, whole

TELEPHONE = {"width": 390, "height": 844}
SCREENS = 8.5
"""So many screens of a telephone the fullest page may take while nothing is opened; unfolded it takes 25."""


@pytest.fixture(scope="module")
def site(cluster: str) -> Iterator[Served]:
    with site_of(cluster, "telephone") as one:
        one.fill(log())
        yield one


def bottom(page: Page, selector: str) -> float:
    """Where an element ends, from the top of the page, in screens."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    return (box["y"] + box["height"]) / TELEPHONE["height"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [CHECKED, SERVED, LATE])
def test_the_fullest_page_is_short_and_answers_first(
    site: Served, open_page: Open, number: str, language: str
) -> None:
    page = open_page(TELEPHONE["width"])
    page.set_viewport_size(TELEPHONE)  # type: ignore[arg-type]
    enter(page, site, number, language)
    whole(page, language)
    assert page.evaluate("document.documentElement.scrollHeight") <= SCREENS * TELEPHONE["height"]
    assert bottom(page, "#lead") < 1, "where it is, who has it, until when"
    assert bottom(page, "#state") < 2, "who, until when and what is missing"
    shoot(page, f"telephone-{number[-1]}-{language}")


@pytest.mark.parametrize("scripts", [True, False])
def test_every_entry_is_one_touch_away(site: Served, open_page: Open, scripts: bool) -> None:
    page = open_page(TELEPHONE["width"], java_script_enabled=scripts)
    enter(page, site, SERVED, "en")
    (told,) = site.ask(f"SELECT count(*) FROM timeline.entry WHERE number = '{SERVED}'")  # noqa: S608 - a constant
    places = page.locator("#timeline .place")
    assert places.count() == told[0]
    assert [places.nth(n).is_visible() for n in (0, 2, 3, told[0] - 1)] == [True, True, False, False]
    for fold in ("timeline-earlier", "receipts-earlier", "papers-there", "pauses-ended", "duties-ended"):
        inside = page.locator(f"#{fold} > :not(summary)").last
        assert not inside.is_visible(), fold
        page.click(f"#{fold} > summary")
        assert inside.is_visible(), fold
    assert places.last.is_visible()
    assert places.last.inner_text() == "no. 1"


@pytest.mark.parametrize("media", ["screen", "print"])
def test_on_paper_everything_is_open(site: Served, open_page: Open, media: str) -> None:
    page = open_page(1280)
    enter(page, site, SERVED, "en")
    page.emulate_media(media=media)  # type: ignore[arg-type]
    shown = page.evaluate(
        "[...document.querySelectorAll('.fold li, .fold tr, .fold dd')].map(e => e.checkVisibility())"
    )
    assert len(shown) > 100
    assert set(shown) == {media == "print"}


def test_what_is_open_stays_open_when_there_is_news(own: Served, open_page: Open) -> None:
    page = open_page(TELEPHONE["width"])
    events = log()
    last = max(event.number for event in events if event.subject == SERVED)
    own.fill([event for event in events if (event.subject, event.number) != (SERVED, last)])
    enter(page, own, SERVED, "en")
    page.click("#timeline-earlier > summary")
    own.fill(events)
    announce(own, [{"profile": "hainan", "number": SERVED, "sequence": last}])
    expect(page.locator("#timeline .place").first).to_have_text(f"no. {last}", timeout=8_000)
    assert page.locator("#timeline .place").last.is_visible()
