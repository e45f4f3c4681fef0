"""The traffic light of a project: by the table, by the works that are still to be done, by the day."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue import project_facts as facts
from events.catalogue.project_progress import Dated, Schedule, StageWorks, Works
from tests.unit.workflows.projecting import data_of, day, fact, heard, opened, row
from workflows.policy.project_slice import ProjectSlice
from workflows.policy.works import light_on, next_turn

STAGES: tuple[facts.WorksStage, ...] = ("design", "permits", "civil", "electrical", "commissioning")
TODAY = day(0).date()
POLICY = opened(row(0, id="r")).policy
MIDWEST = opened(row(0, id="r", source="/miso/large-loads", region="MN"), profile="midwest").policy


def shines(works: Works, left: int, policy: ProjectSlice = POLICY) -> tuple[str, str, int] | None:
    """Light, rule and needed days, so many days before the energising."""
    found = light_on(policy, works, TODAY + timedelta(days=left), TODAY)
    return found and (found.light, found.rule, found.reckoning.needed_days)


@pytest.mark.parametrize(
    ("left", "light"),
    [(100, "green"), (101, "green"), (99, "yellow"), (70, "yellow"), (69, "red"), (-1, "red")],
)
def test_the_table_says_how_much_slack_is_how_bright(left: int, light: str) -> None:
    found = shines({}, left)
    assert found is not None
    assert found[0] == light
    assert found[2] == 70


def test_another_profile_has_another_table() -> None:
    assert shines({}, 399, MIDWEST) == ("yellow", "short", 390)
    assert shines({}, 400, MIDWEST) == ("green", "fine", 390)


def works(started: int | None = None, finished: int | None = None, ends: int | None = None) -> StageWorks:
    """A stage, in days from today."""
    dated = [None if one is None else Dated(at=day(one), fact="f") for one in (started, finished)]
    planned = None
    if ends is not None:
        until = TODAY + timedelta(days=ends)
        planned = Schedule(at=day(0), fact="f", starts_on=min(TODAY, until), ends_on=until)
    return StageWorks(started=dated[0], begun=dated[0], finished=dated[1], scheduled=planned)


def test_what_is_done_is_needed_no_more_and_what_is_begun_less() -> None:
    assert shines({"design": works(-3, -1)}, 100) == ("green", "enough", 60)
    assert shines({"design": works(-3)}, 100) == ("green", "enough", 67)
    assert shines({"design": works(-50)}, 100) == ("green", "enough", 61), "a day at least"
    again = StageWorks(started=Dated(at=day(0), fact="g"), finished=Dated(at=day(-1), fact="f"))
    assert shines({"design": again}, 100) == ("green", "enough", 70), "taken up again"


def test_a_later_schedule_counts_and_an_earlier_one_does_not() -> None:
    assert shines({"civil": works(ends=90)}, 100) == ("yellow", "tight", 90)
    assert shines({"civil": works(ends=20)}, 100) == ("green", "enough", 70)
    done = {stage: works(-9, -1) for stage in STAGES[1:]}
    assert shines({**done, "design": works(ends=101)}, 100) == ("red", "late", 101)


def test_no_light_without_an_expected_day_or_when_all_is_done() -> None:
    assert light_on(POLICY, {}, None, TODAY) is None
    assert shines({stage: works(-9, -1) for stage in STAGES}, 5) is None


_WORKS = st.builds(
    works,
    st.none() | st.integers(-40, 40),
    st.none() | st.integers(-40, 40),
    st.none() | st.integers(-40, 400),
)


@settings(deadline=None, max_examples=150)
@given(
    st.dictionaries(st.sampled_from(STAGES), _WORKS, max_size=5),
    st.integers(-60, 500),
    st.sampled_from([POLICY, MIDWEST]),
)
def test_the_next_turn_is_the_first_day_on_which_the_light_is_another(
    stages: dict[Any, StageWorks], left: int, policy: ProjectSlice
) -> None:
    expected = TODAY + timedelta(days=left)

    def light(ahead: int) -> str | None:
        found = light_on(policy, stages, expected, TODAY + timedelta(days=ahead))
        return found.light if found else None

    turns = next_turn(policy, stages, expected, TODAY)
    first = next((ahead for ahead in range(1, 1_200) if light(ahead) != light(0)), None)
    assert turns == (None if first is None else TODAY + timedelta(days=first))


def test_time_alone_turns_the_light_at_local_midnight_and_each_turn_is_told_once() -> None:
    expected = date(2026, 3, 2) + timedelta(days=105)
    file = opened(row(0, id="r", expected_energise_on=expected.isoformat()))
    now = day(0)
    moments = []
    while (moment := file.next_look(now)) is not None:
        file.look(moment - timedelta(seconds=1))
        file.look(moment)
        file.look(moment)
        now = moment
        moments.append(moment.isoformat())
    assert moments == ["2026-03-07T16:00:00+00:00", "2026-04-06T16:00:00+00:00"]
    turns = data_of(file, "light_turned")
    assert [(one.get("before"), one["light"]) for one in turns] == [
        (None, "green"),
        ("green", "yellow"),
        ("yellow", "red"),
    ]
    assert [one["on"] for one in turns] == ["2026-03-02", "2026-03-08", "2026-04-07"]
    told = data_of(file, "light_escalated")
    team = POLICY.team
    assert [(one["light"], one["to"]["staff_id"]) for one in told] == [
        ("yellow", team.supervisor.staff_id),
        ("red", team.province.staff_id),
    ]
    assert [one.draft.causationid for one in file.queue if ".light_" in one.draft.type][1:] == [None] * 4


def test_a_light_that_turns_for_the_better_is_told_to_nobody_and_for_the_worse_again() -> None:
    def rows(at: float, days: int) -> Any:
        until = (TODAY + timedelta(days=days)).isoformat()
        return row(at, id=f"r{at}", expected_energise_on=until)

    file = heard([rows(0, 80), rows(1, 200), rows(2, 80), rows(3, 10)], now=day(3))
    assert [one["light"] for one in data_of(file, "light_turned")] == ["yellow", "green", "yellow", "red"]
    assert [one["light"] for one in data_of(file, "light_escalated")] == ["yellow", "yellow", "red"]


def test_an_ended_project_has_no_light_and_one_that_comes_back_has() -> None:
    until = (TODAY + timedelta(days=80)).isoformat()
    told = [
        row(0, id="a", expected_energise_on=until),
        row(1, id="b", stage="cancelled", expected_energise_on=until),
    ]
    file = heard(told, now=day(1))
    assert file.state.spoken.light is None
    assert file.next_look(day(1)) is None
    file.take(row(2, id="c", stage="construction", expected_energise_on=until), day(2))
    assert file.state.spoken.light == "yellow"


def test_works_that_are_done_put_the_light_out() -> None:
    until = (TODAY + timedelta(days=80)).isoformat()
    told = [row(0, id="a", expected_energise_on=until)]
    told += [fact(1, facts.WorksFinished, id=stage, stage=stage) for stage in STAGES]
    assert [one.get("light") for one in data_of(heard(told, now=day(1)), "light_turned")][-1] is None
