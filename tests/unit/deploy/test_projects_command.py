"""What a person mistypes to `projects` is told in one line, before anything is sent."""

from pathlib import Path

import pytest

from deploy.cli import app


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
