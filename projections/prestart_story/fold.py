"""项目记事: every event of a key project, with its place in the log: what the history of each field is read
from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from events.topics import PROJECT
from projections.entry import entry
from projections.projection import Key, Logged, Row, Table


class PrestartStory:
    """One row per event; nothing is ever changed."""

    name = "prestart_story"
    version = 1
    topic = PROJECT
    table = Table(
        "entry",
        {"number": "text", "sequence": "bigint"},
        (
            "profile", "type", "at", "data", "causation", "hash", "topic", "partition", "offset",
            "recorded_at",
        ),
    )  # fmt: skip

    def keys(self, events: Sequence[Logged]) -> Iterable[Key]:
        """Nothing is read back."""
        return ()

    def fold(self, rows: Mapping[Key, Row], events: Sequence[Logged]) -> Mapping[Key, Row]:
        """Return a new row per event."""
        return {(one.event.subject, one.event.number): entry(one) for one in events}

    def announces(self, changes: Mapping[Key, Row]) -> list[dict[str, Any]]:
        """Tell readers of pages of which projects something more can be read."""
        newest = {
            str(number): (row["profile"], sequence) for (number, sequence), row in sorted(changes.items())
        }
        return [
            {"profile": profile, "number": number, "sequence": sequence, "projects": True}
            for number, (profile, sequence) in newest.items()
        ]
