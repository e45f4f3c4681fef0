"""Pages update themselves, and say nothing to those who may not listen."""

import json
from collections.abc import Callable
from datetime import timedelta

import httpx
import psycopg
from playwright.sync_api import Page, expect

from tests.browser import world
from tests.browser.conftest import Served, enter

Open = Callable[..., Page]


def announce(site: Served, payload: object) -> None:
    """Tell the site that something was folded, as the projector does."""
    with psycopg.connect(site.dsn, autocommit=True) as db:
        db.execute("SELECT pg_notify('mingdian_progress', %s)", (json.dumps(payload),))


def test_the_overview_follows_the_log(own: Served, open_page: Open) -> None:
    page = open_page()
    page.goto(f"{own.url}/hainan/")
    expect(page.locator("#today")).to_contain_text("还没有申请")
    own.fill(world.hainan_day(3))
    announce(own, "*")
    expect(page.locator("#today")).to_contain_text("累计受理 3 件", timeout=8_000)


def test_an_application_follows_its_own_news(own: Served, open_page: Open) -> None:
    page = open_page()
    events = world.hainan_day(6)
    number = events[-1].subject
    own.fill([event for event in events if event.subject != number or event.number <= 3])
    enter(page, own, number)
    place = page.locator("#timeline li").first.locator(".place")
    expect(place).to_have_text("第 3 条")
    assert page.locator("#pauses").count() == 0
    page.locator("#timeline a").last.focus()
    own.fill(events)
    last = max(event.number for event in events if event.subject == number)
    announce(own, [{"profile": "hainan", "number": number, "sequence": last}])
    expect(place).to_have_text(f"第 {last} 条", timeout=8_000)
    assert page.evaluate("document.activeElement.closest('#timeline') !== null"), "focus was lost"
    assert page.locator("#facts ~ #papers ~ #pauses ~ #timeline").count() == 1, "a new part has its place"


def test_a_page_that_is_being_made_appears(own: Served, open_page: Open) -> None:
    page = open_page()
    events = world.hainan_day(1)
    enter(page, own, events[0].subject)
    expect(page.locator("h1")).to_have_text("已收到，正在建页")
    own.fill(events)
    announce(own, [{"profile": "hainan", "number": events[0].subject, "sequence": len(events)}])
    expect(page.locator("#timeline")).to_be_visible(timeout=8_000)


def test_the_days_left_and_the_pass_run_down(own: Served, open_page: Open) -> None:
    events = world.hainan_day(60)
    own.fill(events)
    number = own.number("status = 'open' AND due_at IS NOT NULL AND NOT overdue")
    page = open_page()
    enter(page, own, number)
    before = page.inner_text("#state")
    own.now = world.NOW + timedelta(days=1)
    page.reload()
    assert page.url.endswith("/progress"), "the pass outlived its twelve hours"
    enter(page, own, number)
    assert page.inner_text("#state") != before


def test_a_stream_says_where_the_page_stands_and_ends_with_its_reader(own: Served) -> None:
    own.fill(world.hainan_day(2))
    with (
        httpx.Client(base_url=own.url, timeout=10) as client,
        client.stream("GET", "/hainan/stream") as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in answer.headers
        lines = answer.iter_lines()
        seen = [next(lines) for _ in range(4)]
        assert any(line.startswith("id: ") for line in seen)
        assert client.get("/healthz").json()["readers"] == 1
        own.close()
        assert [line for line in lines if line] == []
    assert httpx.get(f"{own.url}/healthz").json()["readers"] == 0


def test_an_application_stream_needs_its_pass(own: Served) -> None:
    events = world.hainan_day(1)
    own.fill(events)
    for number in (events[0].subject, "HN-2026-999999"):
        assert httpx.get(f"{own.url}/hainan/stream", params={"number": number}).status_code == 404
