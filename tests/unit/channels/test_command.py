"""A channel gets its token by a command, once."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.cli import app
from deploy.secrets import load_secrets
from deploy.settings import load_settings
from tests.integration.cities import City
from tests.unit.channels.tables import folder_with


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MINGDIAN_DATA_DIR", str(tmp_path / "data"))
    return folder_with(tmp_path)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
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
    kinds = ["new_connection", "lv_res", "lv_nonres", "hv"]
    assert city["takes"] == [*kinds, "documents", "files", "withdrawal", "progress", "receipt"]
    assert "rating" in city["without"]
    assert city["not_taken"] == ["increase", "reduction"]
    assert (mini["id"], mini["token"]) == ("wechat", False)


def test_a_token_is_rotated_with_or_without_an_overlap(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [first] = run(capsys, "admit", "gov_app", "--profile", str(folder))
    [second] = run(capsys, "rotate", "gov_app", "--profile", str(folder), "--overlap", "30")
    assert second["token"] != first["token"]
    until = datetime.fromisoformat(second["former_until"])
    tokens = {(one.token, one.until is None) for one in load_secrets(load_settings()).bound}
    assert {(second["token"], True), (first["token"], False)} <= tokens
    assert timedelta(minutes=29) < until - datetime.now(UTC) < timedelta(minutes=31)
    assert run(capsys, "list", "--profile", str(folder))[0]["former_token_until"] is not None
    [third] = run(capsys, "rotate", "gov_app", "--profile", str(folder))
    secrets = load_secrets(load_settings())
    assert secrets.former_tokens == {}
    assert secrets.token("/channel/city") == third["token"]
    assert secrets.callbacks["city"].get_secret_value() == first["callback_secret"]


def test_a_channel_without_a_token_has_none_to_rotate(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run(["channels", "rotate", "gov_app", "--profile", str(folder)]) == 2
    assert "No door token for source /channel/city" in capsys.readouterr().err


def test_a_trial_notice_is_signed_and_names_no_application(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    [made] = run(capsys, "admit", "gov_app", "--profile", str(folder))
    city = City("-", made["callback_secret"].encode(), "gov_app")
    with city.serving():
        address = f"http://127.0.0.1:{city.port}/avisos"
        monkeypatch.setenv("MINGDIAN_CALLBACK_ADDRESSES", f'{{"hainan.gov_app": "{address}"}}')
        [told] = run(capsys, "test", "gov_app", "--profile", str(folder))
    assert (told["heard"], told["code"], told["address"]) == (True, None, address)
    [heard] = city.heard
    assert heard["aviso"]["id"] == told["id"]
    assert told["id"].startswith("trial:")
    assert city.forged == []
    with pytest.raises(SystemExit) as ended:
        app.run(["channels", "test", "gov_app", "--profile", str(folder)])
    assert ended.value.code == 1
    assert "not heard (not_reached)" in capsys.readouterr().out


def test_a_channel_is_shown_with_why_it_lacks_what_while_nothing_runs(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = City("-", b"-", "gov_app")
    with gone.serving():
        monkeypatch.setenv("MINGDIAN_POSTGRES_PORT", str(gone.port))
    [shown] = run(capsys, "show", "gov_app", "--profile", str(folder))
    assert shown["without"]["rating"] == {"zh": "测试不用。", "en": "Not for these tests."}
    assert (shown["callback"], shown["callback_named_by"]) == ("http://127.0.0.1:9/avisos", "table")
    assert (shown["heard_at"], shown["waiting"]) == (None, None)  # not known is not zero
    with pytest.raises(SystemExit):
        app.run(["channels", "show", "gov_app", "--profile", str(folder)])
    printed = capsys.readouterr()
    assert "rating: Not for these tests." in " ".join(printed.out.split())
    assert "What it was told is not known" in printed.err


def test_a_trial_needs_an_address(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["channels", "test", "gov_app"]) == 2
    assert "MINGDIAN_CALLBACK_ADDRESSES" in capsys.readouterr().err


def test_an_unknown_channel_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["channels", "admit", "fax", "--profile", str(folder)]) == 2
    assert "has no table for fax" in capsys.readouterr().err
