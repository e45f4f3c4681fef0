"""A worker that is killed between the broker's acknowledgement and its own: `dying_worker.py SETTINGS WORD`.

It dies when it has published an event whose bytes hold the word.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.processes import worker
from deploy.settings import settings_from_file
from events.producer import Outgoing, Place, Producer


class Dying(Producer):
    """Publishes as ever, and then the process is gone."""

    def publish_all(self, records: Sequence[Outgoing], *, timeout: float = 30.0) -> list[Place]:
        """Never returns once the word is on the log."""
        places = super().publish_all(records, timeout=timeout)
        if any(sys.argv[2].encode() in record.value for record in records):
            os.kill(os.getpid(), signal.SIGKILL)
        return places


def beat(ok: bool, detail: str) -> None:
    """Nobody listens."""


if __name__ == "__main__":
    setattr(worker, "Producer", Dying)  # noqa: B010 - the name that the process makes its producer by
    asyncio.run(worker.run(settings_from_file(Path(sys.argv[1])), asyncio.Event(), beat))
