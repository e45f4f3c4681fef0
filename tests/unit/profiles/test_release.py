"""What was released stays: a row may only gain an end that lies ahead; all else is a new version."""

import json
import shutil
from pathlib import Path

import pytest

from deploy.cli import app
from deploy.profiles.loader import ProfileError, load_profile, load_release
from tests.unit.policy.examples import HAINAN

NEXT = '\n[[limits]]\nid = "lv_works"\nprocess = "lv2"\nstep = "supporting_works"\nvalue = 7\nunit = "D"\n'


def command(*arguments: str) -> int:
    """Run `policy` and return its status."""
    with pytest.raises(SystemExit) as ended:
        app.run(["policy", *arguments])
    return int(ended.value.code or 0)


def spoil(folder: Path, file: str, old: str, new: str) -> None:
    """Replace the first `old` in a file of the folder."""
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")


def end_lv_works(folder: Path, day: str) -> None:
    """Give the row `lv_works` a last day."""
    spoil(folder, "limits.toml", 'id = "lv_works"', f'id = "lv_works"\nvalid_to = {day}')


def faults(folder: Path) -> str:
    """All faults of a folder, one a line."""
    with pytest.raises(ProfileError) as refused:
        load_profile(folder)
    return "\n".join(refused.value.faults)


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A copy of Hainan's folder that was just released."""
    folder = Path(shutil.copytree(HAINAN, tmp_path / "released", ignore=shutil.ignore_patterns("released*")))
    assert load_release(folder) is None
    assert command("release", str(folder)) == 0
    return folder


def test_what_is_released_holds_and_says_so(released: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert command("check", str(released), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"]
    assert told["rows"] > 250
    assert (told["new"], told["ended"]) == (0, 0)
    assert told["released_on"]


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "limits.toml",
            "value = 70",
            "value = 71",
            "limits.toml: limits hv_works: was released with another",
        ),
        ("boundary.toml", "3000 }", "3001 }", "boundary.toml: boundary_rules R3: was released with another"),
        ("documents.toml", 'id = "I1"', 'id = "I9"', "documents.toml: documents I1: was released"),
        (
            "processes.toml",
            'responsible_role = "works_manager"',
            'responsible_role = "engineer"',
            "processes.toml: processes hv_legacy6/supporting_works: was released with another content",
        ),
        (
            "profile.toml",
            'prefix = "HN"',
            'prefix = "HX"',
            "profile.toml: profile prefix: was released as HN",
        ),
    ],
)
def test_a_released_row_that_is_not_what_it_was_is_refused_with_file_and_row(
    released: Path, file: str, old: str, new: str, told: str
) -> None:
    spoil(released, file, old, new)
    assert told in faults(released)


def test_the_order_of_released_rows_decides_and_stays(released: Path) -> None:
    text = (released / "limits.toml").read_text("utf-8")
    start, end = text.index('[[limits]]\nid = "lv_application"'), text.index('[[limits]]\nid = "lv_works"')
    moved = text[:start] + text[end:].replace("\n# ----", text[start:end] + "\n# ----", 1)
    (released / "limits.toml").write_text(moved, "utf-8")
    assert "limits lv_works: stood after lv_survey_and_metering when released" in faults(released)


def test_a_row_ends_ahead_and_a_new_version_follows(
    released: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end_lv_works(released, "2126-12-31")
    added = NEXT + 'statistic = "ceiling"\nvalid_from = 2127-01-01\n'
    (released / "limits.toml").write_text((released / "limits.toml").read_text("utf-8") + added, "utf-8")
    before, after = load_profile(HAINAN), load_profile(released)
    assert len([row for row in after.limits if row.id == "lv_works"]) == 2
    assert before.version != after.version
    capsys.readouterr()
    assert command("release", str(released)) == 0
    assert "1 rows new, 1 ended" in capsys.readouterr().out
    spoil(released, "limits.toml", "valid_to = 2126-12-31", "valid_to = 2126-12-30")
    spoil(released, "limits.toml", "valid_from = 2127-01-01", "valid_from = 2126-12-31")
    assert "limits lv_works: has another end than was released" in faults(released)


def test_a_row_never_ends_before_its_release(released: Path) -> None:
    end_lv_works(released, "2021-12-31")
    assert "limits lv_works: has another end than was released. An end may only be added" in faults(released)


def test_a_new_rule_for_days_that_are_past_is_taken_only_when_asked_for(
    released: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = NEXT.replace("lv_works", "lv_farm").replace(
        "value = 7", 'value = 7\nwhen = { usages = ["public"] }'
    )
    text = (released / "limits.toml").read_text("utf-8")
    place = text.index('[[limits]]\nid = "lv_works"')
    farm = rule.lstrip() + 'statistic = "ceiling"\n\n'
    (released / "limits.toml").write_text(text[:place] + farm + text[place:], "utf-8")
    assert command("release", str(released)) == 1
    assert "limits.toml: limits lv_farm: is new, yet in force since 2020-01-01" in capsys.readouterr().out
    assert command("release", str(released), "--backdated") == 0
