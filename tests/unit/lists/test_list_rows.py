"""Two feeds, two formats, one meaning; and each bad row refused by its line and columns, alone."""

import json
import shutil
from pathlib import Path

import pytest

from deploy.cli import app
from deploy.errors import UserError
from deploy.profiles.lists import list_table, load_lists
from deploy.profiles.loader import ProfileError
from tests.unit.lists.given import (
    CITY,
    DATA,
    FIELDS,
    HAINAN,
    PROV,
    SANYA,
    SMALL,
    codes,
    policies,
    rows,
    shipped,
    small,
    tables,
)
from workflows.intake.list_files import ListError


def test_a_province_csv_in_gb18030_with_chinese_words() -> None:
    row = shipped("prov-2026-02.csv", PROV)["HN2026-002"]
    assert row.at is not None
    assert row.at.isoformat() == "2026-02-02T16:00:00+00:00"
    assert row.data == {
        "record": "HN2026-002",
        "project_name": "海口江东数据中心",
        "organisation": "海口云,数据有限公司",
        "org_code": "91460000A2",
        "industry": "信息",
        "region": "460100",
        "site": "江东新区",
        "investment_cny": "230000000",
        "stage": "approved",
        "voltage_kv": "110",
        "important_load": False,
        "expected_energise_on": "2026-10-01",
        "load": [{"year": 2026, "capacity_kva": "25000"}, {"year": 2027, "capacity_kva": "40000"}],
    }


def test_a_city_json_says_the_same_project_from_deep_within() -> None:
    row = shipped("haikou-2026-03.json", CITY)["HK-77"]
    assert row.data is not None
    assert row.data["org_code"] == "91460000A2"
    assert row.data["region"] == "460100"
    assert row.data["investment_cny"] == "240000000"
    assert row.data["relocation_needed"] is True
    assert row.data["place"] == {"longitude": "110.48", "latitude": "20.03"}
    assert row.data["load"] == [
        {"year": 2026, "capacity_kva": "20000"},
        {"year": 2027, "capacity_kva": "40000"},
    ]


def test_a_list_of_one_object_a_line_without_a_date_of_change() -> None:
    found = shipped("sanya-2026-03.jsonl", SANYA)
    assert found["SY-001"].data == {
        "record": "SY-001",
        "project_name": "海棠湾国际医疗中心",
        "organisation": "三亚医疗有限公司",
        "org_code": "91460200B1",
        "region": "460200",
        "site": "海棠湾",
        "investment_cny": "1250000000",
        "stage": "land_granted",
        "expected_energise_on": "2027-03-31",
        "load": [{"year": 2027, "capacity_kva": "9000"}, {"year": 2028, "capacity_kva": "12000"}],
    }
    assert [row.at for row in found.values()] == [None, None]
    assert found["SY-002"].data is not None
    assert found["SY-002"].data.keys() == {"record", "project_name", "region", "site", "stage"}


def test_every_feed_of_the_profile_has_its_list() -> None:
    assert {one.feed for one in tables().values()} == {one.id for one in policies()["hainan"].feeds}


def test_what_says_nothing_is_not_said() -> None:
    row = shipped("prov-2026-02.csv", PROV)["HN2026-003"]
    assert row.data is not None
    assert row.data.keys().isdisjoint({"investment_cny", "important_load", "expected_energise_on"})
    assert [one["year"] for one in row.data["load"]] == [2026]


def test_headings_and_totals_are_no_rows() -> None:
    assert set(shipped("prov-2026-02.csv", PROV)) == {"HN2026-001", "HN2026-002", "HN2026-003"}


def test_each_bad_row_is_refused_by_line_and_column_and_the_good_ones_stand() -> None:
    found = rows((DATA / "prov-faulty.csv").read_bytes(), tables()[PROV])
    told = {row.line: codes(row) for row in found}
    assert told == {
        4: set(),
        5: {("no_record", "项目编号")},
        6: {("bad_date", "更新日期")},
        7: {
            ("unknown_word", "市县"),
            ("unknown_unit", "总投资(万元)"),
            ("unknown_word", "项目阶段"),
            ("not_yes_or_no", "是否重要负荷"),
            ("bad_date", "计划用电时间"),
            ("bad_number", "2026年用电需求(万千伏安)"),
        },
        8: {("bad_row", "")},
        9: {("day_missing", "更新日期")},
        10: {("bad_record", "项目编号")},
        11: {("id_twice", "项目编号")},
        12: set(),
    }
    assert [row.record for row in found if row.data is not None] == ["HN2026-001", "HN2026-106"]


def test_no_reason_repeats_a_cell() -> None:
    for row in shipped("prov-faulty.csv", PROV).values():
        assert all("火星" not in one.sentence and "五万" not in one.sentence for one in row.problems)


