"""The store keeps bytes under a case and a hash, and nothing else can be part of a path."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from fsspec.implementations.memory import MemoryFileSystem

import activities.documents.store as store_module
from activities.documents.refusals import StoreAwayError
from activities.documents.store import FileStore, NoSuchStoreError

NUMBER = "HN-2026-000001"
OTHER = "HN-2026-000002"
SHA = "ab" * 32


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FileStore]:
    folder = tmp_path / "files"
    yield FileStore(folder.as_uri() if request.param == "folder" else f"memory://{uuid4()}")


def test_what_is_written_is_read_and_can_be_removed(store: FileStore) -> None:
    assert store.read(NUMBER, SHA) is None
    store.write(NUMBER, SHA, b"one")
    store.write(NUMBER, SHA, b"two")
    store.write(OTHER, SHA, b"other")
    assert (store.read(NUMBER, SHA), store.read(OTHER, SHA)) == (b"two", b"other")
    assert (store.holds(NUMBER, SHA), store.holds(NUMBER, "cd" * 32)) == (True, False)
    store.write(NUMBER, "cd" * 32, b"three")
    store.remove(NUMBER, SHA)
    store.remove(NUMBER, SHA)
    assert (store.read(NUMBER, SHA), store.read(NUMBER, "cd" * 32)) == (None, b"three")
    store.remove_all(NUMBER)
    store.remove_all(NUMBER)
    assert (store.read(NUMBER, "cd" * 32), store.read(OTHER, SHA)) == (None, b"other")


@pytest.mark.parametrize(
    ("number", "sha"),
    [
        ("..", SHA),
        ("../HN-2026-000001", SHA),
        ("HN-2026-000001/..", SHA),
        ("", SHA),
        ("HN-2026-000001\n", SHA),
        (NUMBER, "../secrets.json"),
        (NUMBER, SHA.upper()),
        (NUMBER, SHA + "/x"),
        (NUMBER, ""),
    ],
)
def test_nothing_else_is_ever_part_of_a_path(store: FileStore, number: str, sha: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        store.write(number, sha, b"x")
    with pytest.raises(ValueError, match="not a"):
        store.read(number, sha)
    with pytest.raises(ValueError, match="not a"):
        store.remove(number, sha)


def test_a_write_that_fails_leaves_what_was_there_and_no_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FileStore(tmp_path.as_uri())
    store.write(NUMBER, SHA, b"whole")

    def full(_: int) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreAwayError):
        store.write(NUMBER, SHA, b"half")
    assert store.read(NUMBER, SHA) == b"whole"
    assert [path.name for path in (tmp_path / NUMBER).iterdir()] == [SHA]


class Bucket(MemoryFileSystem):  # type: ignore[misc]
    """An object store as its owner may have set it up: objects are put, got and deleted, no more."""

    cachable = False

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Nobody may make a bucket."""
        raise PermissionError(path)

    def mv(self, path1: str, path2: str, **options: object) -> None:
        """Nobody may copy."""
        raise PermissionError(path1)


def test_an_object_store_needs_no_leave_to_make_buckets_or_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "url_to_fs", lambda url, **_: (Bucket(), f"/{uuid4()}"))
    store = FileStore("gs://papers/files")
    store.write(NUMBER, SHA, b"one")
    store.write(NUMBER, SHA, b"two")
    assert (store.read(NUMBER, SHA), store.holds(OTHER, SHA)) == (b"two", False)
    store.remove_all(NUMBER)
    assert store.read(NUMBER, SHA) is None


def test_two_writers_of_one_file_never_mix(tmp_path: Path) -> None:
    store = FileStore(tmp_path.as_uri())
    contents = [bytes([number]) * 200_000 for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: store.write(NUMBER, SHA, content), contents))
    assert store.read(NUMBER, SHA) in contents
    assert len(list((tmp_path / NUMBER).iterdir())) == 1


def test_a_store_that_can_not_be_opened_says_which_setting(tmp_path: Path) -> None:
    with pytest.raises(NoSuchStoreError, match="MINGDIAN_DOCUMENTS"):
        FileStore("nonsense://x")
