"""Tables for spreadsheets, from the page and from the command line: what the pages say, and no more."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import httpx
import pytest
from psycopg_pool import AsyncConnectionPool

from deploy.cli.export import write
from events.catalogue import connection_facts as facts
from projections.api.reads import Reads
from tests.browser import world
from tests.browser.conftest import CODE, Served
from tests.browser.conftest import _site as site_of
from tests.browser.test_pages import LANGUAGES, Open
from tests.browser.world import events_of, hainan_day
from tests.unit.projections.stories import important
from tests.unit.workflows.telling import FACTORY, Story, day

Answer = TypeVar("Answer")
BESIDE, YEAR_END = "HN-2026-900001", "HN-2026-900002"


@pytest.fixture(scope="module")
def site(cluster: str) -> Iterator[Served]:
    """A working day, a case with duties beside its steps, and one that is due in a year without holidays."""
    begun = Story().tell(205, facts.ApplicationSubmitted, **FACTORY)
    with site_of(cluster, "exports") as one:
        one.fill(
            [
                *hainan_day(120),
                *events_of("hainan", BESIDE, important().told),
                *events_of("hainan", YEAR_END, begun.told, now=day(205) + timedelta(hours=1)),
            ]
        )
        yield one


def asked(site: Served, question: Callable[[Reads], Awaitable[Answer]]) -> Answer:
    """Ask the read models as the command line does; the browser holds this thread's loop."""

    async def ask() -> Answer:
        async with AsyncConnectionPool(site.dsn, min_size=1, max_size=1, open=False) as pool:
            return await question(Reads(pool, lambda: world.NOW))

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, ask()).result()


def rows(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def in_haikou(told: str | None) -> str | None:
    """A moment of the interface as a table shows it."""
    if told is None:
        return None
    return f"{datetime.fromisoformat(told).astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M:%S}"


@pytest.fixture(scope="module")
def written(site: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What `export csv` writes, by file."""
    folder = tmp_path_factory.mktemp("tables")
    told = asked(site, lambda reads: write(reads, world.policy("hainan"), folder, world.NOW))
    texts = {path.name: path.read_text(encoding="utf-8") for path, _ in told}
    assert [count for _, count in told] == [len(rows(text)) for text in texts.values()]
    assert sorted(one.name for one in folder.iterdir()) == sorted(texts)
    return texts


def test_the_table_of_a_quarter_is_what_the_page_shows(site: Served) -> None:
    for place in ("", "&region=460100"):
        answer = httpx.get(f"{site.url}/hainan/figures.csv?quarter=2026-Q3{place}")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert "attachment" in answer.headers["content-disposition"]
        told = rows(answer.content.decode())
        view = httpx.get(f"{site.url}/api/hainan/figures?quarter=2026-Q3{place}").json()
        for one in (*view["means"], *view["limits"]):
            lines = [line for line in told if line["promise"] == one["code"]]
            assert len(lines) == 1 + len(one["by_region"])
            whole = one.get("whole", one)
            mean = whole.get("mean", whole.get("mean_net"))
            assert lines[0]["mean_net_days"] == ("" if mean is None else f"{mean:.2f}")
            assert lines[0]["kept"] == {None: "", True: "true", False: "false"}[one["kept"]]
            assert lines[0]["region"] == ("460100" if place else "")
    assert httpx.get(f"{site.url}/hainan/figures.csv?region=nowhere").status_code == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_offers_its_table(site: Served, open_page: Open, language: str, tmp_path: Path) -> None:
    page = open_page(390)
    page.goto(f"{site.url}/hainan/figures?quarter=2026-Q2&region=460100&lang={language}")
    with page.expect_download() as download:
        page.click("a[download]")
    download.value.save_as(tmp_path / "table.csv")
    assert download.value.suggested_filename == "hainan-figures-2026-Q2-460100.csv"
    assert {one["quarter"] for one in rows((tmp_path / "table.csv").read_text(encoding="utf-8"))} == {
        "2026-Q2"
    }


def test_areas_of_a_limit_add_up(site: Served) -> None:
    (limit,) = httpx.get(f"{site.url}/api/hainan/figures").json()["limits"]
    assert sum(one["count"] for one in limit["by_region"]) == limit["count"] > 0
    assert sum(one["within"] for one in limit["by_region"]) == limit["within"]


def test_every_quarter_is_exported(site: Served, written: dict[str, str]) -> None:
    told = rows(written["hainan-figures.csv"])
    quarters = httpx.get(f"{site.url}/api/hainan/figures").json()["quarters"]
    assert [*dict.fromkeys(one["quarter"] for one in told)] == quarters
    one_by_one = [
        line
        for quarter in quarters
        for line in rows(httpx.get(f"{site.url}/hainan/figures.csv?quarter={quarter}").content.decode())
    ]
    assert told == one_by_one


def test_every_open_case_is_exported_with_the_dates_of_its_page(
    site: Served, written: dict[str, str]
) -> None:
    told = rows(written["hainan-open-steps.csv"])
    still_open = {
        number
        for (number,) in site.ask(
            "SELECT number FROM progress.application WHERE profile = 'hainan'"
            " AND energised_at IS NULL AND withdrawn_at IS NULL AND jsonb_array_length(state -> 'steps') > 0"
        )
    }
    assert {one["number"] for one in told} == still_open
    for number in (BESIDE, YEAR_END):
        page: dict[str, Any] = httpx.get(
            f"{site.url}/api/hainan/applications/{number}", headers={"x-receipt-code": CODE}
        ).json()
        entered = [one for one in page["steps"] if one["entered_at"]]
        duties = [one for one in page["duties"] if one["status"] == "open"]
        shown = [(one["code"], in_haikou(one["due_at"]), one["provisional"]) for one in (*entered, *duties)]
        exported = [
            (one["code"], one["due_at"] or None, one["provisional"] == "true")
            for one in told
            if one["number"] == number
        ]
        assert exported == shown
    assert {one["what"] for one in told} == {"step", "duty"}
    assert [one["provisional"] for one in told if one["number"] == YEAR_END][-1] == "true"


def test_find_says_which_due_dates_are_provisional(site: Served) -> None:
    listing = asked(site, lambda reads: reads.find(world.policy("hainan"), limit=10_000))
    provisional = [one.number for one in listing.applications if one.provisional]
    assert provisional == [YEAR_END]
    assert len(listing.applications) > 100
