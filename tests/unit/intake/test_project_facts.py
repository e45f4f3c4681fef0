"""Which facts of key projects are let in: a feed's rows under its own records, the platform's own facts."""

from typing import Any

import pytest

from events.errors import Problem
from tests.unit.intake.test_checks import checked, codes, event
from tests.unit.workflows.telling import policy
from workflows.intake.checks import Checked
from workflows.intake.numbers import is_project_number, prefix_of
from workflows.intake.subjects import Subject, objection

FEED = "/gov/hainan/projects"
ROW = {"record": "2026-017", "project_name": "洋浦炼化扩建", "region": "460400", "stage": "approved"}


def told(name: str = "intention_reported", data: Any = ROW, **changes: Any) -> Checked:
    """A fact of a feed, checked."""
    whole = {
        "source": FEED,
        "subject": "2026-017",
        "type": f"mingdian.fact.project.{name}.v1",
        **changes,
    }
    return checked({"hainan": policy(), "midwest": policy("midwest")}, event(data=data, **whole))


def test_a_row_of_a_feed_opens_a_project() -> None:
    found = told()
    assert found.problems == ()
    assert found.stream == "project"
    assert found.fact is not None
    assert found.fact.opens


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"source": "/upstream/demo"}, ("unknown_feed", "source")),
        ({"profile": "midwest", "data": {**ROW, "region": "MN"}}, ("unknown_feed", "source")),
        ({"subject": "2026-018"}, ("wrong_record", "record")),
        ({"subject": "HN-2026-000001"}, ("wrong_record", "record")),
        ({"data": {**ROW, "region": "999999"}}, ("unknown_region", "region")),
        ({"data": {**ROW, "stage": "dreamt"}}, ("not_in_list", "stage")),
        ({"data": {**ROW, "investment_cny": "much"}}, ("not_a_number", "investment_cny")),
    ],
)
def test_what_is_wrong_with_a_row_is_told(changes: dict[str, Any], code: tuple[str, str]) -> None:
    assert codes(told(**changes)) == {code}


def test_a_row_may_name_the_project_by_its_number() -> None:
    assert told(subject="HNK-2026-000001").problems == ()
    gone = told("intention_gone", {"record": "2026-017"}, subject="HNK-2026-000001")
    assert gone.problems == ()


def test_only_a_feed_takes_a_record_from_its_list() -> None:
    found = told("intention_gone", {"record": "2026-017"}, source="/upstream/demo")
    assert codes(found) == {("unknown_feed", "source")}


def test_only_the_platform_shares_rows() -> None:
    data = {"origin": "HNK-2026-000001"}
    assert codes(told("rows_parted", data)) == {("internal_fact", "type")}
    assert told("rows_parted", data, source="/mingdian/hainan").problems == ()


def test_numbers_of_projects_are_marked() -> None:
    assert prefix_of(policy(), "connection") == "HN"
    assert prefix_of(policy(), "project") == "HNK"
    assert is_project_number(policy(), "HNK-2026-000001")
    assert not is_project_number(policy(), "HN-2026-000001")


def _against(name: str, subject: Subject | None, stream: str = "project") -> str | None:
    found: Problem | None = objection(policy(), name, subject, stream)
    return found.code if found else None


def test_a_number_that_was_never_given_is_unknown_in_either_stream() -> None:
    assert _against("HNK-2026-000001", None) == "unknown_number"
    assert _against("HN-2026-000001", None) == "unknown_number"
    assert _against("2026-017", None) is None


def test_a_fact_of_one_stream_does_not_reach_a_subject_of_another() -> None:
    application = Subject("HN-2026-000001", "hainan", "connection", None)
    assert _against(application.number, application) == "wrong_stream"
    assert _against(application.number, application, "connection") == "subject_erased"
