"""What the pre-start record makes of a project's stream."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue import project_events as says
from events.catalogue import project_sharing_events as sharing
from events.catalogue.base import EventData
from events.envelope import Event, read_time
from projections.prestart import matching, rows
from projections.prestart.fold import Prestart
from projections.prestart.history import histories
from projections.prestart.state import ProjectState
from projections.prestart_story.fold import PrestartStory
from projections.projection import Projection, Row
from tests.unit.projections.logs import folded, logged
from tests.unit.projections.projects import ROW, Project, day
from workflows.policy import intentions

KEY = ("HNK-2026-000001",)


def row_of(events: Sequence[Event]) -> Row:
    return folded(Prestart(), logged(events))[KEY]


def state_of(project: Project) -> ProjectState:
    return ProjectState.model_validate(row_of(project.events())["state"])


def shown(project: Project) -> dict[str, Any]:
    return {name: one.value for name, one in rows.values(state_of(project)).items()}


def test_the_first_row_opens_the_record_with_its_team() -> None:
    row = row_of(Project().opened().events())
    assert (row["profile"], row["region"], row["stage"]) == ("hainan", "460100", "approved")
    assert (row["name"], row["expected_on"]) == (ROW["project_name"], "2026-06-30")
    assert (row["manager_id"], row["conflicts"], row["gone"]) == ("km01", [], False)
    assert row["largest_kva"] == "5000"
    assert row["told_at"] == day(0).isoformat()


def test_an_older_row_that_comes_later_overwrites_nothing() -> None:
    project = Project().opened(5, stage="permitted").row(2, since=9, stage="lead", region="460200")
    row = row_of(project.events())
    assert (row["region"], row["told_at"]) == ("460100", day(5).isoformat())
    assert shown(project)["stage"] == "permitted"


def test_the_stage_is_what_the_project_said_last() -> None:
    project = Project().opened(5).row(9, stage="permitted")
    assert row_of(project.events())["stage"] == "approved"
    project.say(9, says.StageReached(stage="permitted", before="approved"))
    assert row_of(project.events())["stage"] == "permitted"
    project.say(20, says.StageReached(stage="cancelled", before="permitted"))  # a person's word
    assert row_of(project.events())["stage"] == "cancelled"


def test_of_a_field_the_newest_row_that_says_it_counts_and_a_row_is_always_whole() -> None:
    project = Project().opened(1, temporary_kva="315").row(3, feed="city", record="C-9", temporary_kva=None)
    assert str(shown(project)["temporary_kva"]) == "315"
    project.row(4, temporary_kva=None)  # the province does not say it any more
    assert "temporary_kva" not in shown(project)


def test_where_two_feeds_differ_both_are_shown() -> None:
    project = Project().opened(1).row(3, feed="city", record="C-9", expected_energise_on="2026-09-30")
    differing = rows.conflicts(state_of(project))
    assert list(differing) == ["expected_energise_on"]
    assert [(one.feed, str(one.value)) for one in differing["expected_energise_on"]] == [
        ("city", "2026-09-30"),
        ("prov", "2026-06-30"),
    ]
    row = row_of(project.events())
    assert (row["conflicts"], row["expected_on"]) == (["expected_energise_on"], "2026-09-30")
    (again,) = rows.conflicts(state_of(project.row(4))).values()
    assert [one.feed for one in again] == ["prov", "city"], "told anew, the province stands by it"
    assert row_of(project.events())["expected_on"] == "2026-06-30"


def test_what_has_left_its_feed_is_marked_and_kept_and_counts_only_alone() -> None:
    project = Project().opened(1).left(6)
    row = row_of(project.events())
    assert (row["gone"], row["name"], row["stage"]) == (True, ROW["project_name"], "approved")
    project.row(2, feed="city", record="C-9", stage="lead", project_name="另一名称", industry=None)
    row = row_of(project.events())
    assert (row["gone"], row["name"], row["conflicts"]) == (False, "另一名称", [])
    assert shown(project)["stage"] == "lead"
    assert rows.values(state_of(project))["industry"].gone, "nobody else says it"
    row = row_of(project.row(8).events())
    assert shown(project)["stage"] == "approved", "a newer row is there again"
    assert row["conflicts"] == ["project_name", "stage"]


def test_what_was_agreed_with_the_customer_goes_before_every_feed() -> None:
    load = ({"year": 2027, "capacity_kva": "3000"},)
    agreed = says.LoadPlanned.model_validate({"load": load, "expected_energise_on": "2026-08-01"})
    project = Project().opened(1).say(2, agreed).row(9, expected_energise_on="2026-12-31")
    assert row_of(project.events())["expected_on"] == "2026-08-01"
    found = rows.values(state_of(project))["load"]
    assert (found.feed, [one.year for one in found.value]) == (None, [2027])


def test_a_light_is_kept_with_its_reckoning() -> None:
    project = Project().opened().works("design", 0, 15).turned(1, "green", 40).turned(20, "yellow", 20)
    row = row_of(project.events())
    assert (row["light"], row["light_since"]) == ("yellow", "2026-01-25")
    assert row["state"]["light"]["reckoning"]["slack_days"] == 20
    assert row["works"]["design"]["scheduled"]["ends_on"] == "2026-01-20", "what the light of a day hangs on"
    row = row_of(project.say(30, says.LightTurned(before="yellow", on=day(30).date())).events())
    assert row["light"] is None


def test_works_are_kept_planned_and_real() -> None:
    project = Project().opened().works("design", 10, 25).works("design", 12, 30, at=2)
    project.say(12, says.WorksStarted(stage="design", before_application=True))
    project.say(29, says.WorksFinished(stage="design"))
    works = state_of(project).works["design"]
    assert works.done
    assert works.scheduled
    assert works.started
    assert works.finished
    assert str(works.scheduled.ends_on) == "2026-02-04"
    assert (works.started.at, works.finished.at, works.before_application) == (day(12), day(29), True)


def test_works_taken_up_again_are_not_done_and_began_at_their_first_start() -> None:
    project = Project().opened().say(29, says.WorksFinished(stage="civil"))
    project.say(40, says.WorksStarted(stage="civil", before_application=False))
    project.say(12, says.WorksStarted(stage="civil", before_application=True))
    works = state_of(project).works["civil"]
    assert works.begun
    assert (works.done, works.begun.at, works.before_application) == (False, day(12), True)


def test_a_linked_application_is_kept_with_what_it_saved() -> None:
    number = "HN-2026-000007"
    project = Project().opened().say(40, says.ApplicationLinked(number=number, by="organisation"))
    project.say(41, says.ApplicationProgressed(number=number, state="accepted"))
    saved = {"days": 30, "works_started_on": "2026-01-10", "accepted_on": "2026-02-09"}
    project.say(41, says.LeadTimeSaved.model_validate({"number": number, **saved}))
    link = state_of(project).applications[number]
    assert link.holds
    assert link.saved
    assert (link.by, link.saved.days, link.states) == ("organisation", 30, {"accepted": day(41)})
    assert not state_of(project.say(50, says.ApplicationUnlinked(number=number))).applications[number].holds


def test_a_cancelled_project_keeps_what_was_spent_and_may_be_revived() -> None:
    project = Project().opened().say(3, _spent("120000.50", "design", "120000.50"))
    project.say(4, _spent("30000", "civil", "150000.50"))
    project.say(9, says.ProjectEnded.model_validate({"ending": "cancelled", "spent_cny": "150000.50"}))
    row = row_of(project.events())
    assert (row["ended"], row["state"]["ended"]["spent_cny"]) == ("cancelled", "150000.50")
    assert str(state_of(project).spent_cny) == "150000.50"
    assert row_of(project.say(12, says.ProjectRevived(stage="approved")).events())["ended"] is None


def test_a_joined_project_goes_on_under_another_until_it_is_parted() -> None:
    project = Project().opened().say(3, says.ProjectJoined(into="HNK-2026-000002", decided_by="km01"))
    project.say(2, says.ProjectParted(parted_from="HNK-2026-000009", decided_by="km01"))  # told late
    assert row_of(project.events())["joined_into"] == "HNK-2026-000002"
    row = row_of(
        project.say(5, says.ProjectParted(parted_from="HNK-2026-000002", decided_by="km01")).events()
    )
    assert (row["joined_into"], row["state"]["joins"], row["state"]["partings"]) == (None, 1, 2)


def test_joining_and_parting_undo_each_other() -> None:
    other = "HNK-2026-000002"
    shared: dict[str, Any] = {"feed": "city", "record": "C-9", "origin": other, "project_name": "另一名称"}
    alone = shown(Project().opened())
    project = Project().opened().row(3, since=10, **shared)
    assert shown(project)["project_name"] == "另一名称"
    project.say(12, says.RowsParted(origin=other))
    assert shown(project) == alone
    project.row(2, since=11, **shared)  # told before the parting, however late it comes
    assert shown(project) == alone
    project.row(3, since=13, **shared)
    assert shown(project)["project_name"] == "另一名称"
    project.say(14, says.RowsParted(origin=other, feed="city", record="another"))
    assert shown(project)["project_name"] == "另一名称", "one row alone was taken back, another one"
    project.say(15, says.RowsParted(origin=other, feed="city", record="C-9"))
    assert shown(project) == alone


@pytest.mark.parametrize("projection", [Prestart(), PrestartStory()], ids=lambda one: one.name)
def test_open_pages_are_told_which_projects_moved(projection: Projection) -> None:
    events = Project().opened().works("design", 3, 9).events()
    told = projection.announces(projection.fold({}, logged(events)))
    [notice] = told
    assert notice == {"profile": "hainan", "number": KEY[0], "sequence": len(events), "projects": True}


# ---- any order

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


# ---- candidates


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"org_code": "91460000ma5t000001"}, {"organisation": "别的名称", "site": None}),
        (
            {"org_code": None, "organisation": "海南某某冷链（集团）有限公司", "site": "综保区７号地"},
            {"org_code": None, "organisation": "海南某某冷链集团", "site": "综保区 7 号地。"},
        ),
        (
            {"org_code": None, "organisation": "Hainan Cold Chain Co., Ltd.", "site": "Lot 7"},
            {"org_code": "X1", "organisation": "HAINAN COLD CHAIN", "site": "lot 7"},
        ),
    ],
)
def test_the_same_organisation_and_place_make_a_match(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert _keys(**one) & _keys(**other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"region": "460200", "site": "另一地"}),
        ({"org_code": None}, {"org_code": None, "organisation": "海南另一冷链有限公司"}),
        ({"org_code": None, "site": None}, {"org_code": None, "site": None}),
    ],
)
def test_what_is_elsewhere_or_somebody_elses_makes_none(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not _keys(**one) & _keys(**other)


def test_a_name_that_is_nothing_but_a_form_stays() -> None:
    assert matching.organisation("有限公司") == "有限公司"


def _keys(**row: Any) -> set[str]:
    return set(row_of(Project().opened(0, **row).events())["match_keys"])


def _spent(amount: str, on: str, total: str) -> says.SpendingRecorded:
    return says.SpendingRecorded.model_validate({"amount_cny": amount, "on": on, "total_cny": total})


# ---- history


def spells_of(project: Project) -> dict[str, list[tuple[Any, ...]]]:
    """Each field's spells, the oldest first: value, feed, day it began at the feed, day it was over."""
    entries = folded(PrestartStory(), logged(project.events())).values()
    read = [{**one, "at": read_time(one["at"])} for one in entries]
    return {
        name: [(str(one.said.value), one.said.feed, one.said.row_at, one.until) for one in reversed(every)]
        for name, every in histories(read).items()
    }


