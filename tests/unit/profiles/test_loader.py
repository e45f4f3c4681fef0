"""A profile folder is read whole or refused with every fault, by file and row."""

import shutil
from pathlib import Path

import pytest

from deploy.profiles.loader import ProfileError, load_map, load_maps, load_profile, load_profiles
from tests.unit.policy.examples import HAINAN, MIDWEST, hainan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of Hainan's folder that a test may spoil."""
    return Path(shutil.copytree(HAINAN, tmp_path / "spoilt", ignore=shutil.ignore_patterns("released*")))


def spoil(folder: Path, file: str, old: str, new: str) -> None:
    """Replace the first `old` in a file of the folder."""
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")


def faults(folder: Path) -> str:
    """All faults of a folder, one a line."""
    with pytest.raises(ProfileError) as refused:
        load_profile(folder)
    assert refused.value.code == "profile_invalid"
    return "\n".join(refused.value.faults)


def test_both_profiles_load_in_the_order_given() -> None:
    assert list(load_profiles([HAINAN, MIDWEST])) == ["hainan", "midwest"]


def test_the_version_names_the_content_and_nothing_else(folder: Path) -> None:
    assert load_profile(folder).version == hainan().version
    (folder / "hainan.geojson").unlink()
    spoil(folder, "limits.toml", "# How long things may take.", "# Limits.")
    assert load_profile(folder).version == hainan().version
    spoil(folder, "limits.toml", "value = 70", "value = 71")
    assert load_profile(folder).version != hainan().version


def test_every_row_says_where_it_comes_from() -> None:
    bases = {
        row.basis for row in (*hainan().documents, *hainan().limits, *hainan().targets, *hainan().pauses)
    }
    assert bases <= {"seed", "sourced", "general", "derived", "design_choice"}
    assert {target.basis for target in hainan().targets} == {"seed"}
    now = {process.id for process in hainan().processes if process.now}
    assert {limit.basis for limit in hainan().limits if limit.process in now} == {"design_choice"}
    assert {limit.statistic for limit in hainan().limits if limit.process in now} == {"ceiling"}


def test_the_map_has_every_region_by_its_code() -> None:
    borders = load_map(HAINAN)
    assert borders is not None
    assert {feature["id"] for feature in borders["features"]} == {region.id for region in hainan().regions}
    assert load_maps([MIDWEST]) == {"midwest": None}


