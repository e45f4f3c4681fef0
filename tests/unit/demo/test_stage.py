"""What the demo gives its channels it takes back, and what is somebody else's it leaves alone."""

import json
from pathlib import Path

import pytest

from deploy.demo.channel_stage import on_stage
from deploy.profiles.loader import load_interfaces
from deploy.secrets import load_secrets, rewrite
from deploy.settings import Settings, load_settings
from tests.unit.demo.world import ROOT

TABLES = load_interfaces(ROOT / "deploy/profiles/hainan")
NAME = "hainan.gov_app"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    one = load_settings(data_dir=tmp_path)
    load_secrets(one)
    return one


def test_channels_are_let_in_and_called_back_for_as_long_as_the_demo_lasts(settings: Settings) -> None:
    with pytest.raises(KeyboardInterrupt), on_stage(settings, "hainan", TABLES) as stage:
        assert {one.id for one in stage.tables} == {"gov_app", "wechat"} == set(stage.called)
        known = load_secrets(settings)
        assert known.callback_addresses[NAME] == stage.listener.address("demo/gov_app")
        assert stage.secrets.token("/channel/gov_app") == known.token("/channel/gov_app")
        assert set(stage.listener.secrets) == {"demo/gov_app", "demo/wechat"}
        raise KeyboardInterrupt
    after = load_secrets(settings)
    assert after.callback_addresses == {}
    assert after.token("/channel/gov_app") == known.token("/channel/gov_app")  # a repeated run comes by it


def test_an_address_that_a_killed_demo_left_is_taken_over(settings: Settings) -> None:
    left = "http://127.0.0.1:1/demo/gov_app"
    rewrite(settings, lambda content: content["callback_addresses"].update({NAME: left}))
    with on_stage(settings, "hainan", TABLES) as stage:
        assert "gov_app" in stage.called
        assert load_secrets(settings).callback_addresses[NAME] != left
    assert load_secrets(settings).callback_addresses == {}


@pytest.mark.parametrize("by", ["settings", "secrets"])
def test_where_a_channel_is_called_back_already_stays(settings: Settings, by: str) -> None:
    theirs = "https://city.example/notices"
    if by == "settings":
        settings = settings.model_copy(update={"callback_addresses": {NAME: theirs}})
    else:
        rewrite(settings, lambda content: content["callback_addresses"].update({NAME: theirs}))
    before = load_secrets(settings).callback_addresses
    with on_stage(settings, "hainan", TABLES) as stage:
        assert stage.called == {"wechat"}
        assert load_secrets(settings).callback_addresses.get(NAME) == before.get(NAME)
    assert load_secrets(settings).callback_addresses == before


def test_a_secrets_file_made_elsewhere_is_not_written(settings: Settings, tmp_path: Path) -> None:
    made = tmp_path / "made.json"
    content = json.loads((tmp_path / "secrets.json").read_bytes())
    content["tokens"]["/channel/wechat"] = "theirs"
    made.write_text(json.dumps(content))
    before = made.read_bytes()
    with on_stage(settings.model_copy(update={"secrets": made}), "hainan", TABLES) as stage:
        assert [one.id for one in stage.tables] == ["wechat"]
        assert stage.called == frozenset()
    assert made.read_bytes() == before
