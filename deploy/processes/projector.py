"""The projector: folds the log into the read models, each projection in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable

from deploy.processes.pause import pause
from deploy.settings import Settings
from projections.engine import Engine
from projections.progress.fold import Progress
from projections.projection import Projection
from projections.statistics.fold import Statistics
from projections.timeline.fold import Timeline

BEAT_SECONDS = 1.0


def all_projections() -> list[Projection]:
    """Return the read models that this release keeps."""
    return [Progress(), Timeline(), Statistics()]


async def run(settings: Settings, stop: asyncio.Event, beat: Callable[[bool, str], None]) -> None:
    """Fold until `stop`; report the least healthy engine."""
    halt = threading.Event()
    engines = [
        Engine(projection, bootstrap=settings.kafka_bootstrap, dsn=settings.postgres_dsn)
        for projection in all_projections()
    ]
    threads = [
        threading.Thread(target=engine.run, args=(halt,), name=engine.projection.name, daemon=True)
        for engine in engines
    ]
    for thread in threads:
        thread.start()
    while not stop.is_set():
        alive = all(thread.is_alive() for thread in threads)
        detail = ", ".join(f"{engine.projection.name}: {engine.detail}" for engine in engines)
        beat(alive and all(engine.healthy for engine in engines), detail)
        if not alive:
            break
        await pause(stop, BEAT_SECONDS)
    halt.set()
    for thread in threads:
        await asyncio.to_thread(thread.join, 10)
