"""The bench's streams are what the platform's own would be: chained, proven, foldable."""

import pytest

from deploy.bench.streams import OPEN_AT_ONCE, records, stamps
from deploy.profiles.loader import load_profile
from deploy.settings import ROOT
from events.reading import read_event
from projections.ordering import order
from projections.progress.fold import Progress
from projections.projection import Logged
from tests.unit.projections.logs import RECORDED, folded


@pytest.fixture(scope="module")
def events() -> list[Logged]:
    made = records(stamps(load_profile(ROOT / "deploy/profiles/hainan")), 5_000)
    return [Logged(read_event(value), "t", 0, place, RECORDED) for place, (_, value) in enumerate(made)]


def test_every_stream_is_whole_from_its_beginning_and_its_chain_holds(events: list[Logged]) -> None:
    ordered = order(events, {})
    assert len(ordered.fold) == len(events) == 5_000
    assert (ordered.findings, ordered.wait) == ([], [])
    assert len(ordered.moved) <= OPEN_AT_ONCE + 5_000


def test_they_fold_into_applications(events: list[Logged]) -> None:
    rows = folded(Progress(), events[:500])
    assert {row["profile"] for row in rows.values()} == {"hainan"}
