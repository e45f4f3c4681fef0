"""Secrets are made once, readable by their owner alone, and never shown."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.errors import UserError
from deploy.rotation import MASTERS, QUARANTINE, add_key, close_root_key, drop_keys, replace_root_key
from deploy.secrets import (
    KEY_BYTES,
    Secrets,
    load_secrets,
    quarantine,
    secrets_path,
    stream_keys,
)
from deploy.settings import Settings, load_settings
from events.sealing import SealingError, master_id


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    first = load_secrets(settings)
    assert load_secrets(settings) == first
    assert secrets_path(settings).stat().st_mode & 0o777 == 0o600
    keys = {
        *first.masters.values(),
        *first.quarantine_keys.values(),
        first.index_secret,
        first.receipt_secret,
        first.inbox_secret,
        first.root_key,
    }
    assert len(keys) == 6
    assert all(key is not None and len(key) == KEY_BYTES for key in keys)


def test_a_generated_file_from_before_there_were_roots_gets_its_key_once(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    load_secrets(settings)
    path = secrets_path(settings)
    content = json.loads(path.read_text())
    path.write_text(json.dumps({name: value for name, value in content.items() if name != "root_key"}))
    with ThreadPoolExecutor(4) as pool:
        found = {secrets.root_key for secrets in pool.map(lambda _: load_secrets(settings), range(8))}
    assert len(found) == 1
    assert None not in found


def test_a_file_made_elsewhere_may_lack_the_key_of_the_roots(tmp_path: Path) -> None:
    load_secrets(load_settings(data_dir=tmp_path))
    path = tmp_path / "secrets.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({name: value for name, value in content.items() if name != "root_key"}))
    assert load_secrets(load_settings(data_dir=tmp_path, secrets=path)).root_key is None


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
    assert repr(secrets.masters[secrets.current]) not in shown


def test_a_source_without_a_token_is_named(tmp_path: Path) -> None:
    secrets = load_secrets(load_settings(data_dir=tmp_path))
    with pytest.raises(UserError, match="/upstream/unknown"):
        secrets.token("/upstream/unknown")


def test_a_damaged_file_is_told_without_its_content(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"master_key": "c2hvcnQ="}')
    with pytest.raises(UserError, match="masters") as caught:
        load_secrets(load_settings(data_dir=tmp_path, secrets=path))
    assert "c2hvcnQ" not in caught.value.message


def with_one_key(settings: Settings) -> bytes:
    """Turn the secrets file into one of the time before rotation; returns its master key."""
    path = secrets_path(settings)
    kept: Secrets = load_secrets(settings)
    content = json.loads(path.read_text())
    content["master_key"] = content.pop("masters")[content.pop("current")]
    path.write_text(json.dumps(content))
    return kept.masters[kept.current]


def test_a_file_from_before_rotation_is_read(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    key = with_one_key(settings)
    found = load_secrets(settings)
    assert found.masters == {master_id(key): key}
    assert found.current == master_id(key)
    assert base64.b64encode(key).decode() not in repr(found)


def test_a_new_master_key_reaches_who_holds_the_old_ones(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    key, before = with_one_key(settings), load_secrets(settings)
    running = stream_keys(settings)
    old = running.make()
    name = add_key(settings, MASTERS)
    after = load_secrets(settings)
    assert after.current == name
    assert set(after.masters) == {name, master_id(key)}
    assert after.model_copy(update={"masters": before.masters, "current": before.current}) == before
    assert running.make().master == name
    assert running.open(old.key.kid, old.wrapped) == old.key
    drop_keys(settings, MASTERS, frozenset(after.masters))
    assert set(load_secrets(settings).masters) == {name}
    assert secrets_path(settings).stat().st_mode & 0o777 == 0o600
    with pytest.raises(SealingError):
        running.open(old.key.kid, old.wrapped)


def test_a_file_broken_meanwhile_leaves_the_known_keys(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    running = stream_keys(settings)
    made = running.make()
    secrets_path(settings).write_text("{")
    assert running.open(made.key.kid, made.wrapped) == made.key


def test_a_current_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    load_secrets(settings)
    path = secrets_path(settings)
    path.write_text(json.dumps({**json.loads(path.read_text()), "current": "another"}))
    with pytest.raises(UserError, match="are wrong"):
        load_secrets(settings)


def test_staff_have_tokens_that_a_new_master_key_leaves_alone(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    first = load_secrets(settings)
    assert list(first.staff) == ["desk"]
    add_key(settings, MASTERS)
    assert load_secrets(settings).staff == first.staff
    path = secrets_path(settings)
    content = json.loads(path.read_text())
    path.write_text(json.dumps({name: value for name, value in content.items() if name != "staff"}))
    assert list(load_secrets(settings).staff) == ["desk"]  # a file from before there were any


def test_a_quarantine_key_from_before_rotation_is_read_and_another_takes_its_place(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    load_secrets(settings)
    path = secrets_path(settings)
    content = json.loads(path.read_text())
    content["quarantine_key"] = content.pop("quarantine_keys")[content.pop("quarantine_current")]
    path.write_text(json.dumps(content))
    running = quarantine(settings)
    old = running.seal(b"bytes")
    name = add_key(settings, QUARANTINE)
    new = running.seal(b"bytes")
    assert new.key == name != old.key
    assert [running.open(one.sealed) for one in (old, new)] == [b"bytes"] * 2
    drop_keys(settings, QUARANTINE, frozenset(load_secrets(settings).quarantine_keys))
    assert running.open(new.sealed) == b"bytes"
    with pytest.raises(SealingError):
        running.open(old.sealed)


def test_of_a_root_key_that_was_replaced_only_the_public_half_and_its_last_root_are_kept(
    tmp_path: Path,
) -> None:
    settings = load_settings(data_dir=tmp_path)
    before = load_secrets(settings)
    assert before.root_key is not None
    replace_root_key(settings, 7)
    after = load_secrets(settings)
    assert after.root_keys.current not in {None, before.root_keys.current}
    assert after.root_keys.former == {before.root_keys.current: 8}  # one may be under way
    assert base64.b64encode(before.root_key).decode() not in secrets_path(settings).read_text()
    close_root_key(settings, before.root_keys.current or "", 7)
    assert load_secrets(settings).root_keys.former == {before.root_keys.current: 7}
