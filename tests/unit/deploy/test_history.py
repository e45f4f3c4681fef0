"""A history is read as sentences, in either language, at 100 columns; ids are asked for."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from deploy.history import show
from deploy.history.moment import Moment
from deploy.history.say import Sentences
from deploy.history.texts import TEXTS
from events.catalogue import project_change_events, project_events, project_sharing_events, team_events
from events.catalogue.base import EventData, Text
from events.catalogue.connection_events import Officer
from events.catalogue.project_facts import IntentionRow, YearlyLoad
from events.catalogue.project_progress import Spending, StageWorks, Thing, Visit
from events.catalogue.registry import short_name
from tests.unit.policy.examples import hainan

AT = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
ROLE = Text(zh="人员", en="Staff")
LI = Officer(staff_id="HK-M1", name="李经理", role=ROLE, phone="1")
WANG = Officer(staff_id="HK-S1", name="王监督", role=ROLE, phone="2")
ROW: dict[str, Any] = {
    "record": "HN2026-002",
    "project_name": "海口江东数据中心",
    "region": "460100",
    "stage": "approved",
    "load": [YearlyLoad(year=2026, capacity_kva=25000)],
    "investment_cny": "230000000",
    "important_load": False,
    "place": {"longitude": 110.4, "latitude": 20},
    "expected_energise_on": "2026-10-01",
}


def recorded(days: int = 0, **changes: Any) -> EventData:
    """A row of the province, so many days later."""
    row = IntentionRow.model_validate({**ROW, **changes})
    return project_events.IntentionRecorded(feed="prov", row=row, row_at=AT + timedelta(days=days))


def logged(data: EventData, minutes: int = 0) -> Moment:
    """An event as the log has it."""
    details = {
        "sequence": minutes + 1,
        "hash": "ab" * 32,
        "topic": "mingdian.events.project",
        "partition": 3,
        "offset": 41,
        "causation": "/gov/hainan/projects|HN2026-002@2026-02-03",
        "retracted": False,
    }
    return Moment(
        at=AT + timedelta(minutes=minutes),
        lane="log",
        what=short_name(data.type),
        happened_at=AT,
        details=details,
        type=data.type,
        data=data.as_data(),
    )


def received(**changes: Any) -> Moment:
    """A fact as the inbox has it."""
    details = {
        "source": "/gov/hainan/projects",
        "id": "HN2026-002@2026-02-03",
        "outcome": "applied",
        "code": None,
        "duplicates": 0,
        **changes,
    }
    kind = "mingdian.fact.project.intention_reported.v1"
    happened = AT - timedelta(days=30)
    return Moment(at=AT, lane="fact", what=short_name(kind), happened_at=happened, details=details, type=kind)


def sentences(language: str) -> Sentences:
    """Hainan's, on that day."""
    return Sentences(hainan(), language, AT)


def lent(thing: Thing) -> project_sharing_events.ProgressShared:
    """Something that was done for a joined project."""
    joined = "HNK-2026-000002"
    return project_sharing_events.ProgressShared(origin=joined, owner=joined, name="x", thing=thing)


EVENTS: tuple[EventData, ...] = (
    project_events.ProjectOpened(feed="prov", record="P-1", region="460100"),
    recorded(),
    project_events.IntentionLeftFeed(feed="prov", record="HN2026-002", row_at=AT, origin="HNK-2026-000002"),
    project_events.StageReached(stage="construction"),
    project_events.TeamAssigned(manager=LI, engineers=(LI,), supervisor=WANG),
    project_events.WorksStarted(stage="design", before_application=True),
    project_events.SpendingRecorded(amount_cny=5, on="design", total_cny=7),
    project_events.LightTurned(light="red", on=date(2026, 3, 5)),
    project_events.LightEscalated(light="red", to=WANG),
    project_events.LeadTimeSaved(
        number="HN-1", days=3, works_started_on=date(2026, 1, 1), accepted_on=date(2026, 2, 1)
    ),
    project_events.ProjectJoined(into="HNK-2026-000003", decided_by="HK-M1"),
    project_events.ProjectParted(parted_from="HNK-2026-000003", decided_by="HK-M1"),
    project_events.RowsParted(origin="HNK-2026-000002"),
    project_events.MatchDismissed(other="HNK-2026-000009", decided_by="HK-M1"),
    project_events.ProjectEnded(ending="energised", spent_cny=1),
    lent(Thing(stage="design", works=StageWorks())),
    lent(Thing(spending=Spending(on="temporary", amount_cny=5))),
    lent(Thing(visit=Visit(at=AT, by="HK-M1", purpose="site"))),
    lent(Thing()),
    project_sharing_events.LeadEnded(lead="HNK-2026-000002", ending="cancelled"),
    project_sharing_events.LeadWentOn(lead="HNK-2026-000002"),
    team_events.StaffAbsent(staff_id="HK-M1", first=date(2026, 3, 1), hand_over=True),
    team_events.StaffAbsent(staff_id="HK-M1", first=date(2026, 3, 1), last=date(2026, 3, 9), hand_over=True),
    team_events.StaffReturned(staff_id="HK-M1", on=date(2026, 3, 9)),
    team_events.StaffLeft(staff_id="HK-M1", on=date(2026, 3, 9)),
    team_events.CasesHandedOver(
        staff_id="HK-M1", why="left", cases=2, to=(team_events.Share(staff_id="HK-M2", cases=2),)
    ),
)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("data", EVENTS, ids=lambda data: short_name(data.type))
def test_every_event_is_a_sentence_and_no_code(data: EventData, language: str) -> None:
    said = sentences(language).of(logged(data))
    assert not re.search(r"[a-z]_[a-z]|None|Decimal|\{", said), said
    if language == "zh":
        assert re.search(r"[\u4e00-\u9fff]", said.replace("李经理", "").replace("王监督", "")), said


