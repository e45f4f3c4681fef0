"""`feed` with a list of key projects, as far as it goes without a stack."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.cli import app
from deploy.feed.lists import Given, ListReader
from tests.unit.lists.given import DATA, HAINAN, policies, tables

PROV = str(HAINAN / "feeds/prov.toml")


@pytest.fixture(autouse=True)
def _no_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINGDIAN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    """What a dry run prints."""
    try:
        ended = app.run(["feed", *arguments])
    except SystemExit as end:
        ended = int(end.code or 0)
    printed = capsys.readouterr()
    assert ended == status, printed
    return printed.out + printed.err


def test_a_dry_run_shows_what_would_be_sent_and_every_bad_row(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, str(DATA / "prov-faulty.csv"), "-m", PROV, "--dry-run")
    assert "HN2026-106@2026-03-02: project_name 好的一行" in told
    assert "line 6: refused: bad_date (更新日期): This is no date" in told
    assert "would be sent  2" in told
    assert "refused        7" in told


def test_a_dry_run_for_programs_has_every_fact_and_the_totals_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = str(DATA / "prov-2026-03.csv")
    told = said(capsys, file, "-m", PROV, "--as-of", "2026-03-31", "--complete", "--dry-run", "--json")
    lines = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    assert [line["id"] for line in lines[:-1]] == [
        "HN2026-001@2026-01-15",
        "HN2026-002@2026-03-05",
        "HN2026-004@2026-03-20",
    ]
    assert lines[-1] == {"read": 3, "accepted": 3, "duplicates": 0, "refused": 0, "gone": 0, "back": 0}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--complete"], "Say with as_of of which day"),
        (["--as-of", "soon"], "as_of is a day"),
        (["--as-of", "2999-01-01"], "lies in the future"),
    ],
)
def test_a_complete_list_is_of_a_day(capsys: pytest.CaptureFixture[str], more: list[str], told: str) -> None:
    file = str(DATA / "prov-2026-03.csv")
    assert told in said(capsys, file, "-m", PROV, "--dry-run", *more, status=2)


def test_another_lists_mapping_is_told_before_anything_is_sent(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, str(DATA / "prov-2026-03.csv"), "-m", str(HAINAN / "feeds/haikou.toml"), status=2)
    assert "is not utf-8" in told


def test_options_of_lists_are_for_lists(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text("{}\n", encoding="utf-8")
    assert "for lists of key projects alone" in said(capsys, str(events), "--complete", status=2)


def test_help_teaches_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    told = " ".join(said(capsys, "--help").split())
    assert "--mapping deploy/profiles/hainan/feeds/prov.toml --as-of 2026-03-31 --complete" in told
    assert (HAINAN / "feeds/prov.toml").exists()


def test_a_long_list_shows_how_far_it_is_read() -> None:
    reader = ListReader(policies(), datetime(2026, 11, 1, tzinfo=UTC), 100_000)
    seen: list[tuple[int, int]] = []
    given = Given(DATA / "prov-2026-02.csv", tables()["/gov/hainan/projects"])
    read = reader.read(given, lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == [1, 2, 3, 5], "three rows; a heading and the total are none"
    assert len(read.rows) == 3


def test_a_place_that_no_row_has_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    mapping = tmp_path / "haikou.toml"
    text = (HAINAN / "feeds/haikou.toml").read_text("utf-8").replace("power.temporary", "power.temporal")
    mapping.write_text(text, encoding="utf-8")
    told = said(capsys, str(DATA / "haikou-2026-03.json"), "-m", str(mapping), "--dry-run")
    assert "No row has power.temporal." in told
