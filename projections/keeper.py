"""Keeps every build of a projection that is shown, or about to be, up with the log: an engine for each."""

import logging
import threading
from collections.abc import Callable

import psycopg

from projections import builds
from projections.engine import Engine
from projections.projection import Projection, ReadModel

_log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0


class Keeper:
    """Looks which builds there are and starts and stops their engines, each in a thread of its own."""

    def __init__(self, projection: Projection, *, dsn: str, engine: Callable[[ReadModel], Engine]) -> None:
        """`engine` makes the engine of one build."""
        self.projection = projection
        self._dsn = dsn
        self._engine = engine
        self._running: dict[int, tuple[Engine, threading.Thread, threading.Event]] = {}
        self._fault = "starting"

    @property
    def healthy(self) -> bool:
        """Whether builds are known and every engine is well."""
        return not self._fault and all(one.healthy for one, _, _ in list(self._running.values()))

    @property
    def detail(self) -> str:
        """A few words for `status`."""
        return self._fault or "; ".join(one.detail for one, _, _ in list(self._running.values()))

    def run(self, stop: threading.Event) -> None:
        """Keep up until `stop`."""
        while not stop.is_set():
            try:
                with psycopg.connect(self._dsn, autocommit=True, connect_timeout=5) as db:
                    self._look(builds.kept_up(db, self.projection))
            except psycopg.Error as error:
                self._fault = f"{type(error).__name__}, trying again"
            stop.wait(LOOK_SECONDS)
        self._look([])

    def _look(self, wanted: list[ReadModel]) -> None:
        numbers = {model.build for model in wanted}
        ended = {number: one for number, one in self._running.items() if number not in numbers}
        for _, _, halt in ended.values():
            halt.set()
        for number, (_, thread, _) in ended.items():
            thread.join()
            del self._running[number]
        for model in wanted:
            if model.build not in self._running or not self._running[model.build][1].is_alive():
                self._running[model.build] = self._start(model)
        version = self.projection.version
        self._fault = "" if wanted else f"no build of version {version}"

    def _start(self, model: ReadModel) -> tuple[Engine, threading.Thread, threading.Event]:
        engine, halt = self._engine(model), threading.Event()
        name = f"{model.name}:{model.build}"
        thread = threading.Thread(target=engine.run, args=(halt,), name=name, daemon=True)
        thread.start()
        return engine, thread, halt
