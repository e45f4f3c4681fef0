"""办理时间线: every event of an application, with its place in the log."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from events.catalogue.connection_events import Corrected
from events.topics import CONNECTION
from projections.entry import entry
from projections.projection import Key, Logged, Row, Table


class Timeline:
    """One row per event. A correction marks the rows it takes back; nothing is ever removed."""

    name = "timeline"
    version = 1
    topic = CONNECTION
    table = Table(
        "entry",
        {"number": "text", "sequence": "bigint"},
        (
            "profile", "type", "at", "data", "causation", "hash", "topic", "partition", "offset",
            "recorded_at", "retracted",
        ),
    )  # fmt: skip

    def keys(self, events: Sequence[Logged]) -> Iterable[Key]:
        """Only rows that a correction names are read back."""
        return [
            (one.event.subject, sequence)
            for one in events
            if one.event.type == Corrected.type
            for sequence in Corrected.model_validate(one.event.data).sequences
        ]

    def fold(self, rows: Mapping[Key, Row], events: Sequence[Logged]) -> Mapping[Key, Row]:
        """Return a new row per event, and the rows that were taken back."""
        changed: dict[Key, Row] = {}
        for one in events:
            row = {**entry(one), "retracted": False}
            changed[row["number"], row["sequence"]] = row
            if one.event.type == Corrected.type:
                for sequence in Corrected.model_validate(one.event.data).sequences:
                    key = (one.event.subject, sequence)
                    changed[key] = {**(changed.get(key) or rows[key]), "retracted": True}
        return changed

    def announces(self, changes: Mapping[Key, Row]) -> list[dict[str, Any]]:
        """Silent: the progress projection speaks for the same events."""
        return []
