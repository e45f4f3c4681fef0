"""A light is that of the day on which it is read: what the run says at midnight, the page says by itself."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue import project_change_facts as changes
from events.catalogue.project_change_events import PolicyAmended
from events.catalogue.project_events import ProjectJoined
from projections.api import prestart, prestart_list
from projections.api.prestart_csv import records, table
from projections.api.prestart_lights import light_now, of_state
from projections.api.prestart_record import record
from projections.api.prestart_views import ProjectsView, ProjectView
from projections.api.views import Freshness
from projections.prestart.fold import Prestart
from projections.prestart.state import ProjectState
from projections.projection import Row
from tests.unit.projections.logs import folded, logged
from tests.unit.projections.projects import Project
from tests.unit.projections.test_prestart_projects import row_of
from tests.unit.workflows.projecting import day, fact, heard, row
from tests.unit.workflows.telling import policy
from tests.unit.workflows.test_project_properties import anything, rows
from workflows.messages import FactMessage
from workflows.policy.project_slice import resliced

POLICY = policy("hainan")
LEFT = 105
EXPECTED = (date(2026, 3, 2) + timedelta(days=LEFT)).isoformat()
MIDNIGHTS = datetime(2026, 3, 7, 16, tzinfo=UTC), datetime(2026, 4, 6, 16, tzinfo=UTC)
"""Midnights of the province at which a project without works turns yellow, and red."""


def at(now: datetime) -> Freshness:
    """Read at a moment."""
    return Freshness(position=1, newest_event_at=None, read_at=now)


def stored() -> Row:
    """The row of a project that its run has called green, and of which nothing was heard since."""
    return row_of(heard([row(0, id="r", expected_energise_on=EXPECTED)], now=day(0)))


def list_at(now: datetime, *found: Row, **asked: str) -> ProjectsView:
    """The list, read at a moment."""
    return prestart_list.listing(POLICY, at(now), found=[_read(one) for one in found], asked=asked, most=None)


def page_at(now: datetime, found: Row) -> ProjectView:
    return prestart.project(POLICY, found, [], at(now))


def _read(row: Row) -> Row:
    """A row as the database gives it: dates as dates."""
    moments = {name: datetime.fromisoformat(row[name]) for name in ("opened_at", "told_at", "last_event_at")}
    names = ("light_since", "expected_on", "tables_on")
    days = {name: row[name] and date.fromisoformat(row[name]) for name in names}
    return {**row, **moments, **days}


@pytest.mark.parametrize(
    ("now", "light", "since", "slack"),
    [
        (day(0), "green", "2026-03-02", 35),
        (MIDNIGHTS[0] - timedelta(seconds=1), "green", "2026-03-02", 30),
        (MIDNIGHTS[0], "yellow", "2026-03-08", 29),
        (MIDNIGHTS[1] - timedelta(seconds=1), "yellow", "2026-03-08", 0),
        (MIDNIGHTS[1], "red", "2026-04-07", -1),
        (day(LEFT), "red", "2026-04-07", -70),
    ],
)
def test_light_and_slack_are_of_the_local_day_on_which_they_are_read(
    now: datetime, light: str, since: str, slack: int
) -> None:
    """Nothing was heard since the project was opened; its run has not said that the light turned."""
    found = stored()
    assert (found["light"], found["light_since"]) == ("green", "2026-03-02")
    [listed] = list_at(now, found).projects
    assert (listed.light, str(listed.light_since), listed.slack_days) == (light, since, slack)
    shown = page_at(now, found).light
    assert shown is not None
    assert (shown.light, str(shown.since), shown.slack_days) == (light, since, slack)
    assert (shown.left_days or 0) - (shown.needed_days or 0) == slack
    state = ProjectState.model_validate(found["state"])
    whole = record(POLICY, state, [], at(now), candidates=[], notes={})
    assert whole.light == shown
    assert f",{light},{since},{slack}," in table([listed])
    assert f",{light},{slack}," in records(POLICY, [state], "csv", now)
    assert f'"light_now": {{"light": "{light}"' in records(POLICY, [state], "json", now)


def test_lists_are_narrowed_counted_and_put_in_order_by_the_light_of_today() -> None:
    soon = heard([row(0, id="r", expected_energise_on=EXPECTED)], now=day(0))
    later = (date(2026, 3, 2) + timedelta(days=LEFT + 200)).isoformat()
    one, other = row_of(soon), row_of(heard([row(0, id="r", expected_energise_on=later)], now=day(0)))
    both = {**one, "number": "HNK-2026-000002"}, {**other, "number": "HNK-2026-000001"}
    before, after = list_at(day(0), *both), list_at(MIDNIGHTS[1], *both)
    assert [one.light for one in before.projects] == ["green", "green"]
    assert [(one.number[-1], one.light) for one in after.projects] == [("2", "red"), ("1", "green")]
    lights = next(one for one in after.lights if one.code == "460100")
    assert (lights.red, lights.green, lights.worst) == (1, 1, "red")
    assert [one.number[-1] for one in list_at(MIDNIGHTS[1], *both, light="red").projects] == ["2"]
    assert list_at(day(0), *both, light="red").matching == 0


def test_after_a_change_of_policy_the_light_is_by_the_tables_of_the_day_that_it_named() -> None:
    """The row of the table has a newer version from day 10 on, by which less slack is too little."""
    tight = next(one for one in POLICY.lights if one.id == "tight")
    from_then = day(10).date()
    older = tight.model_copy(update={"valid_to": from_then - timedelta(days=1)})
    newer = tight.model_copy(update={"valid_from": from_then, "below": 20})
    others = [one for one in POLICY.lights if one.id != "tight"]
    both = POLICY.model_copy(update={"lights": (*others, older, newer), "version": "b" * 64})
    file = heard([row(0, id="r", expected_energise_on=EXPECTED)], now=day(0))
    moment = day(11)
    before = prestart.project(both, row_of(file), [], at(moment)).light
    assert before is not None
    assert before.light == "yellow", "it lives by the table of the day on which it opened"
    slice_ = resliced(file.policy, both, file.start.number, moment.date())
    told = {"policy": slice_.model_dump(mode="json"), "day": moment.date(), "note": "x"}
    file.take(fact(11, changes.PolicyAmended, id="a", source=POLICY.source, **told), moment)
    found = row_of(file)
    after = prestart.project(both, found, [], at(moment)).light
    [listed] = prestart_list.listing(both, at(moment), found=[_read(found)], asked={}, most=None).projects
    assert after is not None
    assert after.light == listed.light == file.state.spoken.light == "green"


def test_what_ended_or_goes_on_under_another_has_no_light() -> None:
    told = [row(0, id="a", expected_energise_on=EXPECTED), row(1, id="b", stage="cancelled")]
    found = row_of(heard(told, now=day(1)))
    assert list_at(MIDNIGHTS[1], found).projects[0].light is None
    joined = Project().opened().say(1, ProjectJoined(into="HNK-2026-000002", decided_by="km01"))
    state = ProjectState.model_validate(
        folded(Prestart(), logged(joined.events()))[(joined.number,)]["state"]
    )
    assert light_now(POLICY, of_state(state), date(2026, 9, 1)).light is None


def test_a_project_lives_by_the_tables_of_its_opening_until_it_is_told_of_others() -> None:
    """Tables that came later are not its own; the page knows that as the run does."""
    then = date(2026, 4, 1)
    before = [one.model_copy(update={"valid_to": then - timedelta(days=1)}) for one in POLICY.lights]
    after = [
        one.model_copy(update={"valid_from": then, "below": one.below and one.below + 300})
        for one in POLICY.lights
    ]
    newer = POLICY.model_copy(update={"lights": (*before, *after)})
    project = Project().opened(expected_energise_on="2026-12-31")
    told = PolicyAmended(
        from_version="a", to_version="b", day=date(2026, 4, 15), changed=("lights",), note="台账调整"
    )

    def light() -> str | None:
        found = folded(Prestart(), logged(project.events()))[(project.number,)]
        state = ProjectState.model_validate(found["state"])
        [listed] = prestart_list.listing(
            newer, at(datetime(2026, 5, 1, tzinfo=UTC)), found=[_read(found)], asked={}, most=None
        ).projects
        shown = light_now(newer, of_state(state), date(2026, 5, 1)).light
        assert listed.light == shown
        return shown

    assert light() == "green"
    project.say(100, told)
    assert light() == "yellow"


@settings(deadline=None, max_examples=80)
@given(st.lists(rows() | anything(), max_size=8, unique_by=lambda one: one.id), st.integers(0, 500))
def test_page_and_run_never_disagree_about_a_light(told: list[FactMessage], ahead: int) -> None:
    """Whatever was told: what the page reckons for a day is what the run says when it looks that day."""
    file = heard([row(0, id="first"), *told], now=day(50))
    state = ProjectState.model_validate(row_of(file)["state"])
    now = day(50 + ahead)
    shown = light_now(POLICY, of_state(state), now.date())
    file.look(now)
    assert shown.light == file.state.spoken.light
    if shown.light is not None:
        turned = [one.draft for one in file.queue if one.draft.type.endswith("light_turned.v1")][-1].data
        assert turned["light"] == shown.light
