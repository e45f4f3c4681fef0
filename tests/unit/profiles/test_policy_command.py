"""`policy` for those who write tables: what is wrong, what differs, what holds."""

import json
import shutil
from pathlib import Path

import pytest

from deploy.cli import app
from tests.unit.policy.examples import HAINAN, MIDWEST
from tests.unit.profiles.test_release import command, end_lv_works, spoil


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of Hainan's folder that nobody has released."""
    return Path(shutil.copytree(HAINAN, tmp_path / "next", ignore=shutil.ignore_patterns("released*")))


def test_check_says_everything_by_file_and_row_and_ends_1(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder, "limits.toml", "value = 70", "value = 0")
    spoil(folder, "pauses.toml", 'actor = "customer"', 'actor = "dog"')
    assert command("check", str(folder), str(MIDWEST)) == 1
    told = capsys.readouterr().out.splitlines()
    assert any(line.startswith("limits.toml: limits hv_works: value") for line in told)
    assert any(line.startswith("pauses.toml: pauses docs_missing: actor") for line in told)
    assert told[-2].endswith("2 wrong")
    assert "holds" in told[-1]


def test_diff_shows_what_was_added_ended_changed_and_taken_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder, "limits.toml", "value = 70", "value = 71")
    spoil(folder, "documents.toml", 'id = "E1"', 'id = "E2"')
    end_lv_works(folder, "2030-12-31")
    assert command("diff", str(HAINAN), str(folder), "--json") == 0
    found = {(one["table"], one["row"]): one for one in map(json.loads, capsys.readouterr().out.splitlines())}
    assert {key: one["what"] for key, one in found.items()} == {
        ("limits", "hv_works"): "changed",
        ("limits", "lv_works"): "ended",
        ("documents", "E1"): "gone",
        ("documents", "E2"): "added",
    }
    assert found["limits", "hv_works"]["fields"] == {"value": {"before": 70, "after": 71}}
    assert found["limits", "lv_works"]["fields"] == {"valid_to": {"before": None, "after": "2030-12-31"}}


def test_diff_shows_what_another_day_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    end_lv_works(folder, "2030-12-31")
    text = (folder / "limits.toml").read_text("utf-8")
    later = '[[limits]]\nid = "lv_works"\nprocess = "lv2"\nstep = "supporting_works"\nvalue = 7\nunit = "D"\n'
    later += 'statistic = "ceiling"\nvalid_from = 2031-01-01\n'
    (folder / "limits.toml").write_text(f"{text}\n{later}", "utf-8")
    assert command("diff", str(folder), "--on", "2030-12-31", "--and", "2031-01-01") == 0
    told = capsys.readouterr().out
    assert "changed limits lv_works from 2031-01-01" in told
    assert "value: 8 → 7" in told
    assert "1 row differs" in told
    assert command("diff", str(folder), "--on", "2026-01-01", "--and", "2026-02-01") == 0
    assert "The same." in capsys.readouterr().out


def test_show_tells_what_holds_for_an_application(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--voltage", "110", "--usage", "industrial", "--investment", "100000000", "--json"]
    assert command("show", str(HAINAN), "--on", "2026-03-10", *asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["boundary"]["rules_matched"] == ["R5", "R1"]
    assert told["boundary"]["needs_manual_review"]
    assert told["steps"][0]["code"] == "application"
    assert {document["id"] for document in told["documents"]} >= {"A1", "D1"}
    assert {task["code"] for task in told["tasks"]} >= {"confirm_boundary", "permit"}
    assert "team" not in told


def test_show_speaks_to_people_too(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--kind", "lv_res", "--is", "tenant", "--language", "en", "--on", "2026-03-10"]
    assert command("show", str(HAINAN), *asked) == 0
    told = capsys.readouterr().out
    assert "Landlord's proof" in told
    assert "waived" in told
    assert "2 working days" in told
    assert command("show", str(HAINAN), "--before", "--on", "2026-03-10") == 0
    assert "hv_legacy6" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [["--voltage", "abc"], ["--is", "blue"], ["--investment", "-5"]])
def test_an_application_that_cannot_be_is_one_line(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run(["policy", "show", str(HAINAN), *wrong]) == 2
    assert capsys.readouterr().err.count("\n") == 1
