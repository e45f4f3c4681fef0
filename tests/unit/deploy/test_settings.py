"""Settings are read once, from the environment and a file, and a wrong one is told in one line."""

from datetime import timedelta
from pathlib import Path

import pytest

from deploy.documents import store_of
from deploy.errors import UserError
from deploy.settings import for_local_stack, load_settings, save_settings, settings_from_file


def test_relative_paths_count_from_the_checkout(tmp_path: Path) -> None:
    settings = load_settings(root=tmp_path, data_dir="data", profiles=("a", "/b"))
    assert settings.data_dir == tmp_path / "data"
    assert settings.profiles == (tmp_path / "a", Path("/b"))


def test_the_environment_gives_profiles_the_way_path_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGDIAN_PROFILES", "/one:/two")
    assert load_settings().profiles == (Path("/one"), Path("/two"))


def test_a_named_server_replaces_the_local_one() -> None:
    settings = load_settings(kafka="broker:9092", postgres="postgresql://db/x", temporal="flow:7233")
    assert settings.kafka_bootstrap == "broker:9092"
    assert settings.postgres_dsn == "postgresql://db/x"
    assert settings.temporal_address == "flow:7233"
    assert settings.temporal_ui_url is None


def test_the_local_database_address_holds_no_password(tmp_path: Path) -> None:
    address = load_settings(data_dir=tmp_path / "a b", postgres_port=1234).postgres_dsn
    assert address.startswith("postgresql://mingdian@127.0.0.1:1234/mingdian?passfile=")
    assert "a%20b" in address


def test_documents_lie_in_the_data_folder_or_where_an_address_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = load_settings(data_dir=tmp_path / "数据 a")
    store_of(local).write("HN-2026-000001", "ab" * 32, b"sealed")
    assert (tmp_path / "数据 a" / "documents" / "HN-2026-000001" / ("ab" * 32)).read_bytes() == b"sealed"
    assert load_settings(root=tmp_path, documents="files").documents_url == str(tmp_path / "files")
    monkeypatch.setenv("MINGDIAN_DOCUMENTS", "s3://bucket/folder")
    monkeypatch.setenv("MINGDIAN_DOCUMENT_KINDS", "pdf, docx")
    settings = load_settings()
    assert (settings.documents_url, settings.document_kinds) == ("s3://bucket/folder", ("pdf", "docx"))
    with pytest.raises(UserError, match="MINGDIAN_DOCUMENTS"):
        store_of(load_settings(documents="nonsense://x"))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MINGDIAN_KAFKA_PORT", "0", "kafka_port"),
        ("MINGDIAN_EARLY_WAIT", "PT0S", "early_wait"),
        ("MINGDIAN_INBOUND_TOPICS", "not json", "inbound_topics"),
        ("MINGDIAN_LOG_LEVEL", "LOUD", "log_level"),
        ("MINGDIAN_KAFAK", "x", "MINGDIAN_KAFAK"),
        ("MINGDIAN_DOCUMENT_KINDS", "pdf,exe", "document_kinds"),
        ("MINGDIAN_DOCUMENT_BYTES", "1GB", "document_bytes"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=said) as caught:
        load_settings()
    assert caught.value.code == "settings"


def test_the_local_stack_waits_shortly_unless_somebody_chose_otherwise() -> None:
    assert load_settings().early_wait == timedelta(minutes=15)
    short = for_local_stack(load_settings(late_grace=timedelta(minutes=3)))
    assert short.early_wait == timedelta(seconds=20)
    assert short.late_grace == timedelta(minutes=3)


def test_processes_read_back_what_the_supervisor_wrote(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, inbound_topics={"scada": "/upstream/scada"}, web_port=1)
    path = tmp_path / "run" / "settings.json"
    save_settings(settings, path)
    assert settings_from_file(path) == settings
    assert path.stat().st_mode & 0o077 == 0
