"""The pages of key projects keep themselves true while they are open, without a reload and without a jump."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import httpx
import psycopg
import pytest
from playwright.sync_api import Page, expect

from events.catalogue import project_events as says
from events.envelope import Event
from projections.site import announcements
from tests.browser import project_world as projects
from tests.browser.conftest import Served
from tests.browser.test_live import announce
from tests.unit.projections.projects import Project

Open = Callable[..., Page]
SECONDS = 8_000


def fill(site: Served, events: Iterable[Event]) -> None:
    """Replace what is known of projects."""
    with psycopg.connect(site.dsn, autocommit=True) as db:
        projects.fill(db, events)


def tell(site: Served, *numbers: str) -> None:
    """Tell open pages which projects moved, as the projector does."""
    announce(site, [{"profile": "hainan", "number": one, "sequence": 1, "projects": True} for one in numbers])


def stay(page: Page) -> None:
    """Mark the page, so that a reload is seen."""
    page.evaluate("window.stayed = true")


def stayed(page: Page) -> bool:
    return bool(page.evaluate("window.stayed === true"))


def ten(*but: str) -> list[Event]:
    """The ten projects without some."""
    return [event for event in projects.projects() if event.subject not in but]


def test_board_map_and_list_follow_the_log_and_stay_where_they_are(own: Served, open_page: Open) -> None:
    fill(own, ten(projects.RED))
    page = open_page(1280)
    page.goto(f"{own.url}/hainan/projects?lang=zh")
    assert page.locator(".lights .light-red li").count() == 0
    rows = page.locator("#list tbody tr").count()
    stay(page)
    page.select_option("#stage", "lead")  # chosen, not sent yet
    last = page.locator("#list tbody th a").last
    last.focus()
    before = page.evaluate("scrollY")
    assert before > 0
    fill(own, ten())
    tell(own, projects.RED)
    expect(page.locator(".lights .light-red li")).to_have_count(1, timeout=SECONDS)
    assert page.locator("#list tbody tr").count() == rows + 1
    assert page.locator(".map .area.light-red").count() == 1
    assert stayed(page), "the page was loaded anew"
    assert page.input_value("#stage") == "lead", "what somebody is choosing was taken away"
    assert page.evaluate("document.activeElement.closest('#list') !== null"), "focus was lost"
    assert abs(page.evaluate("scrollY") - before) < 200, "it jumped"


def test_a_filtered_board_stays_filtered(own: Served, open_page: Open) -> None:
    fill(own, ten(projects.RED))
    page = open_page(390)
    page.goto(f"{own.url}/hainan/projects?lang=en&light=yellow")
    stay(page)
    fresh = page.inner_text("#regions")
    fill(own, ten())
    tell(own, projects.RED)
    expect(page.locator("#regions")).not_to_have_text(fresh, timeout=SECONDS)
    assert page.locator("#list tbody tr").count() == 1
    assert stayed(page)


def test_the_first_project_appears_where_there_was_none(own: Served, open_page: Open) -> None:
    page = open_page()
    page.goto(f"{own.url}/hainan/projects?lang=zh")
    assert "还没有重点项目" in page.inner_text("main")
    fill(own, ten())
    tell(own, projects.RED)
    expect(page.locator("#list tbody tr")).to_have_count(9, timeout=SECONDS)
    expect(page.locator("form.choose")).to_be_visible()


def test_a_project_follows_its_own_news(own: Served, open_page: Open) -> None:
    fill(own, projects.rich().events())
    page = open_page()
    page.goto(f"{own.url}/hainan/projects/{projects.RICH}?lang=zh")
    page.click("#history-stage summary")
    assert page.locator("#conflicts").count() == 1
    stay(page)
    later = projects.rich().say(projects.TODAY - 1, says.WorksFinished(stage="civil"))
    later.say(projects.TODAY, says.RowsParted(origin=projects.JOINED))
    fill(own, later.events())
    tell(own, projects.RICH)
    expect(page.locator("#works svg rect.real.open")).to_have_count(0, timeout=SECONDS)
    expect(page.locator("#conflicts")).to_have_count(0)
    assert stayed(page)
    assert page.locator("#history-stage").get_attribute("open") is not None, "what was open was shut"


def test_a_project_that_is_joined_leaves_only_where_it_goes_on(own: Served, open_page: Open) -> None:
    project = projects.rich()
    fill(own, project.events())
    page = open_page()
    page.goto(f"{own.url}/hainan/projects/{projects.RICH}?lang=en")
    project.say(projects.TODAY, says.ProjectJoined(into=projects.GREEN, decided_by="km01"))
    fill(own, project.events())
    tell(own, projects.RICH)
    expect(page.locator("main section")).to_have_count(1, timeout=SECONDS)
    expect(page.locator("main")).to_contain_text(projects.GREEN)


@pytest.mark.parametrize("path", ["projects", f"projects/{projects.GREEN}"])
def test_midnight_comes_to_an_open_page_though_nothing_is_told(
    own: Served, open_page: Open, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "LOOK_SECONDS", 0.3)
    fill(own, [event for event in ten() if event.subject == projects.GREEN])
    page = open_page()
    tell(own)  # from now on it looks as often as the test wants
    page.goto(f"{own.url}/hainan/{path}?lang=zh")
    said = page.locator("main")
    expect(said).to_contain_text("富余 280 天")
    stay(page)
    own.now += timedelta(days=1)
    expect(said).to_contain_text("富余 279 天", timeout=SECONDS)
    assert stayed(page)


def test_a_stream_of_projects_is_there_for_those_that_are_known(own: Served) -> None:
    fill(own, Project(projects.RED).opened().events())
    address = f"{own.url}/hainan/stream/projects"
    assert httpx.get(address, params={"number": "HNK-2026-999999"}).status_code == 404
    with (
        httpx.Client(timeout=10) as client,
        client.stream("GET", address, params={"number": projects.RED}) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert any(line.startswith("id: ") for line in answer.iter_lines())
