"""Every demo is a new day, and a day can be repeated exactly."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.demo.runs import choose_run, remember
from deploy.errors import UserError

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)


def test_each_demo_of_a_seed_is_the_next_run(tmp_path: Path) -> None:
    book = tmp_path / "demo.json"
    first, again = choose_run(book, 1, None, 200, NOW)
    assert (first.run, again) == (1, False)
    remember(book, first)
    assert choose_run(book, 1, None, 200, LATER)[0].run == 2
    assert choose_run(book, 2, None, 200, LATER)[0].run == 1


def test_a_repeated_run_keeps_its_moment_and_its_size(tmp_path: Path) -> None:
    book = tmp_path / "demo.json"
    first, _ = choose_run(book, 1, 4, 50, NOW)
    remember(book, first)
    assert first.files
    assert choose_run(book, 1, 4, 200, LATER) == (first, True)


def test_a_run_that_was_begun_before_there_were_files_is_repeated_without(tmp_path: Path) -> None:
    book = tmp_path / "demo.json"
    old = '{"runs": [{"seed": 1, "run": 1, "anchor": "2026-11-20T03:00:00Z", "applications": 50}]}'
    book.write_text(old, encoding="utf-8")
    again, known = choose_run(book, 1, 1, 200, LATER)
    assert (again.files, known) == (False, True)


def test_a_spoilt_book_is_told(tmp_path: Path) -> None:
    book = tmp_path / "demo.json"
    book.write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match="Remove it"):
        choose_run(book, 1, None, 200, NOW)
