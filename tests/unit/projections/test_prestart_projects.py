"""Page and project never disagree: what a project says folds to what it lives by, whatever it was told."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from events.envelope import Head, seal
from projections.prestart import rows as known
from projections.prestart.fold import Prestart
from projections.prestart.state import ProjectState
from projections.projection import Row
from tests.unit.projections.logs import folded, logged
from tests.unit.workflows.projecting import NUMBER, OTHER, day, heard, row
from tests.unit.workflows.test_project_properties import anything, joined, parted, rows
from workflows.messages import FactMessage
from workflows.policy.progress import Progress
from workflows.project_file import ProjectFile
from workflows.project_state import values_of

DECISIONS = st.sampled_from([joined(3, OTHER), joined(5, OTHER), parted(4), parted(6)])


def row_of(file: ProjectFile) -> Row:
    """What the stream of a project folds to."""
    events = seal(
        Head(),
        [one.draft for one in file.queue],
        source=file.start.source,
        subject=NUMBER,
        correlationid=NUMBER,
        policyversion=file.policy.policy_version,
    )
    return folded(Prestart(), logged(events))[(NUMBER,)]


@settings(deadline=None, max_examples=150)
@given(st.lists(rows() | anything() | DECISIONS, min_size=1, max_size=12, unique_by=lambda one: one.id))
def test_what_a_project_says_folds_to_what_it_lives_by(told: list[FactMessage]) -> None:
    file = heard([row(0, id="first"), *told], now=day(50))
    found = row_of(file)
    state, lives = ProjectState.model_validate(found["state"]), file.state
    assert _rows(known.records(state)) == _rows(lives.records)
    values = {name: one.value for name, one in known.values(state).items()}
    assert values == values_of(lives, lives.records)
    assert (found["stage"], found["light"]) == (lives.spoken.stage, lives.spoken.light)
    assert (found["ended"], found["joined_into"]) == (lives.spoken.ending, lives.into)
    assert _plain(state.whole) == _plain(lives.whole)
    assert state.spent_cny == lives.spent
    assert {n for n, one in state.applications.items() if one.holds} == {
        n for n, one in lives.applications.items() if one.linked
    }
    assert {stage: one.done for stage, one in state.works.items()} == {
        stage: one.done for stage, one in lives.works.items()
    }
    assert {n: one.saved.days for n, one in state.applications.items() if one.saved} == {
        n: one.days for n, one in lives.spoken.saved.items()
    }
    if lives.spoken.verdict is not None:
        assert state.substation is not None
        assert state.substation.substation == lives.spoken.verdict.substation


def _plain(progress: Progress) -> Any:
    """What was done, without whether somebody had applied by then: said, and nothing hangs on it."""
    told = progress.model_dump()
    for works in told["works"].values():
        del works["before_application"]
    return told


def _rows(every: list[Any]) -> list[Any]:
    """Records without the way that they came, which no event tells."""
    return [one._replace(path=()) for one in every]
