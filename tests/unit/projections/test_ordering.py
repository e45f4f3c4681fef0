"""Streams in any order of delivery, with repeats and holes: what is folded, what waits."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from projections.books import HOLE, UNFOLDABLE, Position, Skip
from projections.ordering import order
from projections.projection import Logged
from tests.unit.projections.logs import events_of, logged
from tests.unit.workflows.telling import factory, household

FIRST = logged(events_of(household(), "HN-2026-000001"))
SECOND = logged(events_of(factory(), "HN-2026-000002"))


def numbers(events: list[Logged], subject: str) -> list[int]:
    return [one.event.number for one in events if one.event.subject == subject]


@given(st.randoms(use_true_random=False))
def test_whatever_the_order_each_stream_is_folded_once_and_in_its_own_order(random: Random) -> None:
    events = [*FIRST, *SECOND, *FIRST[:3]]
    random.shuffle(events)
    result = order(events, {})
    assert numbers(result.fold, "HN-2026-000001") == list(range(1, len(FIRST) + 1))
    assert numbers(result.fold, "HN-2026-000002") == list(range(1, len(SECOND) + 1))
    assert sum(result.redelivered.values()) + len(result.fold) + 3 >= len(events)
    assert (result.wait, result.findings) == ([], [])


def test_what_lies_behind_a_hole_waits_and_another_stream_does_not() -> None:
    result = order([*FIRST, *SECOND[:2], *SECOND[3:]], {})
    assert len(numbers(result.fold, "HN-2026-000001")) == len(FIRST)
    assert numbers(result.fold, "HN-2026-000002") == [1, 2]
    assert {one.reason for one in result.wait} == {HOLE}
    assert result.moved["HN-2026-000002"].sequence == 2


def test_an_older_state_never_overwrites_a_newer_one() -> None:
    known = {"HN-2026-000001": Position(5, FIRST[4].event.hash)}
    result = order(FIRST[:4], known)
    assert result.fold == []
    assert result.moved == known
    assert result.redelivered["HN-2026-000001"] == 4


def test_other_content_for_the_last_place_is_a_finding() -> None:
    other = logged(events_of(factory(), "HN-2026-000001"))
    result = order(other[:1], {"HN-2026-000001": Position(1, FIRST[0].event.hash)})
    assert [code for _, code in result.findings] == ["other_content"]
    assert result.fold == []


def test_a_chain_that_does_not_fit_is_a_finding() -> None:
    result = order(FIRST[1:2], {"HN-2026-000001": Position(1, "0" * 64)})
    assert [code for _, code in result.findings] == ["chain_broken"]


def test_a_hole_given_up_is_stepped_over_once_the_event_behind_it_is_here() -> None:
    skips = {"HN-2026-000002": [Skip(3, 4)]}
    waiting = order([SECOND[0], SECOND[1], SECOND[5]], {}, skips=skips)
    assert numbers(waiting.fold, "HN-2026-000002") == [1, 2]
    gone_on = order([*SECOND[:2], *SECOND[4:], *SECOND[2:4]], {}, skips=skips)
    assert numbers(gone_on.fold, "HN-2026-000002") == [1, 2, *range(5, len(SECOND) + 1)]
    assert gone_on.redelivered["HN-2026-000002"] == 2
    assert gone_on.findings == []


def test_a_refused_event_stops_its_stream_until_a_person_steps_over_it() -> None:
    result = order([*FIRST, *SECOND], {}, refused={"HN-2026-000002": 4})
    assert numbers(result.fold, "HN-2026-000002") == [1, 2, 3]
    assert len(numbers(result.fold, "HN-2026-000001")) == len(FIRST)
    assert [one.reason for one in result.wait][:1] == [UNFOLDABLE]
    again = order([], result.moved, result.wait)
    assert again.fold == []
    on = order([], result.moved, result.wait, skips={"HN-2026-000002": [Skip(4, 4)]})
    assert numbers(on.fold, "HN-2026-000002") == list(range(5, len(SECOND) + 1))
