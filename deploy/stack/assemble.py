"""Which parts the stack has, in the order in which they start."""

import sys
from collections.abc import Callable

from deploy.heartbeat import alive_path
from deploy.process import NAMES
from deploy.settings import Settings
from deploy.stack import health, kafka, postgres, temporal
from deploy.stack.parts import Listener, Part
from deploy.stack.progress import Progress

SETTINGS_FILE = "settings.json"


def servers(settings: Settings) -> tuple[Part, ...]:
    """PostgreSQL, Kafka and Temporal: started at once, for none needs another."""
    return postgres.part(settings), kafka.part(settings), temporal.part(settings)


def platform(settings: Settings) -> tuple[Part, ...]:
    """The platform's own processes: started when the servers are well and everything in them is made."""
    return tuple(_process(settings, name) for name in NAMES) if settings.platform else ()


def preparations(settings: Settings) -> dict[str, Callable[[Progress], None]]:
    """What must be fetched or built before a first start, by the words to show beside its progress."""
    wanted: dict[str, Callable[[Progress], None]] = {}
    if not settings.kafka:
        wanted["Kafka"] = kafka.prepare
    if not settings.temporal:
        wanted["Temporal"] = lambda progress: temporal.prepare(settings, progress)
    return wanted


def _process(settings: Settings, name: str) -> Part:
    listens: tuple[Listener, ...] = ()
    alive = alive_path(settings.run_dir, name)
    address, probe = "", health.beats(alive)
    if name == "web":
        address, probe = settings.web_url, health.web(settings.web_url, alive)
        listens = (Listener(settings.web_host, settings.web_port, "web_port"),)
    return Part(
        name=name,
        address=address,
        probe=probe,
        argv=(sys.executable, "-m", "deploy.process", name, str(settings.run_dir / SETTINGS_FILE)),
        cwd=settings.root,
        listens=listens,
        # What an earlier run left says nothing about the one that starts now.
        before=lambda: alive.unlink(missing_ok=True),
    )
