"""`bench log`: what the log takes and gives, each figure beside what it is compared with in the same run."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from deploy.bench import runner
from deploy.errors import UserError
from deploy.settings import ROOT, Settings
from deploy.stack.cache import alone, cache_dir
from events.topics import CONNECTION, TOPICS

QUIX = "quixstreams==3.28.1"
PROJECTIONS = ("timeline", "statistics", "progress")
PUBLISHED = 100_000
"""More than so many events are not published one way and the other: the rate is known by then."""

Say = Callable[[str], None]


class Figure(NamedTuple):
    """`limit`: what it is compared with in the same run; `ratio` only where both do the same work."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    ratio: float | None = None


def measure(settings: Settings, sizes: list[int], say: Say) -> Iterator[Figure]:
    """Measure at each size, in a topic made for it and deleted afterwards. `say` is told what goes on."""
    library = _quix_library(say)
    for events in sizes:
        with (
            topic_like_the_log(settings) as topic,
            tempfile.TemporaryDirectory(prefix="mingdian-bench-") as folder,
        ):
            bench = _Bench(settings, topic, events, Path(folder), library, say)
            try:
                yield from bench.figures()
            finally:
                runner.forget(settings.postgres_dsn)


class _Bench(NamedTuple):
    settings: Settings
    topic: str
    events: int
    folder: Path
    library: Path
    say: Say

    def figures(self) -> Iterator[Figure]:
        """Fill the topic, then read it every way there is."""
        yield from self._published()
        poll = self._run("poll")
        yield self._figure("poll", poll)
        quix = self._run("quix", folder=str(self.folder / "state"))
        yield self._figure("quix fold", quix)
        for name in PROJECTIONS:
            hand = self._run("handmade", projection=name)
            ours = self._run("rebuild", projection=name)
            yield self._figure(f"rebuild {name}", ours, hand)
            if name == "statistics":  # the one that Quix folds too
                yield self._figure("rebuild statistics against quix", ours, quix)
            yield Figure(self._named(f"rebuild {name} memory"), ours["peak_mb"], "MB", hand["peak_mb"])

    def _published(self) -> Iterator[Figure]:
        """The rest of a large topic is sent the bare way; the same bytes."""
        some = min(self.events, PUBLISHED)
        with topic_like_the_log(self.settings) as other:
            bare = self._run("send", topic=other, events=some)
            if some == self.events:
                ours = self._run("publish")
            else:
                with topic_like_the_log(self.settings) as third:
                    ours = self._run("publish", topic=third, events=some)
                self._run("send")
        yield self._figure("publish", ours, bare)

    def _run(self, what: str, **more: Any) -> dict[str, float]:
        self.say(f"{self.events:,} events: {what} {more.get('projection', '')}")
        order = {
            "what": what,
            "kafka": self.settings.kafka_bootstrap,
            "postgres": self.settings.postgres_dsn,
            "profile": str(self.settings.profiles[0]),
            "topic": self.topic,
            "events": self.events,
            **more,
        }
        path = os.pathsep.join([str(self.library), str(ROOT)] if what == "quix" else [str(ROOT)])
        done = subprocess.run(
            [sys.executable, "-m", "deploy.bench.runner", json.dumps(order)],
            env={**os.environ, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            cwd=ROOT,
            check=False,
        )
        if done.returncode:
            raise UserError("bench", f"The measurement of {what} ended with {done.returncode}; see above.")
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return found

    def _figure(self, name: str, ours: dict[str, float], other: dict[str, float] | None = None) -> Figure:
        value = ours["events"] / ours["seconds"]
        if other is None:
            return Figure(self._named(name), round(value), "events/s")
        limit = other["events"] / other["seconds"]
        return Figure(self._named(name), round(value), "events/s", round(limit), round(value / limit, 3))

    def _named(self, name: str) -> str:
        return f"log: {name}, {self.events}"


@contextmanager
def topic_like_the_log(settings: Settings) -> Iterator[str]:
    """A topic like that of the events, for as long as the block lasts."""
    from kafka.admin import KafkaAdminClient

    like = next(one for one in TOPICS if one.name == CONNECTION)
    name = f"mingdian.bench.{uuid4().hex[:12]}"
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap.split(","))
    try:
        request = {name: {"num_partitions": like.partitions, "configs": dict(like.config)}}
        admin.create_topics(request, wait_for_metadata=True)
        try:
            yield name
        finally:
            admin.delete_topics([name])
    finally:
        admin.close()


def _quix_library(say: Say) -> Path:
    """Quix Streams in a folder of its own: it wants other versions of what the platform uses."""
    with alone("quix"):
        folder = cache_dir() / QUIX.replace("==", "-")
        done = folder / "complete"
        if not done.exists():
            say(f"fetching {QUIX}, once")
            pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
            status = subprocess.run([*pip, "--target", str(folder), QUIX], check=False).returncode
            if status:
                raise UserError("quix", f"{QUIX} could not be installed; the lines above say why.")
            done.touch()
    return folder
