"""The command line answers at once, and a person's error is one line."""

from pathlib import Path

import pytest

from deploy.cli import app


def test_help_lists_commands_without_importing_them(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        app.run(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "status" in shown
    assert "./mingdian demo" in shown


def test_an_error_of_ours_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINGDIAN_WEB_PORT", "none")
    assert app.run(["status"]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("mingdian: Settings are wrong: web_port")
    assert shown.count("\n") == 1


def test_a_stack_that_is_not_up_is_status_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MINGDIAN_DATA_DIR", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        app.run(["status"])
    assert ended.value.code == 1
    assert capsys.readouterr().out == "Not up.\n"