def test_every_value_is_kept_with_its_source_and_until_when_it_held() -> None:
    project = Project().opened(1).row(9, stage="permitted").row(4, since=10, stage="land_granted")
    project.row(6, feed="city", record="C-9", stage="permitted")
    assert spells_of(project)["stage"] == [
        ("approved", "prov", day(1), day(4)),
        ("land_granted", "prov", day(4), day(6)),
        ("permitted", "city", day(6), None),
    ]
    assert spells_of(project)["region"] == [("460100", "prov", day(1), None)]


def test_what_is_said_no_more_is_over_and_what_the_customer_agreed_to_holds() -> None:
    agreed = says.LoadPlanned.model_validate(
        {"load": [{"year": 2027, "capacity_kva": "3000"}], "expected_energise_on": "2026-08-01"}
    )
    project = Project().opened(1).row(3, temporary_kva="315").row(5, expected_energise_on="2026-10-01")
    found = spells_of(project.say(4, agreed))
    assert found["temporary_kva"] == [("315", "prov", day(3), day(5))]
    assert found["expected_energise_on"] == [
        ("2026-06-30", "prov", day(1), day(4)),
        ("2026-08-01", None, day(4), None),
    ]


@given(st.lists(ROWS, max_size=8))
def test_the_history_of_each_field_ends_with_what_the_record_shows(things: list[Any]) -> None:
    project = _told(Project().opened(0), things)
    holding = {
        name: [one[0] for one in every if one[3] is None] for name, every in spells_of(project).items()
    }
    record = {name: [str(value)] for name, value in shown(project).items()}
    assert {name: values for name, values in holding.items() if values} == record