def test_staff_are_told_what_was_spent_on_a_joined_project() -> None:
    said = sentences("en").of(logged(lent(Thing(spending=Spending(on="design", amount_cny=5)))))
    assert said == "From HNK-2026-000002, joined here: 5 yuan spent so far (Design)"


def test_an_event_that_has_no_sentence_is_named_by_the_fields_own_word() -> None:
    models = (
        *project_events.EVENTS,
        *project_change_events.EVENTS,
        *project_sharing_events.EVENTS,
        *team_events.EVENTS,
    )
    for model in models:
        bare = Moment(at=AT, lane="log", what=short_name(model.type), type=model.type, details={})
        assert re.fullmatch(r"[\u4e00-\u9fff]+", sentences("zh").of(bare)), model
        assert "_" not in sentences("en").of(bare)


def test_of_a_row_only_what_changed_is_told() -> None:
    speak = sentences("en")
    first = speak.of(logged(recorded()))
    assert first.startswith("List of key projects of the province tells of HN2026-002: ")
    assert "Investment in yuan 230" in first
    assert "Place 110.4 20" in first
    changed = speak.of(logged(recorded(5, stage="construction", investment_cny=None)))
    assert "changed HN2026-002: Stage" in changed
    assert "Investment in yuan —" in changed
    assert "海口江东数据中心" not in changed
    assert "says of HN2026-002 what it said before" in speak.of(
        logged(recorded(6, stage="construction", investment_cny=None))
    )
    assert "an older row of HN2026-002" in speak.of(logged(recorded(-5, stage="lead")))


def test_a_fact_says_who_told_what_and_what_became_of_it() -> None:
    assert sentences("zh").of(received()) == "省重点项目库：意向信息，已采纳"
    assert sentences("en").of(received(outcome="refused", code="unknown_feed", duplicates=2)) == (
        "List of key projects of the province told: intention reported; refused (unknown_feed), sent again 2×"
    )
    assert sentences("en").of(received(source=hainan().source)).startswith("The platform told")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "what",
    ["started: KeyProject", "took intention_reported", "timer set", "published up to 7", "done"],
)
def test_a_step_of_the_run_is_said_in_the_language(what: str, language: str) -> None:
    said = sentences(language).of(Moment(at=AT, lane="run", what=what, details={"until": AT.isoformat()}))
    assert said
    assert bool(re.search(r"[\u4e00-\u9fff]", said)) is (language == "zh")


def test_both_languages_have_the_same_texts() -> None:
    lanes = {key for key in TEXTS["zh"] if not key.startswith("run.")}
    assert lanes == {key for key in TEXTS["en"] if not key.startswith("run.")}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_at_a_hundred_columns_sentences_stand_first_and_ids_are_asked_for(language: str) -> None:
    moments = [received(), *(logged(data, minute) for minute, data in enumerate(EVENTS))]
    plain, full = io.StringIO(), io.StringIO()
    for ids, into in ((False, plain), (True, full)):
        show.table(moments, sentences(language), Console(file=into, width=100), ids=ids)
    assert "abab" not in plain.getvalue()
    assert "@2026-02-03" not in plain.getvalue()
    assert "HN2026-002@2026-02-03" in full.getvalue()
    assert len(plain.getvalue().splitlines()) < 2 * len(moments), "a moment is a line, rarely two"
    told = plain.getvalue()
    assert "2 月 3 日" in told or "(of 3" in told, "when it happened, where that was another day"
