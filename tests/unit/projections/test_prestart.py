"""What the pre-start record makes of a project's stream."""

from collections.abc import Sequence
from typing import Any

import pytest

from events.catalogue import project_events as says
from events.envelope import Event, read_time
from projections.prestart import rows
from projections.prestart.fold import Prestart
from projections.prestart.history import histories
from projections.prestart.state import ProjectState
from projections.prestart_story.fold import PrestartStory
from projections.projection import Projection, Row
from tests.unit.projections.logs import folded, logged
from tests.unit.projections.projects import ROW, Project, day

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


def _spent(amount: str, on: str, total: str) -> says.SpendingRecorded:
    return says.SpendingRecorded.model_validate({"amount_cny": amount, "on": on, "total_cny": total})


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
