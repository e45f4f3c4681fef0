"""No row of a read model is fed by two streams: partitions are folded in any order and by several processes,
so the last one would win."""

import pytest

from deploy.read_models import all_projections
from projections.projection import Projection
from tests.unit.projections.logs import events_of, folded, logged
from tests.unit.workflows.telling import factory, household

FIRST = logged(events_of(factory(), "HN-2026-000001"))
SECOND = logged(events_of(household(), "HN-2026-000002"))


@pytest.mark.parametrize("projection", all_projections(), ids=lambda one: one.name)
def test_a_row_has_one_writer(projection: Projection) -> None:
    first, second = folded(projection, FIRST), folded(projection, SECOND)
    assert first.keys().isdisjoint(second.keys())
    for order in ([*FIRST, *SECOND], [*SECOND, *FIRST]):
        assert folded(projection, order, batch=3) == {**first, **second}
