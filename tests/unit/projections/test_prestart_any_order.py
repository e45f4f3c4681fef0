"""The pre-start record and its story are the same in whatever order things were told, and one with what the
project lives by."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from events.catalogue import project_events as says
from events.catalogue import project_sharing_events as sharing
from events.catalogue.base import EventData
from projections.prestart import rows
from projections.prestart.fold import Prestart
from projections.prestart_story.fold import PrestartStory
from tests.unit.projections.logs import folded, logged
from tests.unit.projections.projects import Project, day
from tests.unit.projections.test_prestart import row_of, shown, spells_of, state_of
from workflows.policy import intentions

MOMENTS = st.integers(min_value=0, max_value=6)
NAMES = st.sampled_from(["甲", "乙", "丙"])
ROWS = st.tuples(
    st.sampled_from([("prov", "P-1", None), ("city", "C-9", None), ("city", "C-9", "HNK-2026-000002")]),
    MOMENTS,  # row_at
    MOMENTS,  # since
    st.sampled_from(["row", "left", "parted"]),
    NAMES,
    st.sampled_from(["lead", "approved", "construction"]),
)


BEGUN, SPENT = {"at": day(2).isoformat(), "fact": "f"}, {"on": "civil", "amount_cny": "3"}


def _lent(origin: str, name: str, **thing: Any) -> dict[str, Any]:
    """A thing that was done for a joined project; without one it is taken back."""
    return {"origin": origin, "owner": origin, "name": name, "thing": thing}


FACTS: tuple[tuple[type[EventData], dict[str, Any]], ...] = (
    (says.LoadPlanned, {"load": [{"year": 2027, "capacity_kva": "3000"}]}),
    (says.LoadPlanned, {"load": [{"year": 2028, "capacity_kva": "9"}], "expected_energise_on": "2027-01-01"}),
    (says.SubstationProposed, {"substation": "A"}),
    (says.SubstationProposed, {"substation": "B", "enough": True}),
    (says.WorksScheduled, {"stage": "civil", "starts_on": "2026-02-01", "ends_on": "2026-02-09"}),
    (says.WorksScheduled, {"stage": "civil", "starts_on": "2026-03-01", "ends_on": "2026-03-09"}),
    (says.WorksStarted, {"stage": "civil", "before_application": True}),
    (says.WorksStarted, {"stage": "civil", "before_application": False}),
    (says.WorksFinished, {"stage": "civil"}),
    (says.SpendingRecorded, {"amount_cny": "10", "on": "civil", "total_cny": "10"}),
    (says.TemporarySupplyArranged, {"capacity_kva": "315", "from_on": "2026-02-01"}),
    (says.TemporarySupplyArranged, {"capacity_kva": "630", "from_on": "2026-03-01"}),
    (says.RelocationReported, {"line": "L1", "state": "agreed"}),
    (says.RelocationReported, {"line": "L1", "state": "done"}),
    (says.RelocationReported, {"line": "L2", "state": "needed"}),
    (says.ProjectVisited, {"by": "km01", "purpose": "load"}),
    (says.ProjectVisited, {"by": "km01", "purpose": "site", "remote": True}),
    (sharing.ProgressShared, _lent("HNK-2026-000005", "works:civil", stage="civil", works={"begun": BEGUN})),
    (sharing.ProgressShared, _lent("HNK-2026-000005", "spending:civil", spending=SPENT)),
    (sharing.ProgressShared, _lent("HNK-2026-000006", "spending:civil", spending=SPENT)),
    (sharing.ProgressShared, _lent("HNK-2026-000005", "spending:civil")),
    (says.RowsParted, {"origin": "HNK-2026-000005"}),
    (says.MilestoneReached, {"milestone": "site_ready"}),
    (says.ApplicationLinked, {"number": "HN-2026-000007", "by": "number"}),
    (says.ApplicationLinked, {"number": "HN-2026-000007", "by": "person"}),
    (says.ApplicationUnlinked, {"number": "HN-2026-000007"}),
    (says.ApplicationProgressed, {"number": "HN-2026-000007", "state": "accepted"}),
    (says.ProjectJoined, {"into": "HNK-2026-000002", "decided_by": "km01"}),
    (says.ProjectJoined, {"into": "HNK-2026-000003", "decided_by": "km01"}),
    (says.ProjectParted, {"parted_from": "HNK-2026-000002", "decided_by": "km01"}),
    (says.MatchDismissed, {"other": "HNK-2026-000004", "decided_by": "km01"}),
)


@given(st.lists(st.tuples(st.sampled_from(FACTS), MOMENTS), max_size=10), st.randoms(use_true_random=False))
def test_what_staff_tell_makes_the_same_record_in_any_order(told: list[Any], random: Any) -> None:
    project = Project().opened(0)
    for (kind, data), at in told:
        project.say(at, kind.model_validate(data))
    later = list(range(1, len(project.drafts)))
    random.shuffle(later)
    assert row_of(project.events()) == row_of(project.events([0, *later]))


@given(st.lists(ROWS, max_size=8))
def test_the_page_says_of_each_field_what_the_project_lives_by(things: list[Any]) -> None:
    project = _told(Project().opened(0), things)
    state = state_of(project)
    standing = intentions.records(state.told, state.parted_rows)
    assert shown(project) == intentions.values(standing)
    differing = {name: tuple(one.value for one in those) for name, those in rows.conflicts(state).items()}
    assert differing == intentions.conflicts(standing)


def _told(project: Project, things: Sequence[Any]) -> Project:
    for (feed, record, origin), row_at, since, what, name, stage in things:
        told: dict[str, Any] = {"feed": feed, "origin": origin}
        if what == "row":
            project.row(row_at, since=since, record=record, project_name=name, stage=stage, **told)
        elif what == "left":
            left = says.IntentionLeftFeed(record=record, row_at=day(row_at), **told)
            project.say(since, left)
        elif origin:
            project.say(since, says.RowsParted(origin=origin))
    return project


@given(st.lists(ROWS, max_size=8), st.randoms(use_true_random=False))
def test_rows_make_the_same_record_in_any_order(things: list[Any], random: Any) -> None:
    project = _told(Project().opened(0), things)
    later = list(range(1, len(project.drafts)))
    random.shuffle(later)
    one, other = row_of(project.events()), row_of(project.events([0, *later]))
    assert one == other


@given(st.lists(ROWS, max_size=8), st.integers(min_value=1, max_value=4))
def test_the_size_of_a_batch_makes_no_difference(things: list[Any], batch: int) -> None:
    events = logged(_told(Project().opened(0), things).works("civil", 3, 9).turned(4, "red", -3).events())
    for projection in (Prestart(), PrestartStory()):
        assert folded(projection, events, batch) == folded(projection, events)


@given(st.lists(ROWS, max_size=8))
def test_only_what_may_still_count_is_kept(things: list[Any]) -> None:
    told = state_of(_told(Project().opened(0), things)).told
    for one in told:
        same = [o for o in told if (o.origin, o.feed, o.record, bool(o.row)) == _name(one) and o is not one]
        assert all(o.row_at > one.row_at or o.since > one.since or o.fact > one.fact for o in same)


def _name(one: Any) -> tuple[Any, ...]:
    return one.origin, one.feed, one.record, bool(one.row)


def test_two_thousand_rows_of_one_record_leave_one() -> None:
    project = Project().opened(0)
    for at in range(1, 2_000):
        project.row(at / 24, stage="lead" if at % 2 else "approved")
    assert len(state_of(project).told) == 1


@given(st.lists(ROWS, max_size=8))
def test_the_history_of_each_field_ends_with_what_the_record_shows(things: list[Any]) -> None:
    project = _told(Project().opened(0), things)
    holding = {
        name: [one[0] for one in every if one[3] is None] for name, every in spells_of(project).items()
    }
    record = {name: [str(value)] for name, value in shown(project).items()}
    assert {name: values for name, values in holding.items() if values} == record
