"""The whole platform at work: a small day of the demo, the same day again, a real table through a mapping."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import psycopg
import pytest
from rich.console import Console

from deploy.audit.audit import audit
from deploy.demo.channel_stage import on_stage
from deploy.demo.listener import Listener
from deploy.demo.play import STAGES, Played, play
from deploy.demo.runs import Run
from deploy.feed import report
from deploy.feed.mapping import load_mapping
from deploy.feed.read import read_table
from deploy.feed.report import Verdict
from deploy.feed.run import Bars
from deploy.feed.run import feed as feed_facts
from deploy.profiles.loader import load_interfaces, load_profile, load_profiles
from deploy.secrets import load_secrets
from deploy.settings import ROOT
from deploy.stack.running import Stack, running_stack
from tests.integration.conftest import servers_in

RUN = Run(seed=5, run=1, anchor=datetime.now(UTC), applications=20, files=True, channels=True)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Servers and all processes of the platform."""
    settings = servers_in(tmp_path_factory.mktemp("demo")).model_copy(update={"platform": True})
    with running_stack(settings) as stack:
        yield stack


def played(stack: Stack) -> tuple[Played, Listener]:
    folder = stack.settings.profiles[0]
    policy, tables = load_profile(folder), load_interfaces(folder)
    with (
        Bars(Console(quiet=True), stages=STAGES) as bars,
        on_stage(stack.settings, policy.profile, tables) as stage,
    ):
        came = asyncio.run(play(stack.settings, stack.secrets, policy, RUN, bars, stage=stage))
    return came, stage.listener


def fed(stack: Stack) -> list[Verdict]:
    settings = stack.settings
    mapping = load_mapping(ROOT / "tests/data/miso.toml")
    table = ROOT / "tests/data/miso-excerpt.csv"
    now, largest = datetime.now(UTC), int(settings.max_payload_bytes)
    items = list(read_table(table, mapping, load_profiles(settings.profiles), now, largest))
    facts = [fact for item in items for fact in item.facts]
    with Bars(Console(quiet=True)) as bars:
        came = asyncio.run(feed_facts(settings, stack.secrets, facts, mapping.source, bars))
    return report.judge(items, came.fates)


def test_a_day_is_accounted_for_to_the_last_fact_and_again_all_duplicates(stack: Stack) -> None:
    first, heard = played(stack)
    assert first.verdict.surprises == ()
    assert first.report.findings == ()
    assert first.report.streams >= RUN.applications
    assert first.figures.cases["cases"] == RUN.applications
    assert first.figures.files["files"] > first.figures.files["filed"] > 0
    assert first.figures.filed is not None
    assert first.figures.channels == {"gov_app": 1, "wechat": 1}
    assert set(heard.heard) == {"demo/gov_app", "demo/wechat"}
    assert heard.forged == []
    assert load_secrets(stack.settings).callback_addresses == {}  # nobody listens any more
    figures = httpx.get(f"{stack.settings.web_url}/api/hainan/figures", trust_env=False).json()["channels"]
    by_code = {one["code"]: one for one in figures}
    for name in ("gov_app", "wechat"):
        refusals = {one["code"]: one["count"] for one in by_code[name]["refusals"]}
        assert refusals == {"unknown_field": 1, "service_not_taken": 1}
    again, nothing = played(stack)
    assert nothing.heard == {}
    assert again.ok
    assert again.verdict.accepted == 0
    assert again.report.events == first.report.events
    assert again.figures.files == first.figures.files


def test_a_real_table_reaches_the_pages_of_its_own_profile_and_again_changes_nothing(stack: Stack) -> None:
    expected = {"read": 21, "accepted": 12, "duplicates": 0, "refused": 9}
    assert report.totals(fed(stack)) == expected
    assert report.totals(fed(stack)) == {**expected, "accepted": 0, "duplicates": 12}
    with psycopg.connect(stack.settings.postgres_dsn) as conn:
        row = conn.execute("SELECT count(*) FROM statistics.application WHERE profile = 'midwest'").fetchone()
    assert row == (12,)
    assert asyncio.run(audit(stack.settings)).findings == ()
