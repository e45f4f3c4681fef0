"""What a restored database learns of cases that are about a closed one."""

from datetime import UTC, datetime

from events.catalogue.base import EventData
from events.catalogue.service_events import DisputeRaised, LinkedCaseOpened
from events.catalogue.traits import Kind
from events.envelope import Draft, Event, Head, seal
from workflows.intake.recover import _Links

OLD, NEW = "HN-2026-000001", "HN-2026-000002"


def stream(number: str, *said: EventData) -> list[Event]:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    drafts = [Draft(type=one.type, time=now, data=one.as_data()) for one in said]
    return seal(
        Head(),
        drafts,
        subject=number,
        source="/mingdian/hainan",
        correlationid=number,
        policyversion="v",
    )


def test_a_linked_case_is_known_by_the_dispute_that_it_began_with() -> None:
    links = _Links()
    opened = LinkedCaseOpened(linked_to=OLD, region="460100", kind=Kind("hv"), process="dispute")
    first, second = (DisputeRaised(dispute=name, about="other") for name in ("D1", "D2"))
    for event in (*stream(NEW, opened, first, second), *stream(OLD, second)):
        links.hear(event)
    assert links.cases == {NEW: OLD}
    assert links.disputes == {NEW: "D1"}, "a dispute within an open case links nothing"
