"""The site as it is served, on a real PostgreSQL, before a real browser."""

import asyncio
import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright
from psycopg_pool import AsyncConnectionPool

from deploy import browser as chromium
from deploy.demo.savings import savings
from deploy.profiles.loader import load_all_interfaces, load_map
from deploy.settings import ROOT, load_settings
from deploy.stack import postgres
from deploy.stack.claims import free_ports
from deploy.stack.ports import private
from events.envelope import Event
from projections.api.savings import Savings
from projections.roots.evidence import Evidence
from projections.site.app import create_site
from projections.site.deps import SiteDeps
from tests.browser import world
from tests.browser.paper_files import PaperFiles
from tests.browser.paper_log import PaperLog

CODE = "G00DC0DE00"
SCREENSHOTS = ROOT / ".local" / "screenshots"


class Served:
    """A site with its own database. `now` may be set to move the site's clock; `saved` unset leaves what the
    measures save unknown."""

    def __init__(self, dsn: str, url: str) -> None:
        self.dsn = dsn
        self.url = url
        self.close: Callable[[], None] = lambda: None
        self.now = world.NOW
        self.saved = True
        self.log = PaperLog()
        self.files = PaperFiles(world.NOW)
        self.app = FastAPI()

    def fill(self, events: list[Event]) -> None:
        """Replace what the log and the read models hold."""
        self.log.fill(events, world.NOW)
        with psycopg.connect(self.dsn, autocommit=True) as db:
            world.fill(db, events)

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with psycopg.connect(self.dsn, autocommit=True) as db:
            return db.execute(question.encode()).fetchall()

    def number(self, condition: str) -> str:
        """The number of an application for which a condition on `progress.application` holds."""
        question = f"SELECT min(number) FROM progress.application WHERE {condition}"  # noqa: S608 - constant texts
        return str(self.ask(question)[0][0])


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running PostgreSQL; its DSN without a database."""
    settings = private(load_settings(), tmp_path_factory.mktemp("postgres"))
    part = postgres.part(settings)
    assert part.before is not None
    part.before()
    with (settings.data_dir / "log").open("wb") as log:
        server = subprocess.Popen(
            part.argv, cwd=part.cwd, env={**os.environ, **part.env}, stdout=log, stderr=log
        )
        try:
            _until(lambda: _connects(settings.postgres_dsn.replace("/mingdian?", "/postgres?")))
            yield settings.postgres_dsn
        finally:
            server.send_signal(part.stop_signal)
            server.wait(20)


@pytest.fixture(scope="session")
def served(cluster: str) -> Iterator[Callable[[int], Served]]:
    """Sites by the number of applications that they know, each made once."""
    with contextlib.ExitStack() as running:
        sites: dict[int, Served] = {}

        def site_of(applications: int) -> Served:
            if applications not in sites:
                sites[applications] = running.enter_context(_site(cluster, f"a{applications}"))
                sites[applications].fill(
                    world.hainan_day(applications) + world.midwest_queue(min(applications, 60))
                )
            return sites[applications]

        yield site_of


@pytest.fixture
def own(cluster: str) -> Iterator[Served]:
    """An empty site for one test alone."""
    with _site(cluster, f"own{time.monotonic_ns()}") as site:
        yield site


@pytest.fixture(scope="session")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The browser."""
    program = chromium.ensure(load_settings().chromium)
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(
            executable_path=program,
            args=list(chromium.FLAGS),
            env={**os.environ, "HOME": str(tmp_path_factory.mktemp("chromium"))},
        )
        yield one
        one.close()


@pytest.fixture
def open_page(chrome: Browser) -> Iterator[Callable[..., Page]]:
    """Make pages that fail the test when the browser complains: script errors, refused content, broken
    loads."""
    complaints: list[str] = []
    contexts = []

    def make(width: int = 1280, **options: Any) -> Page:
        context = chrome.new_context(
            viewport={"width": width, "height": 900}, reduced_motion="reduce", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    # A refusal is the test's own matter.
    assert [text for text in complaints if "with a status of 4" not in text] == []


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the whole page."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def enter(page: Page, site: Served, number: str, language: str = "zh", code: str = CODE) -> None:
    """Go through the form to an application's page."""
    profile = {"HN": "hainan", "MW": "midwest"}[number[:2].upper()]
    page.goto(f"{site.url}/{profile}/progress?lang={language}")
    page.fill("#number", number)
    page.fill("#code", code)
    page.click("main button[type=submit]")


@contextlib.contextmanager
def _site(cluster: str, database: str) -> Iterator[Served]:
    """Serve a new database from a thread."""
    with psycopg.connect(cluster.replace("/mingdian?", "/postgres?"), autocommit=True) as db:
        db.execute(f"CREATE DATABASE {database}".encode())
    dsn = cluster.replace("/mingdian?", f"/{database}?")
    with psycopg.connect(dsn, autocommit=True) as db:
        world.make_tables(db)
    [port] = free_ports(1)
    site = Served(dsn, f"http://127.0.0.1:{port}")
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(dsn, min_size=1, max_size=6, open=False)
    app = site.app = create_site(_deps(site, pool))
    inner = app.router.lifespan_context

    @contextlib.asynccontextmanager
    async def lifespan(one: Any) -> Any:
        async with pool, inner(one):
            yield

    app.router.lifespan_context = lifespan
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_config=None, lifespan="on", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        _until(lambda: server.started and app.state.site.announcements.connected)
        loop = server.servers[0].get_loop()
        site.close = lambda: _send_home(loop, app)
        yield site
    finally:
        server.should_exit = True
        thread.join(20)


@cache
def saved() -> Savings:
    """A small year under today's tables and under those of before."""
    return savings(world.policy("hainan"), count=40)


def _deps(site: Served, pool: AsyncConnectionPool[Any]) -> SiteDeps:
    async def check(number: str, code: str) -> bool:
        return code.upper().replace("O", "0") == CODE

    def now() -> datetime:
        return site.now

    return SiteDeps(
        pool=pool,
        postgres=site.dsn,
        policies={name: world.policy(name) for name in world.FOLDERS},
        maps={"hainan": load_map(world.FOLDERS["hainan"]) or {}},
        check_code=check,
        unseal=world.unsealed,
        cookie_secret=b"t" * 32,
        evidence=Evidence(pool, site.log.read_spans, site.log.read_roots),
        documents=site.files,
        savings=lambda profile: saved() if profile == "hainan" and site.saved else None,
        interfaces=load_all_interfaces(world.FOLDERS.values()),
        clock=now,
    )


def _send_home(loop: asyncio.AbstractEventLoop, app: FastAPI) -> None:
    loop.call_soon_threadsafe(app.state.site.announcements.close)


def _connects(dsn: str) -> bool:
    try:
        psycopg.connect(dsn, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for a condition, looking often."""
    ends = time.monotonic() + seconds
    while not true():
        if time.monotonic() > ends:
            raise TimeoutError
        time.sleep(0.05)
