"""Exported tables: the page's own dates, nothing personal, and no cell that a spreadsheet runs."""

import csv
import io
from datetime import datetime, timedelta

import pytest

from events.catalogue import connection_facts as facts
from projections.api import tables
from projections.api.application import view
from projections.api.exports import FigureLine, StepLine, step_lines
from projections.api.personal import Opened
from projections.api.views import Freshness, View
from projections.progress.fold import Progress
from projections.progress.state import ApplicationState
from projections.site.drawing import drawing
from projections.site.lead import lead
from projections.site.texts.tables import TABLES
from projections.site.words import Words
from tests.unit.projections.logs import events_of, folded, logged
from tests.unit.projections.stories import important
from tests.unit.workflows.telling import FACTORY, NUMBER, Story, day, policy


class Row(View):
    """A row with a bit of everything."""

    text: str | None
    number: int | float | None = None
    yes: bool = True


def state_of(story: Story) -> ApplicationState:
    row = folded(Progress(), logged(events_of(story)))[NUMBER,]
    return ApplicationState.model_validate(row["state"])


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix(tables.BOM))))


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", " =", "＝", "＋", "－", "＠"])
def test_text_that_a_spreadsheet_would_run_is_harmless(begins: str) -> None:
    _, (cell, *_) = read(tables.table(Row, [Row(text=f"{begins}HYPERLINK(1)")]))
    assert cell == f"'{begins}HYPERLINK(1)"


def test_numbers_stay_numbers_and_what_there_is_none_of_is_empty() -> None:
    rows = [Row(text='a "b", c', number=-4, yes=False), Row(text=None, number=-1.5), Row(text="用电")]
    text = tables.table(Row, rows)
    assert text.encode().startswith(b"\xef\xbb\xbf")
    assert text.count("\r\n") == 4
    assert read(text)[1:] == [['a "b", c', "-4", "false"], ["", "-1.50", "true"], ["用电", "", "true"]]


def test_a_due_date_is_the_one_of_the_page() -> None:
    state, now = state_of(important()), day(20)
    fresh = Freshness(position=1, newest_event_at=now, read_at=now)
    row = {"status": "open", "overdue": False}
    page = view(policy(), state, row=row, entries=[], opened=Opened({}), fresh=fresh)
    lines = step_lines(policy(), state, now)
    told = [(one.code, one.due_at, one.days_left, one.late) for one in lines]
    entered = [one for one in page.steps if one.entered_at is not None]
    open_duties = [one for one in page.duties if one.status == "open"]
    shown = [(one.code, one.due_at, one.days_left, one.late) for one in entered]
    shown += [(one.code, one.due_at, one.days_left, one.late) for one in open_duties]
    assert told == shown
    assert len(entered) >= 3 and open_duties


@pytest.mark.parametrize(("begun", "provisional"), [(0, False), (205, True)])
def test_a_date_in_a_year_without_published_holidays_is_provisional_in_table_and_receipt(
    begun: int, provisional: bool
) -> None:
    """Day 205 is 23 December 2026; ten working days lead into 2027."""
    story = Story().tell(begun, facts.ApplicationSubmitted, **FACTORY)
    state, now = state_of(story), day(begun) + timedelta(hours=1)
    (step,) = [one for one in step_lines(policy(), state, now) if one.done_at is None and one.what == "step"]
    assert isinstance(step.due_at, datetime)
    assert (step.due_at.year == 2027, step.provisional) == (provisional, provisional)
    fresh = Freshness(position=1, newest_event_at=now, read_at=now)
    row = {"status": "open", "overdue": False}
    page = view(policy(), state, row=row, entries=[], opened=Opened({}), fresh=fresh)
    newest = page.receipts[0]
    assert (newest.due_at, newest.provisional) == (step.due_at, provisional)
    for language, word in (("zh", "暂定"), ("en", "provisional")):
        words = Words(language, TABLES[language], policy().timezone, now)
        drawn = " ".join(node.note for node in drawing(page, words).nodes)
        assert (word in lead(page, words).first, word in drawn) == (provisional, provisional)


def test_columns_hold_nothing_personal_and_no_member_of_staff() -> None:
    assert "name_zh" in StepLine.model_fields
    for columns in (StepLine, FigureLine):
        for word in (
            "applicant",
            "phone",
            "address",
            "id_no",
            "responsible",
            "supervisor",
            "manager",
            "staff",
        ):
            assert not [name for name in columns.model_fields if word in name]
    state = state_of(important())
    rows = tables.table(StepLine, step_lines(policy(), state, day(20)))
    assert state.manager is not None
    for person in (state.manager, state.supervisor):
        assert person is not None and person.name not in rows and person.phone not in rows
