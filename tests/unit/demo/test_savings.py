"""The comparison of the measures with what was before: two tellings of the same year."""

import pytest

from deploy.demo.savings import lived, savings
from deploy.demo.told import Told
from deploy.demo.year import applicants, tell
from events.catalogue import connection_facts as facts
from events.catalogue.traits import Kind
from events.errors import MingdianError
from tests.unit.demo.world import policy
from tests.unit.workflows.telling import START
from workflows.policy import regimes

COUNT = 60


def test_the_measures_save_steps_documents_and_days() -> None:
    found = {one.kind: one for one in savings(policy(), count=COUNT).classes}
    assert set(found) == set(Kind)
    high = found[Kind.HIGH_VOLTAGE]
    assert (high.steps_before, high.steps_now) == (6, 3)
    assert all(
        (one.steps_before, one.steps_now) == (3, 2) for kind, one in found.items() if kind != high.kind
    )
    assert high.documents_before > high.documents_now
    assert all(one.days_before > one.days_now for one in found.values())
    assert sum(one.cases for one in found.values()) == COUNT


def test_the_same_policy_gives_the_same_figures() -> None:
    assert savings(policy(), count=10) == savings(policy(), count=10)


def test_the_customers_are_the_same_under_all_tables() -> None:
    for who in applicants(policy(), 3, START, 12):
        now, before = tell(policy(), who), tell(regimes.before(policy()), who)
        assert now[0].at == before[0].at
        traits = set(type(who.traits).model_fields)
        assert now[0].fact.model_dump(include=traits) == before[0].fact.model_dump(include=traits)


def test_a_telling_that_its_tables_can_not_take_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    who = next(applicants(policy(), 3, START, 12))
    story = tell(policy(), who)
    stray = Told(story[0].at, facts.PlanConfirmed(plan_no="P-nobody-replied"))
    monkeypatch.setattr("deploy.demo.savings.tell", lambda *_: [*story, stray])
    with pytest.raises(MingdianError, match="finds no place"):
        lived(policy(), who)
