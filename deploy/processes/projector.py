"""The projector: folds the log into the read models, each build of each projection in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable

from deploy import collector
from deploy.processes.pause import pause
from deploy.read_models import all_projections
from deploy.settings import Settings
from projections.engine import Engine
from projections.keeper import Keeper
from projections.projection import Projection, ReadModel

BEAT_SECONDS = 1.0


def keeper(settings: Settings, projection: Projection) -> Keeper:
    """Return what keeps one projection up."""

    def engine(model: ReadModel) -> Engine:
        return Engine(model, bootstrap=settings.kafka_bootstrap, dsn=settings.postgres_dsn)

    return Keeper(projection, dsn=settings.postgres_dsn, engine=engine)


async def run(settings: Settings, stop: asyncio.Event, beat: Callable[[bool, str], None]) -> None:
    """Fold until `stop`; report the least healthy read model."""
    collector.look_seldom()
    halt = threading.Event()
    keepers = [keeper(settings, projection) for projection in all_projections()]
    threads = [
        threading.Thread(target=one.run, args=(halt,), name=one.projection.name, daemon=True)
        for one in keepers
    ]
    for thread in threads:
        thread.start()
    while not stop.is_set():
        alive = all(thread.is_alive() for thread in threads)
        detail = ", ".join(f"{one.projection.name}: {one.detail}" for one in keepers)
        beat(alive and all(one.healthy for one in keepers), detail)
        if not alive:
            break
        await pause(stop, BEAT_SECONDS)
    halt.set()
    for thread in threads:
        await asyncio.to_thread(thread.join, 10)
