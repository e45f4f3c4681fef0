"""The same topic folded by Quix Streams into the same rows of figures, one a key, kept in its store.

It proves no hash, looks for no hole and writes no table: its store is its read model. Measured as a rebuild
is, from the call until all is kept, start included. Run with the folder of the library on the path; it is
installed there on demand, for itself alone.
"""

import logging
import time
from pathlib import Path
from typing import Any

from deploy.bench.handmade import next_row

Measured = tuple[int, float]


def run(bootstrap: str, topic: str, folder: Path, events: int) -> Measured:
    """Fold `events` events of a topic; return how many, in how many seconds."""
    began = time.perf_counter()
    from quixstreams import Application  # type: ignore[import-not-found,unused-ignore]

    logging.getLogger("quixstreams").setLevel(logging.ERROR)
    application = Application(
        broker_address=bootstrap,
        consumer_group=f"bench-{folder.name}",
        auto_offset_reset="earliest",
        state_dir=str(folder),
        use_changelog_topics=False,
        loglevel="ERROR",
        processing_guarantee="at-least-once",
        commit_interval=5.0,
    )
    last = _Last(application, events)
    frame = application.dataframe(application.topic(topic, key_deserializer="str", value_deserializer="json"))
    frame = frame.apply(_fold, stateful=True)
    frame.update(last.tick)
    application.run()
    return last.seen, time.perf_counter() - began


def _fold(body: dict[str, Any], state: Any) -> str:
    row = next_row(state.get("row"), body)
    if row is not None:
        state.set("row", row)
    return str(body["type"])


class _Last:
    """Stops the application after the last event."""

    def __init__(self, application: Any, events: int) -> None:
        self._application, self._events = application, events
        self.seen = 0

    def tick(self, _: Any) -> None:
        self.seen += 1
        if self.seen == self._events:
            self._application.stop()
