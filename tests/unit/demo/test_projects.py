"""The demo's key projects: twenty at different stages, in every light, each fact of them taken."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from deploy.demo.facts import FedFact
from deploy.demo.project_acts import staff_facts
from deploy.demo.projects import Ref, Scene, feed_facts, projects_of, records
from events.cloudevents import read_structured
from events.envelope import read_time
from tests.unit.demo.world import LARGEST, policy
from tests.unit.workflows.projecting import BEGAN, Province
from workflows.intake.checks import check
from workflows.messages import FactMessage

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
APPLICATIONS = ("HN-2026-000101", "HN-2026-000102", "HN-2026-000103")


def told(seed: int = 1, run: int = 1) -> tuple[list[FedFact], list[FedFact], dict[Ref, str]]:
    scene = Scene(policy(), NOW)
    projects = projects_of(scene, seed, run)
    numbers = {ref: f"HNK-2026-{place:06d}" for place, ref in enumerate(records(projects), 1)}
    return feed_facts(scene, projects), staff_facts(scene, projects, numbers, APPLICATIONS), numbers


def message(fact: FedFact) -> FactMessage:
    event = read_structured(fact.body)
    checked = check(event, {"hainan": policy()}, NOW, LARGEST)
    assert checked.problems == ()
    assert checked.fact is not None
    data = checked.fact.model_dump(mode="json", exclude_none=True)
    return FactMessage(
        source=fact.source or "",
        id=fact.id or "",
        type=checked.fact.type,
        time=read_time(fact.time),
        data=data,
    )


def province() -> Province:
    """All projects, once all has been told."""
    rows, acts, numbers = told()
    whole = Province(clock=(NOW - BEGAN) / timedelta(days=1))
    for row in rows:
        number = numbers[Ref(row.source or "", row.subject)]
        if number not in whole.projects:
            whole.open(number, message(row))
        whole.tell(number, message(row))
    for act in acts:
        whole.tell(act.subject, message(act))
    return whole


def test_every_fact_is_taken_and_none_twice_under_another_id() -> None:
    rows, acts, _ = told()
    assert len({(one.source, one.id) for one in (*rows, *acts)}) == len(rows) + len(acts)
    assert province().refused == []


def test_they_are_at_every_stage_and_in_every_light() -> None:
    whole = province()
    alone = [one.state.spoken for one in whole.projects.values() if one.state.decision is None]
    stages, lights = Counter(one.stage for one in alone), Counter(one.light for one in alone)
    assert stages.keys() >= {"lead", "approved", "land_granted", "permitted", "construction", "cancelled"}
    assert lights.keys() >= {"green", "yellow", "red", None}
    assert len(projects_of(Scene(policy(), NOW), 1, 1)) == 20


def test_one_comes_from_two_feeds_is_joined_starts_works_is_yellow_for_a_time_and_meets_its_application() -> (
    None
):
    whole = province()
    first = whole.projects["HNK-2026-000001"]
    assert len({one.feed for one in first.state.records}) == 2
    turned = [one.draft.data.get("light") for one in first.queue if ".light_turned." in one.draft.type]
    assert "yellow" in turned
    assert [one.draft.type.split(".")[-2] for one in first.queue].count("works_finished") == 5
    linked = [one.subject for one in whole.to_applications if ".project_linked." in one.type]
    assert APPLICATIONS[0] in linked


def test_the_same_run_is_the_same_bytes_and_another_shares_no_id() -> None:
    assert [one.body for part in told()[:2] for one in part] == [
        one.body for part in told()[:2] for one in part
    ]
    ids = [{one.id for part in told(run=run)[:2] for one in part} for run in (1, 2)]
    assert not ids[0] & ids[1]


def test_nothing_is_told_before_it_happened() -> None:
    assert max(read_time(one.time) for part in told()[:2] for one in part) < NOW


def test_a_profile_without_feeds_has_no_projects() -> None:
    assert projects_of(Scene(policy().model_copy(update={"feeds": ()}), NOW), 1, 1) == []
