"""Nothing that a case hands to Temporal outgrows what that takes, to be tried for ever in silence."""

from datetime import UTC, datetime

from activities.messages import PublishRequest
from events.catalogue.base import FileRef, Paper
from events.catalogue.connection_events import DocumentsReceived
from events.envelope import Draft, Head, seal
from events.topics import CONNECTION
from workflows.outbound import BATCH

TEMPORALS_LIMIT = 2 * 1024 * 1024


def test_a_batch_of_the_largest_events_is_no_larger_than_temporal_takes() -> None:
    codes = tuple(f"{place:080}" for place in range(60))
    file = FileRef(sha256="f" * 64, size=10**12, media_type="m" * 80)
    papers = tuple(Paper(document=code, provided_by="gov_share", file=file) for code in codes)
    largest = DocumentsReceived(
        step=codes[0], documents=codes, missing=codes, papers=papers, provided_by="gov_share"
    )
    draft = Draft(type=largest.type, time=datetime.now(UTC), data=largest.as_data(), causationid="x" * 1_200)
    events = seal(
        Head(),
        [draft] * BATCH,
        source="s" * 80,
        subject="n" * 40,
        correlationid="n" * 40,
        policyversion="v" * 80,
    )
    request = PublishRequest(topic=CONNECTION, events=tuple(event.as_json() for event in events))
    assert len(request.model_dump_json().encode()) < TEMPORALS_LIMIT