def test_what_may_be_left_out_is_left_out_and_said() -> None:
    row = shipped("haikou-2026-03.json", CITY)["HK-78"]
    assert row.data is not None
    assert "relocation_needed" not in row.data
    assert [(one.code, one.field) for one in row.ignored] == [("not_yes_or_no", "power.relocation")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_first_encoding_counts_that_makes_sense(encoding: str) -> None:
    [row] = rows("id,name,city\r\nP-1,江东,海口\r\n".encode(encoding), small())
    assert row.data == {"record": "P-1", "project_name": "江东", "region": "460100"}


def test_an_encoding_that_makes_no_sense_is_told() -> None:
    with pytest.raises(ListError, match="bad_encoding"):
        rows("id,name,city\nP-1,江东,海口\n".encode("utf-16"), small(encodings=["utf-8"]))


def test_columns_are_known_however_their_names_are_spaced() -> None:
    [row] = rows('"i d",ｎａｍｅ,"ci\nty"\nＰ-１,江东,460100\n', small())
    assert row.record == "P-1"


def test_a_quoted_cell_may_hold_commas_quotes_and_line_breaks() -> None:
    one, two = rows('id,name,city\nP-1,"江东 ""一期"", 北\n区",海口\nP-2,乙,海口\n', small())
    assert one.data is not None
    assert one.data["project_name"] == '江东 "一期", 北 区'
    assert (one.line, two.line) == (2, 4)


def test_an_open_quote_spoils_its_row_alone() -> None:
    found = rows('id,name,city\nP-1,"江"东,海口\nP-2,乙,海口\n', small())
    assert [codes(row) for row in found] == [{("bad_row", "")}, set()]


def test_a_column_that_is_nowhere_is_told_before_any_row() -> None:
    with pytest.raises(ListError, match="no column 编号"):
        rows("id,name,city\nP-1,江东,海口\n", small(record="编号"))
    with pytest.raises(ListError, match="no column city"):
        rows('{"id": "P-1", "name": "江东"}\n', small(format="jsonl"))
    with pytest.raises(ListError, match="no column"):
        rows("id,name,city\nP-1,江东,海口\n", small(load={"columns": r"(?P<year>\d{4})年"}))


def test_json_lines_are_rows_and_a_bad_line_is_one_bad_row() -> None:
    one, two = '{"id": "P-1", "name": "江东", "city": "海口"}', '{"id": 2, "name": "乙", "city": "海口"}'
    found = rows("\n".join((one, "{no json", "", "[1]", two)), small(format="jsonl"))
    assert [(row.line, row.record, codes(row)) for row in found] == [
        (1, "P-1", set()),
        (2, None, {("bad_row", "")}),
        (4, None, {("bad_row", "")}),
        (5, "2", set()),
    ]


def test_a_place_that_a_document_leaves_out_says_nothing() -> None:
    table = small({"name": "site", "column": "where"}, format="jsonl")
    [row] = rows('{"id": "P-1", "name": "江东", "city": "海口"}\n', table)
    assert row.data == {"record": "P-1", "project_name": "江东", "region": "460100"}


@pytest.mark.parametrize("body", ["[]", '{"data": {}}', '{"data": {"projects": {}}}'])
def test_a_document_without_its_rows_is_told(body: str) -> None:
    with pytest.raises(ListError, match="no_rows"):
        rows(body, small(format="json", rows="data.projects"))


def test_years_and_powers_must_go_together() -> None:
    table = small(format="jsonl", load={"entries": "load", "capacity": "kva", "unit": "kVA"})
    row = {"id": "P-1", "name": "江东", "city": "海口", "load": [{"year": 2026, "kva": 5}, {"year": 2027}]}
    [found] = rows(json.dumps(row), table)
    assert codes(found) == {("uneven_load", "load")}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"field": FIELDS[:1]}, "no .*field.* for region"),
        ({"field": [*FIELDS, {"name": "colour", "column": "c"}]}, "field 3.*no field colour"),
        ({"field": [*FIELDS, {"name": "site", "column": "c", "unit": "kVA"}]}, "field 3.*site has no unit"),
        ({"field": [*FIELDS, {"name": "voltage_kv", "column": "c", "unit": "斤"}]}, "斤 is no unit"),
        ({"field": [*FIELDS, {"name": "temporary_kva", "column": "c", "unit": "MW"}]}, "say a power_factor"),
        ({"field": [*FIELDS, {"name": "site", "column": "c", "constant": "c"}]}, "column or a constant"),
        ({"field": [*FIELDS, FIELDS[0]]}, "stands twice for project_name"),
        ({"rows": "data"}, "only a json document"),
        ({"load": {"columns": "load"}}, "group named year"),
        ({"load": {"entries": "load"}}, "a csv has no list"),
        ({"timezone": "Mars/Base"}, "no such time zone"),
        ({"encodings": ["klingon"]}, "klingon is no encoding"),
        ({"colour": "red"}, "colour: Extra"),
    ],
)
def test_a_mapping_that_cannot_work_is_told_by_place(changes: dict[str, object], told: str) -> None:
    with pytest.raises(UserError, match=told):
        list_table(Path("wrong.toml"), {**SMALL, "field": FIELDS, **changes})


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('feed = "prov"', 'feed = "mars"', "no feed mars"),
        ('"洋浦" = "460400"', '"洋浦" = "460499"', "region: 460499 is no region of the profile"),
        ('"谋划" = "lead"', '"谋划" = "dream"', "stage: dream is none of lead, approved"),
        ('record = "项目编号"', "record =", "can't be read"),
        ('record = "项目编号"', 'record = "项目编号"\ncolour = "red"', "colour: Extra"),
    ],
)
def test_a_mapping_that_cannot_work_stops_the_profile_and_its_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, told: str
) -> None:
    folder = Path(shutil.copytree(HAINAN, tmp_path / "hainan"))
    text = (folder / "feeds/prov.toml").read_text("utf-8")
    assert old in text
    (folder / "feeds/prov.toml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ProfileError, match=told):
        load_lists([folder])
    with pytest.raises(SystemExit, match="1"):
        app.run(["policy", "check", str(folder)])
    assert told in capsys.readouterr().out
