"""An event with its place in the log, as one row: what every history is made of."""

from projections.projection import Logged, Row


def entry(one: Logged) -> Row:
    """Return the row."""
    event = one.event
    return {
        "number": event.subject,
        "sequence": event.number,
        "profile": event.source.rsplit("/", 1)[-1],
        "type": event.type,
        "at": event.time,
        "data": event.data,
        "causation": event.causationid,
        "hash": event.hash,
        "topic": one.topic,
        "partition": one.partition,
        "offset": one.offset,
        "recorded_at": one.recorded_at.isoformat(),
    }
