"""What is told anew, moved or taken back while facts come in any order leaves the page as in order."""

from collections.abc import Callable
from random import Random

import pytest

from events.catalogue.connection_events import Corrected, PlanConfirmed, PlanObjected
from events.envelope import Draft, Event, Head, seal
from projections.progress.fold import Progress
from tests.unit.projections.logs import drain, events_of, folded, head_of, logged
from tests.unit.projections.test_beside import KEY, shown
from tests.unit.workflows.telling import NUMBER, Story, amended_shop, day, everything
from tests.unit.workflows.test_casefile import long_story
from workflows.casefile import CaseFile

LATER = day(200)
"""When all that silence can mean has been said."""


def page_of(story: Story, random: Random | None = None) -> object:
    """The page's state; given chance, facts come in any order and silence is judged between them."""
    file, rest = story.open_file(LATER), story.later
    if random:
        random.shuffle(rest)
    events = drain(file, NUMBER, Head())
    for fact in rest:
        file.take(fact, LATER)
        events += _drained(file, events)
        if random and random.random() < 0.3:
            file.judge(LATER)
            events += _drained(file, events)
    file.judge(LATER)
    events += _drained(file, events)
    return shown(folded(Progress(), logged(events))[KEY]["state"])


def _drained(file: CaseFile, events: list[Event]) -> list[Event]:
    return drain(file, NUMBER, head_of(events)) if file.state.queue else []


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("tell", [long_story, everything, amended_shop], ids=lambda one: one.__name__)
def test_the_page_is_the_same_in_any_order(tell: Callable[[], Story], seed: int) -> None:
    random = Random(seed)  # noqa: S311 - drawn, not secret
    assert page_of(tell(), random) == page_of(tell())


def test_an_objection_and_a_confirmation_that_are_taken_back_leave_nothing() -> None:
    events = events_of(long_story(), NUMBER)
    before = folded(Progress(), logged(events))[KEY]["state"]
    assert len(before["objections"]) == 1
    assert before["plan"]["confirmed_at"]
    gone = [one.number for one in events if one.type in (PlanObjected.type, PlanConfirmed.type)]
    correction = Draft(type=Corrected.type, time=LATER, data={"sequences": gone})
    events += seal(
        head_of(events),
        [correction],
        source=events[0].source,
        subject=NUMBER,
        correlationid=NUMBER,
        policyversion=events[-1].policyversion,
    )
    after = folded(Progress(), logged(events))[KEY]["state"]
    assert after["objections"] == []
    assert "confirmed_at" not in after["plan"]
