"""Old versions are read as the newest, and a catalogue that contradicts itself does not start."""

from typing import Any

import pytest

from events.canonical import canonical
from events.catalogue.connection_events import ReceiptIssued
from events.catalogue.connection_past import PolicyAmendedV1, ReceiptIssuedV1
from events.catalogue.duty_events import PolicyAmended
from events.catalogue.registry import EVENT_MODELS, PAST_EVENT_MODELS, PAST_FACT_MODELS
from events.catalogue.samples import event_lines
from events.envelope import Event, recompute_hash
from events.upcasting import EVENT_STEPS, FACT_STEPS, CatalogueError, Upcaster, Upcasters, read_data, upcast


def step(source: str, target: str) -> Upcaster:
    def change(data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "went": [*data.get("went", []), target]}

    return Upcaster(source, target, change)


def test_the_oldest_version_passes_every_step_to_the_newest() -> None:
    chain = Upcasters([step("a.v2", "a.v3"), step("a.v1", "a.v2")], current={"a.v3"}, past={"a.v1", "a.v2"})
    first = {"x": 1}
    assert chain.upcast("a.v1", first) == ("a.v3", {"x": 1, "went": ["a.v2", "a.v3"]})
    assert chain.upcast("a.v2", first) == ("a.v3", {"x": 1, "went": ["a.v3"]})
    assert chain.upcast("a.v3", first) == ("a.v3", first)
    assert chain.upcast("b.v1", first) == ("b.v1", first)
    assert first == {"x": 1}


@pytest.mark.parametrize(
    ("steps", "current", "past", "told"),
    [
        ([("a.v1", "a.v2")], {"a.v3"}, {"a.v1", "a.v2"}, "No upcaster leads on from a.v2"),
        ([], {"a.v2"}, {"a.v1"}, "No upcaster leads on from a.v1"),
        ([("a.v1", "a.v2"), ("a.v2", "a.v1")], {"a.v3"}, {"a.v1", "a.v2"}, "turn in a circle"),
        ([("a.v1", "a.v1")], {"a.v2"}, {"a.v1"}, "turn in a circle"),
        ([("a.v1", "a.v9")], {"a.v2"}, {"a.v1"}, "leads to a.v9"),
        ([("b.v1", "a.v2"), ("a.v1", "a.v2")], {"a.v2"}, {"a.v1"}, "starts from b.v1"),
        ([("a.v2", "a.v1")], {"a.v2"}, {"a.v1"}, "starts from a.v2"),
        ([("a.v1", "a.v2"), ("a.v1", "a.v2")], {"a.v2"}, {"a.v1"}, "Two upcasters start from a.v1"),
        ([("a.v1", "a.v3")], {"a.v3"}, {"a.v1"}, "a.v2 is missing"),
        ([], {"a.v2"}, set(), "a.v1 is missing"),
        ([], {"a.v1"}, {"a.v1"}, "Both current and past"),
    ],
)
def test_holes_circles_and_unknown_types_stop_the_start(
    steps: list[tuple[str, str]], current: set[str], past: set[str], told: str
) -> None:
    with pytest.raises(CatalogueError, match=told):
        Upcasters([step(*one) for one in steps], current=current, past=past)


def test_the_catalogue_of_today_has_a_past_that_is_whole() -> None:
    assert {one.source for one in EVENT_STEPS} == set(PAST_EVENT_MODELS)
    assert {one.source for one in FACT_STEPS} == set(PAST_FACT_MODELS)
    for name in PAST_EVENT_MODELS:
        assert upcast(name, {})[0] in EVENT_MODELS


@pytest.mark.parametrize("line", event_lines(ReceiptIssuedV1))
def test_a_receipt_of_the_first_version_is_read_as_one_of_the_second(line: bytes) -> None:
    event = Event.model_validate_json(line)
    read = read_data(event.type, event.data)
    assert isinstance(read, ReceiptIssued)
    # What the first version did not know stays unknown; what it knew stays as it was.
    assert read.as_data() == event.data
    for name in ("channel", "elapsed_gross_days", "elapsed_net_days", "documents_have", "boundary"):
        assert getattr(read, name) is None


@pytest.mark.parametrize("line", event_lines(PolicyAmendedV1))
def test_a_change_of_policy_of_the_first_version_says_nothing_of_duties(line: bytes) -> None:
    event = Event.model_validate_json(line)
    read = read_data(event.type, event.data)
    assert isinstance(read, PolicyAmended)
    assert (read.as_data(), read.duties) == (event.data, None)


def test_hashes_are_over_what_was_written_not_over_what_is_read() -> None:
    line = event_lines(ReceiptIssuedV1)[0]
    event = Event.model_validate_json(line)
    body = event.as_json()
    assert canonical(body) == line
    assert recompute_hash(body) == event.hash
    newest, data = upcast(event.type, event.data)
    assert recompute_hash({**body, "type": newest, "data": data}) != event.hash


def test_a_type_of_a_later_release_is_left_alone() -> None:
    assert read_data("mingdian.connection.receipt_issued.v99", {"anything": 1}) is None
