"""Where a channel is called back is named by the settings, the secrets file or the table, in that order."""

from pathlib import Path

import pytest

from deploy.callbacks import Called, address_of, secret_name
from deploy.errors import UserError
from deploy.profiles.loader import load_interfaces
from deploy.settings import load_settings
from tests.unit.channels.tables import channels
from tests.unit.policy.examples import HAINAN

HERE, THERE = "http://127.0.0.1:1/here", "https://city.example/there"
KEY = ("hainan", "/channel/gov_app")


def test_settings_count_before_the_secrets_file_and_that_before_the_table(tmp_path: Path) -> None:
    table = channels(tmp_path)["gov_app"]
    named = {"hainan.gov_app": HERE}
    assert address_of("hainan", table, {}, {}) == ("http://127.0.0.1:9/avisos", "table")
    assert address_of("hainan", table, {}, named) == (HERE, "secrets")
    assert address_of("hainan", table, {"hainan.gov_app": THERE}, named) == (THERE, "settings")
    assert address_of("midwest", table, named, named) == ("http://127.0.0.1:9/avisos", "table")
    assert secret_name(table) == "city"


def test_a_channel_of_hainan_is_called_back_from_when_on_its_address_is_named() -> None:
    named: dict[str, str] = {}
    called = Called({"hainan": load_interfaces(HAINAN)}, {}, lambda: named)
    assert (list(called), len(called), KEY in called) == ([], 0, False)
    assert not called
    named["hainan.gov_app"] = HERE
    assert list(called) == [KEY]
    callback = called[KEY].callback
    assert callback is not None
    assert (callback.address, callback.secret) == (HERE, "gov_app")
    assert ("hainan", "/channel/app") not in called
    del named["hainan.gov_app"]
    assert called.get(KEY) is None


def test_addresses_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MINGDIAN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MINGDIAN_CALLBACK_ADDRESSES", f'{{"hainan.gov_app": "{THERE}"}}')
    assert load_settings().callback_addresses == {"hainan.gov_app": THERE}
    for wrong in ("file:///etc/passwd", "http://a:b@127.0.0.1/"):
        monkeypatch.setenv("MINGDIAN_CALLBACK_ADDRESSES", f'{{"hainan.gov_app": "{wrong}"}}')
        with pytest.raises(UserError, match="callback_addresses"):
            load_settings()
