"""What a person mistypes to `projects` is told in one line, before anything is sent."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from deploy.cli import app
from deploy.cli.project_show import print_list
from events.catalogue.base import Text
from projections.api.prestart_views import ListedProject, ProjectsView
from projections.api.views import Freshness
from tests.unit.policy.examples import hainan


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MINGDIAN_DATA_DIR", str(tmp_path))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "--light", "blue"], "No light blue. There are: red, yellow, green, none."),
        (["list", "--stage", "begun"], "No stage begun."),
        (["list", "--region", "Atlantis"], "No region Atlantis."),
        (["list", "--profile", "nowhere"], "No profile nowhere."),
        (["show", "HN-2026-000001"], "No project HN-2026-000001."),
        (["join", "HNK-2026-000001", "HNK-2026-000001", "--by", "km01"], "joined to itself"),
        (["dismiss", "HNK-2026-000001", "HNK-2026-000001", "--by", "km01"], "no other than itself"),
        (["export", "xml"], "No form xml."),
    ],
)
def test_a_mistake_is_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["projects", *words]) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.count("\n") == 1


def test_the_day_on_which_a_feed_changed_a_project_is_a_local_one() -> None:
    told_at = datetime(2026, 3, 4, 16, tzinfo=UTC)  # local midnight
    one = ListedProject(
        number="HNK-2026-000001",
        name="某",
        region="460100",
        region_name=Text(zh="海口市", en="Haikou"),
        stage="lead",
        light=None,
        light_since=None,
        slack_days=None,
        expected_on=None,
        largest_kva=None,
        conflicts=0,
        gone=False,
        ended=None,
        told_at=told_at,
        last_event_at=told_at,
    )
    view = ProjectsView(
        profile="hainan",
        name=Text(zh="海南", en="Hainan"),
        fresh=Freshness(position=1, newest_event_at=None, read_at=told_at),
        region=None,
        stage=None,
        light=None,
        matching=1,
        lights=(),
        projects=(one,),
    )
    out = io.StringIO()
    print_list(view, hainan(), Console(file=out, width=200))
    assert "2026-03-05" in out.getvalue()
