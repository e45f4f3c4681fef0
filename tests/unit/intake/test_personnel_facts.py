"""Who may say that somebody is away, back or gone, and what is wrong with how it is said."""

from typing import Any

import pytest

from tests.unit.intake.test_checks import checked, codes, event
from tests.unit.workflows.telling import policy
from workflows.intake.checks import Checked

HR = "/hr/hainan"
AWAY = {"staff_id": "HK-M1", "first": "2026-10-01", "last": "2026-10-08"}


def told(name: str = "absence_reported", data: Any = AWAY, **changes: Any) -> Checked:
    """A fact of the personnel department, checked."""
    whole = {"source": HR, "subject": "HK-M1", "type": f"mingdian.fact.roster.{name}.v1", **changes}
    return checked({"hainan": policy(), "midwest": policy("midwest")}, event(data=data, **whole))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("absence_reported", AWAY),
        ("absence_reported", {"staff_id": "HK-M1", "first": "2026-10-01", "hand_over": False}),
        ("return_reported", {"staff_id": "HK-M1", "on": "2026-10-05"}),
        ("departure_reported", {"staff_id": "HK-M1", "on": "2026-10-05"}),
    ],
)
def test_the_personnel_department_may_speak_of_staff(name: str, data: Any) -> None:
    found = told(name, data)
    assert found.problems == ()
    assert found.stream == "roster"
    assert found.fact is not None
    assert not found.fact.opens


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"source": "/upstream/demo"}, ("unknown_personnel", "source")),
        ({"subject": "HK-M2"}, ("wrong_staff", "staff_id")),
        ({"subject": "X-1", "data": {**AWAY, "staff_id": "X-1"}}, ("unknown_staff", "staff_id")),
    ],
)
def test_what_is_wrong_is_told(changes: dict[str, Any], code: tuple[str, str]) -> None:
    assert codes(told(**changes)) == {code}


def test_nobody_is_away_backwards_and_why_is_no_field() -> None:
    assert told(data={**AWAY, "last": "2026-09-01"}).problems
    assert told(data={**AWAY, "reason": "ill"}).problems
    assert codes(told(profile="midwest", subject="MW-A", data={**AWAY, "staff_id": "MW-A"})) == {
        ("unknown_personnel", "source")
    }
