"""The tables of key projects: what does not fit is told, and what a project carries is cut from them."""

from datetime import date
from typing import Any

import pytest

from deploy.profiles.loader import load_profile
from events.errors import MingdianError
from tests.unit.policy.examples import HAINAN
from tests.unit.workflows.telling import policy
from workflows.policy import project_checks
from workflows.policy.model import Policy
from workflows.policy.project_slice import feed_of, project_slice

DAY = date(2026, 6, 1)
REGIONS = [row.id for row in load_profile(HAINAN).regions]


def hainan(**changed: Any) -> Policy:
    """Hainan with other tables."""
    return policy().model_copy(update=changed)


def told(**changed: Any) -> set[tuple[str, str]]:
    """Table and row of each fault."""
    return {(fault.table, fault.row) for fault in project_checks.faults(hainan(**changed))}


def test_the_tables_fit() -> None:
    assert project_checks.faults(policy()) == []
    assert project_checks.faults(policy("midwest")) == []


def test_the_works_take_as_long_as_those_of_a_connection_may() -> None:
    [works] = [row for row in policy().limits if row.id == "hv_works"]
    assert sum(row.days for row in policy().works_stages) == works.value == 70


def test_what_does_not_fit_is_told() -> None:
    feeds, stages, lights = policy().feeds, policy().works_stages, policy().lights
    same = feeds[1].model_copy(update={"upstream": feeds[0].upstream})
    ours = feeds[0].model_copy(update={"upstream": "/mingdian/hainan/web"})
    assert told(feeds=(feeds[0], same)) == {("feeds", feeds[0].id), ("feeds", same.id)}
    assert told(feeds=(ours,)) == {("feeds", ours.id)}
    assert told(works_stages=stages[1:]) == {("works_stages", "design")}
    assert told(lights=lights[:2]) == {("lights", "tight")}
    low = lights[1].model_copy(update={"below": -5})
    assert told(lights=(lights[0], low, lights[2])) == {("lights", "tight")}
    assert told(periods=()) == {("periods", "project_reopen")}


def test_a_profile_without_feeds_keeps_no_projects_and_needs_no_tables() -> None:
    bare = hainan(feeds=(), works_stages=(), lights=(), periods=())
    assert project_checks.faults(bare) == []
    with pytest.raises(MingdianError) as refused:
        project_slice(bare, "HNK-2026-000001", "460100", DAY)
    assert refused.value.code == "no_projects"


@pytest.mark.parametrize("region", REGIONS)
def test_nobody_supervises_himself_in_any_region(region: str) -> None:
    for number in range(1, 20):
        team = project_slice(policy(), f"HNK-2026-{number:06}", region, DAY).team
        served = [team.manager, *team.engineers]
        assert team.supervisor not in served
        assert team.province not in served
        assert len({one.staff_id for one in served}) == len(served)
        assert team.engineers


def test_a_red_light_is_told_to_the_whole_provinces_supervisor() -> None:
    team = project_slice(policy(), "HNK-2026-000001", "460100", DAY).team
    assert team.province != team.supervisor


def test_an_old_region_code_is_the_one_of_today() -> None:
    [region] = [row for row in policy().regions if row.aliases][:1]
    assert project_slice(policy(), "HNK-2026-000001", region.aliases[0], DAY).region == region.id
    with pytest.raises(MingdianError):
        project_slice(policy(), "HNK-2026-000001", "999999", DAY)


def test_a_feed_is_known_by_its_source() -> None:
    assert feed_of(policy(), "/gov/hainan/projects") == "prov"
    assert feed_of(policy(), "/upstream/demo") is None
