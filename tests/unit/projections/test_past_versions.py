"""A log that begins with the first version of a receipt makes the same read models as one that does not."""

from typing import Any

from events.catalogue.connection_events import ReceiptIssued
from events.catalogue.connection_past import ReceiptIssuedV1
from events.envelope import Draft, Event, Head, seal
from projections.progress.fold import Progress
from projections.projection import Row
from projections.statistics.fold import Statistics
from tests.unit.projections.logs import events_of, folded, logged
from tests.unit.workflows.telling import factory

KEY = ("HN-2026-000001",)
ADDED = set(ReceiptIssued.model_fields) - set(ReceiptIssuedV1.model_fields)


def as_first_written(events: list[Event]) -> list[Event]:
    """The same stream as the release before wrote it, sealed anew."""
    drafts = [
        Draft(
            type=ReceiptIssuedV1.type if event.type == ReceiptIssued.type else event.type,
            time=event.at,
            data=_without(event.data) if event.type == ReceiptIssued.type else event.data,
            causationid=event.causationid,
        )
        for event in events
    ]
    one = events[0]
    chain = {"source": one.source, "subject": one.subject, "policyversion": one.policyversion}
    return seal(Head(), drafts, correlationid=one.correlationid, **chain)


def _without(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in ADDED}


def test_what_the_first_version_knew_is_folded_alike_and_the_rest_is_absent() -> None:
    events = events_of(factory())
    old = as_first_written(events)
    assert any(event.type == ReceiptIssuedV1.type for event in old)
    assert folded(Statistics(), logged(old)) == folded(Statistics(), logged(events))
    new_row, old_row = (folded(Progress(), logged(one))[KEY] for one in (events, old))
    assert any(ADDED & set(receipt) for receipt in new_row["state"]["receipts"])
    assert old_row == {**new_row, "state": _older(new_row["state"])}


def _older(state: Row) -> Row:
    return {**state, "receipts": [_without(receipt) for receipt in state["receipts"]]}
