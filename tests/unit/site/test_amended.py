"""A change of policy on an application's page: whose due date it moves, and to which day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from events.catalogue import connection_facts as facts
from events.catalogue.connection_past import PolicyAmendedV1
from events.catalogue.duty_events import PolicyAmended
from events.envelope import Event, Head
from projections.api.names import Names
from projections.api.personal import Opened
from projections.api.timeline import timeline
from projections.progress.fold import Progress
from projections.projection import Row
from projections.site.texts.tables import TABLES
from projections.site.timeline_words import told
from projections.site.words import Words
from tests.unit.projections.logs import drain, events_of, folded, head_of, logged
from tests.unit.projections.stories import amended, important
from tests.unit.workflows.telling import NUMBER, Story, day, policy

AT = datetime(2026, 9, 1, tzinfo=UTC)
OFF = date(2026, 6, 17)
"""A day off while a permit and an opinion are awaited."""


def duties_of(row: Row) -> dict[str, Row]:
    return {one["duty"]: one for one in row["state"]["duties"] if not one.get("done_at")}


def words(language: str) -> Words:
    return Words(language, TABLES[language], "Asia/Shanghai", AT)


def sentence(language: str, event: str, data: dict[str, object]) -> str:
    """What the timeline says of an event."""
    entry = {"sequence": 1, "at": AT, "type": event, "hash": "0", "retracted": False, "data": data}
    (shown,) = timeline([entry], Names(policy()), "hv3", Opened({}))
    return told(shown, words(language)).text


CHANGED: dict[str, object] = {
    "changed": "calendar",
    "from_version": "a",
    "to_version": "b",
    "note": "台风",
    "due_before": "2026-06-16T15:59:59Z",
    "due_after": "2026-06-17T15:59:59Z",
}
PERMIT: dict[str, object] = {
    "duty": "permit",
    "ref": "road-1",
    "name": {"zh": "行政许可", "en": "Permit"},
    "due_before": "2026-06-25T15:59:59Z",
    "due_after": "2026-06-26T15:59:59Z",
}
ANSWER = {**PERMIT, "duty": "boundary", "ref": "-", "name": {"zh": "确认界面", "en": "Confirmation"}}


def test_the_timeline_says_whose_dates_were_moved_from_when_to_when() -> None:
    stays = {**ANSWER, "due_after": ANSWER["due_before"]}
    data = {**CHANGED, "duties": [PERMIT, ANSWER, stays]}
    assert sentence("zh", PolicyAmended.type, data) == (
        "放假安排变更：台风；本环节到期日由 6 月 16 日 星期二 改为 6 月 17 日 星期三"
        "；“行政许可 road-1”由 6 月 25 日 星期四 改为 6 月 26 日 星期五"
        "；“确认界面”由 6 月 25 日 星期四 改为 6 月 26 日 星期五"
    )
    assert sentence("en", PolicyAmended.type, data) == (
        "Calendar changed: 台风; the step is due on Wednesday 17 June, not on Tuesday 16 June"
        "; “Permit road-1” is due on Friday 26 June, not on Thursday 25 June"
        "; “Confirmation” is due on Friday 26 June, not on Thursday 25 June"
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_the_first_version_did_not_know_is_not_told(language: str) -> None:
    newest = sentence(language, PolicyAmended.type, {**CHANGED, "duties": []})
    assert sentence(language, PolicyAmendedV1.type, CHANGED) == newest


def test_the_page_shows_the_date_by_which_a_duty_is_due_now() -> None:
    story = Story(important().told)
    before = duties_of(folded(Progress(), logged(events_of(story)))[NUMBER,])
    after = duties_of(folded(Progress(), logged(events_of(amended(story, 14.5, OFF))))[NUMBER,])
    assert set(before) == set(after) >= {"permit", "mid_inspection"}
    for name in ("permit", "mid_inspection"):
        assert after[name]["due_at"] > before[name]["due_at"]


def test_a_lateness_that_is_taken_back_is_none_on_the_page() -> None:
    story = Story(important().told)
    was = duties_of(folded(Progress(), logged(events_of(story)))[NUMBER,])["mid_inspection"]["due_at"]
    just_late = (datetime.fromisoformat(was) - day(0)) / timedelta(days=1) + 0.1
    file = story.open_file(day(14))
    for fact in story.later:
        file.take(fact, day(14))
    file.judge(day(just_late))
    events = drain(file, NUMBER, Head())
    row = folded(Progress(), logged(events))[NUMBER,]
    assert (row["duties_late"], bool(duties_of(row)["mid_inspection"].get("late_by"))) == (1, True)
    file.take(amended(story, just_late, OFF).told[-1], day(just_late))
    events += drain(file, NUMBER, head_of(events))
    row = folded(Progress(), logged(events))[NUMBER,]
    assert (row["duties_late"], duties_of(row)["mid_inspection"].get("late_by")) == (0, None)
    assert duties_of(row)["mid_inspection"]["due_at"] > was


def test_dates_are_as_before_where_the_case_had_ended_before_the_change() -> None:
    story = Story(important().told)
    dates = {one["duty"]: one["due_at"] for one in _all(events_of(Story(story.told)))}
    story = amended(story, 14.5, OFF).tell(14.2, facts.Withdrawn)
    assert {one["duty"]: one["due_at"] for one in _all(events_of(story))} == dates


def _all(events: list[Event]) -> list[Row]:
    found: list[Row] = folded(Progress(), logged(events))[NUMBER,]["state"]["duties"]
    return found
