"""A channel gets its token by a command, once."""

import json
from pathlib import Path

import pytest

from deploy.cli import app
from deploy.secrets import load_secrets
from deploy.settings import load_settings
from tests.unit.channels.tables import folder_with


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MINGDIAN_DATA_DIR", str(tmp_path / "data"))
    return folder_with(tmp_path)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    with pytest.raises(SystemExit) as ended:
        app.run(["channels", *arguments, "--json"])
    assert not ended.value.code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_channel_is_admitted_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [first] = run(capsys, "admit", "gov_app", "--profile", str(folder))
    assert first["source"] == "/channel/city"
    secrets = load_secrets(load_settings())
    assert secrets.token("/channel/city") == first["token"]
    assert secrets.callbacks["city"].get_secret_value() == first["callback_secret"]
    assert str(first["callback_secret"]) not in repr(secrets)
    [again] = run(capsys, "admit", "gov_app", "--profile", str(folder))
    assert again == {"channel": "gov_app", "source": "/channel/city"}
    assert load_secrets(load_settings()) == secrets


def test_the_list_says_what_a_channel_takes_and_whether_it_may_come(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "admit", "gov_app", "--profile", str(folder))
    city, mini = run(capsys, "list", "--profile", str(folder))
    assert (city["id"], city["token"], city["callback_secret"]) == ("gov_app", True, True)
    assert city["takes"] == ["new_connection", "progress"]
    assert city["not_taken"] == ["increase", "reduction"]
    assert (mini["id"], mini["token"]) == ("wechat", False)


def test_an_unknown_channel_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["channels", "admit", "fax", "--profile", str(folder)]) == 2
    assert "has no table for fax" in capsys.readouterr().err
