"""Rows of a real, dirty table: each is accepted whole or refused whole, with every reason, by line."""

import csv
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from deploy.errors import UserError
from deploy.feed.mapping import load_mapping
from deploy.feed.read import check_events, read_events, read_table
from deploy.feed.rows import Item
from deploy.profiles.loader import load_profiles
from workflows.policy.model import Policy

ROOT = Path(__file__).resolve().parents[3]
EXCERPT = ROOT / "tests/data/miso-excerpt.csv"
NOW = datetime(2026, 11, 20, tzinfo=UTC)
LARGEST = 256 * 1024


@cache
def policies() -> dict[str, Policy]:
    return load_profiles([ROOT / "deploy/profiles/hainan", ROOT / "tests/profiles/midwest"])


def read(path: Path = EXCERPT, mapping: Path = ROOT / "tests/data/miso.toml") -> list[Item]:
    return list(read_table(path, load_mapping(mapping), policies(), NOW, LARGEST))


@cache
def by_reference() -> dict[str, Item]:
    with EXCERPT.open(encoding="utf-8", newline="") as file:
        references = [row["Project #"] for row in csv.DictReader(file)]
    return dict(zip(references, read(), strict=True))


def codes(item: Item) -> set[str]:
    return {problem.code for problem in item.problems}


def opening(item: Item) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(item.facts[0].body)["data"]
    return data


def types(item: Item) -> list[str]:
    return [json.loads(fact.body)["type"].split(".")[-2] for fact in item.facts]


@pytest.mark.parametrize(
    ("reference", "reasons"),
    [
        ("AA1234", {"unknown_status", "withdrawn_before_requested", "no_voltage_in_name"}),
        ("R1037", {"no_request_date"}),
        ("J1798", {"no_positive_power"}),
        ("J1183", {"no_voltage_in_name"}),
        ("S1000", {"no_voltage_in_name"}),
        ("J2034", {"no_voltage_in_name", "no_positive_power"}),
        ("J2132", {"withdrawn_before_requested"}),
        ("J1496", {"withdrawn_without_date"}),
    ],
)
def test_a_row_is_refused_with_every_reason(reference: str, reasons: set[str]) -> None:
    item = by_reference()[reference]
    assert codes(item) >= reasons
    assert item.facts == ()


def test_a_reason_names_the_column_and_never_the_cell() -> None:
    item = by_reference()["J1798"]
    assert [problem.field for problem in item.problems] == ["Summer MW"]
    assert "0" not in item.problems[0].sentence


def test_lines_are_counted_as_in_the_file() -> None:
    lines = EXCERPT.read_text(encoding="utf-8").splitlines()
    for reference, item in by_reference().items():
        assert lines[item.line - 1].startswith(f'"{reference}"')


@pytest.mark.parametrize(
    ("reference", "facts"),
    [
        ("J1000", ["application_submitted", "energised"]),
        ("J1001", ["application_submitted", "withdrawn"]),
        ("J1194", ["application_submitted"]),
    ],
)
def test_dates_become_facts_by_the_status(reference: str, facts: list[str]) -> None:
    assert types(by_reference()[reference]) == facts


def test_done_without_a_date_stays_open() -> None:
    item = by_reference()["J1027"]
    assert types(item) == ["application_submitted"]
    assert item.ignored == ()


@pytest.mark.parametrize(
    ("reference", "column", "facts"),
    [
        ("J1042", "Done Date", ["application_submitted", "withdrawn"]),
        ("J801", "Withdrawn Date", ["application_submitted", "energised"]),
        ("R1018", "Withdrawn Date", ["application_submitted"]),
    ],
)
def test_a_date_that_contradicts_the_status_is_ignored_and_listed(
    reference: str, column: str, facts: list[str]
) -> None:
    item = by_reference()[reference]
    assert types(item) == facts
    assert [(one.code, one.field) for one in item.ignored] == [("date_ignored", column)]


@pytest.mark.parametrize(
    ("reference", "kilovolts"),
    [("J1000", "138"), ("J2800", "345"), ("J3248", "138"), ("J1365", "161"), ("R1003", "230")],
)
def test_the_highest_voltage_named_counts(reference: str, kilovolts: str) -> None:
    assert opening(by_reference()[reference])["voltage_kv"] == kilovolts


def test_megawatts_of_summer_become_kilovolt_amperes() -> None:
    assert opening(by_reference()["J1194"])["capacity_kva"] == "225200"


def test_a_row_without_a_state_goes_to_the_region_unknown() -> None:
    assert opening(by_reference()["R1003"])["region"] == "unknown"
    assert opening(by_reference()["S1062"])["region"] == "MI"


def test_ids_are_stable_and_name_the_reference() -> None:
    item = by_reference()["J1001"]
    assert [fact.id for fact in item.facts] == ["J1001:requested", "J1001:withdrawn"]
    assert item.facts == {one.line: one for one in read()}[item.line].facts


def test_what_the_policy_refuses_is_refused_under_its_column(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(EXCERPT.read_text(encoding="utf-8").replace('"MI"', '"Atlantis"'), encoding="utf-8")
    refused = {(p.code, p.field) for item in read(path) for p in item.problems}
    assert ("unknown_region", "State") in refused


def test_a_reference_that_comes_twice_is_refused_the_second_time(tmp_path: Path) -> None:
    header, *rows = EXCERPT.read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path / "table.csv"
    path.write_text(header + rows[1] + rows[1], encoding="utf-8")
    assert [codes(item) for item in read(path)] == [set(), {"id_twice"}]


def test_a_table_without_a_mapped_column_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("Project #,State\nJ1,MI\n", encoding="utf-8")
    with pytest.raises(UserError, match="has no column"):
        read(path)


def test_a_row_with_a_cell_too_few_is_refused(tmp_path: Path) -> None:
    header, *_ = EXCERPT.read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path / "table.csv"
    path.write_text(f"{header}J1,Done\n", encoding="utf-8")
    assert [codes(item) for item in read(path)] == [{"bad_row"}]


def test_a_time_without_a_zone_needs_the_mapping_to_state_one(tmp_path: Path) -> None:
    table, mapping = tmp_path / "table.csv", tmp_path / "zoned.toml"
    table.write_text(EXCERPT.read_text(encoding="utf-8").replace("+00:00", ""), encoding="utf-8")
    assert all("naive_time" in codes(item) for item in read(table) if item.line in {3, 4})
    shipped = (ROOT / "tests/data/miso.toml").read_text(encoding="utf-8")
    mapping.write_text(f'timezone = "America/New_York"\n{shipped}', encoding="utf-8")
    assert types(read(table, mapping)[1]) == ["application_submitted", "energised"]


def test_lines_of_events_are_taken_as_they_are_and_checked_in_a_dry_run(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    good = by_reference()["J1000"].facts[0].body
    path.write_bytes(good + b"\n\n{not json\n")
    items = list(read_events(path))
    assert [item.line for item in items] == [1, 3]
    assert items[0].facts[0].body == good
    checked = check_events(items, policies(), NOW, LARGEST)
    assert [bool(item.problems) for item in checked] == [False, True]