def test_a_map_that_lacks_a_region_is_refused(folder: Path) -> None:
    spoil(folder, "hainan.geojson", '"adcode": 460300', '"adcode": 999999')
    with pytest.raises(ProfileError, match="without borders: 460300"):
        load_map(folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "limits.toml",
            'step = "application"',
            'step = "tea"',
            "limits.toml: limits hv35_application: names unknown step",
        ),
        ("limits.toml", "value = 2", "value = 0", "limits.toml: limits hv35_application: value"),
        ("limits.toml", 'basis = "seed"', 'basis = "hearsay"', "limits.toml: targets hv_single: basis"),
        ("limits.toml", 'id = "after_service"', 'id = "after_dinner"', "periods after_service: is missing"),
        (
            "processes.toml",
            "now = 3",
            "now = 4",
            "processes.toml: counts hv_steps: states 6 before and 4 now",
        ),
        ("processes.toml", "customer_step = true", "customer_step = false", "counts hv_steps"),
        (
            "processes.toml",
            'next = "mid_inspection"',
            'next = "tea"',
            "processes hv_legacy6: step design_review",
        ),
        ("documents.toml", 'step_now = "completion_inspection_and_metering"\n', "", "counts hv_documents"),
        (
            "limits.toml",
            'id = "hv_plan"',
            'id = "hv_plan"\nwhen = { permanent = true }',
            "limits.toml: limits hv_plan: no limit of hv3/supply_plan_reply holds at 10 kV, permanent False",
        ),
        (
            "limits.toml",
            'when = { supply = "dual" }\n',
            "",
            "limits.toml: limits hv_plan: row can never count",
        ),
        (
            "processes.toml",
            'id = "supporting_works"',
            'id = "tea_works"',
            "processes.toml: processes hv_legacy6: has unknown step tea_works",
        ),
        (
            "tasks.toml",
            'duty = "permit"',
            'duty = "tea"',
            "tasks.toml: tasks permit_hv: names unknown task tea",
        ),
        (
            "boundary.toml",
            'version = "ten_measures"',
            'version = "tea"',
            "boundary.toml: boundary_rules R5: names unknown version tea",
        ),
        (
            "boundary.toml",
            "order = 9",
            "order = 9\nwhen = { permanent = true }",
            "boundary.toml: boundary_versions ten_measures: is the last, so it must hold always",
        ),
        (
            "documents.toml",
            'id = "A1"',
            'id = "A1"\nvalid_to = 2030-12-31',
            "counts hv_documents: from 2031-01-01 on states 26 before and 16 now",
        ),
        (
            "processes.toml",
            'id = "hv3"',
            'id = "hv3"\nvalid_to = 2030-12-31',
            "limits.toml: limits hv35_application: from 2031-01-01 on names unknown step hv3/application",
        ),
        (
            "documents.toml",
            "when = { tenant = true }",
            "when = {}",
            "documents.toml: documents A5: variant 2 can never count",
        ),
        ("documents.toml", 'id = "A2"', 'id = "A1"', "documents.toml: documents A1: is in force twice"),
        (
            "documents.toml",
            'step_before = "design_review"',
            'step_before = "tea"',
            "documents D1: names unknown step tea",
        ),
        (
            "boundary.toml",
            "default = true",
            "default = false",
            "boundary_rules ten_measures: has no default at 1 kV",
        ),
        ("boundary.toml", "order = 2", "order = 1", "boundary.toml: boundary_rules R5: shares its order"),
        ("regions.toml", '"469003"', '"469001"', "regions.toml: regions 460400: has alias 469001"),
        (
            "teams.toml",
            'role = "engineer"',
            'role = "supervisor"',
            "teams.toml: teams 460100: has nobody as engineer",
        ),
        ("teams.toml", 'role = "engineer"', 'role = "cook"', "names an unknown role or region"),
        (
            "calendar.toml",
            "2026-02-14, ",
            "2026-02-13, ",
            "calendar.toml: holidays 2026-spring: works on 2026-02-13",
        ),
        ("profile.toml", "Asia/Shanghai", "Asia/Atlantis", "profile.timezone"),
        ("profile.toml", "[[channels]]", "[[canals]]", "profile.toml: canals: is no table"),
        ("pauses.toml", "[[pauses]]", "[[pauses", "pauses.toml: is no TOML"),
        ("profile.toml", 'prefix = "HN"', 'prefix = "hn"', "profile.toml: profile: prefix"),
    ],
)
def test_a_fault_is_told_with_its_file_and_row(
    folder: Path, file: str, old: str, new: str, told: str
) -> None:
    spoil(folder, file, old, new)
    assert told in faults(folder)


def test_versions_of_a_row_follow_each_other_without_hole_or_overlap(folder: Path) -> None:
    newer = (folder / "limits.toml").read_text("utf-8") + (
        '\n[[limits]]\nid = "lv_works"\nprocess = "lv2"\nstep = "supporting_works"\nvalue = 7\nunit = "D"\n'
        'statistic = "ceiling"\nvalid_from = 2027-01-01\n'
    )
    (folder / "limits.toml").write_text(newer, "utf-8")
    assert "limits lv_works: is in force twice" in faults(folder)
    spoil(folder, "limits.toml", 'id = "lv_works"', 'id = "lv_works"\nvalid_to = 2026-11-30')
    assert "limits lv_works: has a hole" in faults(folder)
    spoil(folder, "limits.toml", "valid_to = 2026-11-30", "valid_to = 2026-12-31")
    assert len([row for row in load_profile(folder).limits if row.id == "lv_works"]) == 2


def test_all_faults_are_told_at_once(folder: Path) -> None:
    spoil(folder, "limits.toml", "value = 2", "value = 0")
    spoil(folder, "pauses.toml", 'actor = "customer"', 'actor = "dog"')
    told = faults(folder)
    assert "limits.toml" in told
    assert "pauses.toml" in told


def test_a_table_in_two_files_is_refused(folder: Path) -> None:
    shutil.copy(folder / "pauses.toml", folder / "pauses2.toml")
    assert "pauses2.toml: pauses: stands in pauses.toml too" in faults(folder)


def test_an_empty_folder_and_a_second_profile_of_the_same_name_are_refused(tmp_path: Path) -> None:
    assert "holds no tables" in faults(tmp_path)
    with pytest.raises(ProfileError, match="also that of profile hainan"):
        load_profiles([HAINAN, HAINAN])
