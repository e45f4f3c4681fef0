"""Secrets are made once, readable by their owner alone, and never shown."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.errors import UserError
from deploy.secrets import KEY_BYTES, load_secrets, secrets_path
from deploy.settings import load_settings


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    first = load_secrets(settings)
    assert load_secrets(settings) == first
    assert secrets_path(settings).stat().st_mode & 0o777 == 0o600
    keys = {
        first.master_key,
        first.quarantine_key,
        first.index_secret,
        first.receipt_secret,
        first.inbox_secret,
    }
    assert len(keys) == 5
    assert all(len(key) == KEY_BYTES for key in keys)


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: load_secrets(settings), range(16)))
    assert all(one == found[0] for one in found)
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_nothing_secret_is_shown(tmp_path: Path) -> None:
    secrets = load_secrets(load_settings(data_dir=tmp_path))
    shown = f"{secrets!r} {secrets}"
    assert secrets.token("/upstream/demo") not in shown
    assert repr(secrets.master_key) not in shown


def test_a_source_without_a_token_is_named(tmp_path: Path) -> None:
    secrets = load_secrets(load_settings(data_dir=tmp_path))
    with pytest.raises(UserError, match="/upstream/unknown"):
        secrets.token("/upstream/unknown")


def test_a_damaged_file_is_told_without_its_content(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"master_key": "c2hvcnQ="}')
    with pytest.raises(UserError, match="master_key") as caught:
        load_secrets(load_settings(data_dir=tmp_path, secrets=path))
    assert "c2hvcnQ" not in caught.value.message
