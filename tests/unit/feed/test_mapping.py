"""A mapping says what it means, and what is wrong with it is told by place."""

from decimal import Decimal
from pathlib import Path

import pytest

from deploy.errors import UserError
from deploy.feed.mapping import Mapping, load_mapping
from workflows.policy.translating import UnitChange, fill, holes

DATA = Path(__file__).resolve().parents[2] / "data"


def spoilt(tmp_path: Path, old: str, new: str) -> Path:
    text = (DATA / "miso.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "spoilt.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_the_shipped_mapping_is_read() -> None:
    mapping = load_mapping(DATA / "miso.toml")
    assert mapping.profile == "midwest"
    assert mapping.opening.name == "requested"
    assert {fact.name for fact in mapping.later} == {"energised", "withdrawn"}
    assert "Summer MW" in mapping.columns()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('profile = "midwest"', 'profil = "midwest"', "profil"),
        ("connection.energised.v1", "connection.energized.v1", "fact 2 type: no such type"),
        ('["energised"]', '["energized"]', "leads to energized"),
        ("(?P<value>", "(?P<voltage>", "a group named value"),
        (", power_factor = 1", "", "a power_factor must be stated"),
        ('to = "kVA"', 'to = "kV"', "MW can't become kV"),
        ('fields = ["region", ', 'fields = ["regoin", "region", ', "for which there is no [[field]]"),
        ('column = "Summer MW"', 'constant = "1"\ncolumn = "Summer MW"', "either a column or a constant"),
        ("application_submitted.v1", "meter_fitted.v1", "exactly one fact"),
        ('subject = "{Project #}"', 'subject = "{Project #}"\ntimezone = "Mars/Base"', "no such time zone"),
        ("[status]", "[status", "can't be read"),
    ],
)
def test_what_is_wrong_is_told_by_place(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = spoilt(tmp_path, old, new)
    with pytest.raises(UserError, match=r"spoilt\.toml") as error:
        load_mapping(path)
    assert told in error.value.message


def test_a_missing_mapping_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No mapping at"):
        load_mapping(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("change", "value", "expected"),
    [
        ({"from": "MW", "to": "kVA", "power_factor": 1}, "50", "50000"),
        ({"from": "kW", "to": "kVA", "power_factor": "0.8"}, "80", "100"),
        ({"from": "kVA", "to": "kW", "power_factor": "0.8"}, "100", "80"),
        ({"from": "MVA", "to": "kVA"}, "1.5", "1500"),
        ({"from": "V", "to": "kV"}, "380", "0.38"),
    ],
)
def test_units_change(change: dict[str, object], value: str, expected: str) -> None:
    assert UnitChange.model_validate(change).change(Decimal(value)) == Decimal(expected)


def test_a_template_is_filled_from_columns_with_spaces() -> None:
    assert holes("{Project #}:requested") == ["Project #"]
    assert fill("{Project #}:requested", {"Project #": " J1 "}) == "J1:requested"


def test_a_mapping_is_frozen() -> None:
    mapping = load_mapping(DATA / "miso.toml")
    assert Mapping.model_config["frozen"]
    assert mapping.status.leads_to["Active"] == ()
