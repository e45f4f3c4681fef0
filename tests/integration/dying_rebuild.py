"""A rebuild that kills itself half-way: `python -m tests.integration.dying_rebuild SETTINGS`."""

import os
import signal
import sys
from pathlib import Path

from deploy.read_models import tables_of
from deploy.settings import settings_from_file
from projections.rebuild import Rebuild, Step
from projections.timeline.fold import Timeline


def die_half_way(step: Step) -> None:
    """No farewell, as in a power cut."""
    if step.done > step.total / 3:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    settings = settings_from_file(Path(sys.argv[1]))
    servers = (settings.kafka_bootstrap, settings.postgres_dsn)
    Rebuild(Timeline(), tables_of(Timeline()), *servers, die_half_way, batch_events=100).run(clean=True)
