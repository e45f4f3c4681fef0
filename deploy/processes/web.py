"""The web process: the public pages, the interface for programs, the event streams, and the door."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import uvicorn
from fastapi import FastAPI

from activities.outcomes import Pool
from deploy.documents import cabinet_of, site_documents
from deploy.errors import UserError
from deploy.processes.intake import make_desk, make_pool
from deploy.profiles.lists import load_lists
from deploy.profiles.loader import load_all_interfaces, load_map, load_profiles
from deploy.savings import SavingsBook
from deploy.secrets import Secrets, Watched, load_secrets, quarantine, stream_keys
from deploy.settings import Settings
from events.catalogue.roots_events import Span
from events.consumer import Consumer, Record
from events.personal import SealedValue
from events.producer import Producer
from events.root_log import RootsRead, read_roots
from events.sealing import SealingError, StreamKeys, receipt_code, same_code, unseal
from events.spans import read_spans
from projections.api import channel_progress
from projections.notify.wording import message_of
from projections.roots.evidence import Evidence
from projections.site.app import create_site
from projections.site.deps import SiteDeps
from workflows.intake import channel_door, door, list_door, lookup, uploads
from workflows.intake.backlog import Backlog, LogEnds
from workflows.intake.receiving import Receiver
from workflows.intake.reception import Reception
from workflows.policy.interface_words import Words
from workflows.policy.model import Policy

_log = logging.getLogger(__name__)

POOL_SIZE = 12
BEAT_SECONDS = 1.0


class Vault:
    """Opens what pages may open: receipt codes by their secret, personal fields by the key of their
    stream."""

    def __init__(self, pool: Pool, secrets: Secrets, keys: StreamKeys) -> None:
        self._pool = pool
        self._secret = secrets.receipt_secret
        self._keys = keys

    async def check_code(self, number: str, code: str) -> bool:
        """Return whether this code is the one of this number now. An unknown number takes the same work."""
        async with self._pool.connection() as connection:
            reissue = await lookup.reissue_of(connection, number)
        right = same_code(code, receipt_code(self._secret, number, reissue or 0))
        return right and reissue is not None

    async def stands(self, _: str, source: str, reference: str, words: Words) -> Mapping[str, Any] | None:
        """Return how an application stands, in the words of the channel that it came by, with the code of its
        receipt; None for one that is not known to it, has no event yet, or was erased."""
        async with self._pool.connection() as connection:
            found = await lookup.open_number_of(connection, source, reference)
            if found is None:
                return None
            code = receipt_code(self._secret, *found)
            told = await channel_progress.standing_of(connection, found[0], reference, code)
        return message_of(words, told) if told is not None else None

    async def unseal(self, subject: str, field: str, sealed: SealedValue) -> str | None:
        """Return the clear value, or None when its key was destroyed."""
        async with self._pool.connection() as connection:
            found = await lookup.stream_key_of(connection, subject)
        if found is None or found[0] != sealed.kid:
            return None
        try:
            return unseal(self._keys.open(*found), subject, field, sealed)
        except SealingError:
            _log.error("a sealed value does not open, though its key is there", extra={"number": subject})
            return None


class _Server(uvicorn.Server):
    """Leaves signals to the process, which has its own way to end."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def run(settings: Settings, stop: asyncio.Event, beat: Callable[[bool, str], None]) -> None:
    """Serve until `stop`. Raises `UserError` when the address is taken."""
    listener = _listen(settings)
    policies = load_profiles(settings.profiles)
    secrets = load_secrets(settings)
    pool = make_pool(settings, POOL_SIZE)
    await pool.open(wait=False)
    producer = Producer(settings.kafka_bootstrap, "mingdian-web")
    saved = SavingsBook(settings.data_dir / "savings")
    comparing = asyncio.create_task(saved.fill(dict(zip(settings.profiles, policies.values(), strict=True))))
    app = _app(settings, policies, secrets, pool, producer, saved=saved)
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # an address may hold a number; the platform's own log says what matters
            server_header=False,
            timeout_graceful_shutdown=3,
            lifespan="on",
        )
    )
    serving = asyncio.create_task(server.serve([listener]))
    try:
        await _watch(app, server, serving, stop, beat)
    finally:
        comparing.cancel()
        app.state.site.announcements.close()
        server.should_exit = True
        await asyncio.gather(serving, comparing, return_exceptions=True)
        await pool.close()
        await asyncio.to_thread(producer.close)


def _app(
    settings: Settings,
    policies: dict[str, Policy],
    secrets: Secrets,
    pool: Pool,
    producer: Producer,
    *,
    saved: SavingsBook,
) -> FastAPI:
    vault = Vault(pool, secrets, stream_keys(settings))
    ends = LogEnds(settings.kafka_bootstrap, settings.inbound_topics)
    backlog = Backlog(pool, settings.max_backlog, ends)
    maps = {
        policy.profile: borders
        for folder, policy in zip(settings.profiles, policies.values(), strict=True)
        if (borders := load_map(folder)) is not None
    }
    cabinet, desk = cabinet_of(settings, pool), make_desk(settings, secrets, policies)
    interfaces = load_all_interfaces(settings.profiles)
    deps = SiteDeps(
        pool=pool,
        postgres=settings.postgres_dsn,
        policies=policies,
        maps=maps,
        check_code=vault.check_code,
        unseal=vault.unseal,
        cookie_secret=secrets.receipt_secret,
        evidence=evidence_of(settings, pool),
        documents=site_documents(settings, cabinet, producer),
        savings=saved.get,
        interfaces=interfaces,
    )
    channels = frozenset(one.upstream for listed in interfaces.values() for one in listed)
    # Read anew when the file is replaced. A channel speaks for customers, of its own applications: not at the
    # doors of the grid company's systems.
    every = Watched(settings, lambda known: known.bound)
    tokens = Watched(settings, lambda known: tuple(one for one in known.bound if one.holder not in channels))
    entrance = door.DoorDeps(
        producer=producer,
        pool=pool,
        policies=policies,
        tokens=tokens,
        quarantine=quarantine(settings),
        max_payload_bytes=int(settings.max_payload_bytes),
        clock=lambda: datetime.now(UTC),
        overloaded=backlog.overloaded,
    )
    counters = channel_door.ChannelDeps(
        reception=Reception(producer, pool, entrance.quarantine, backlog.overloaded),
        policies=policies,
        interfaces=interfaces,
        tokens=every,
        max_payload_bytes=int(settings.max_payload_bytes),
        clock=entrance.clock,
        stands=vault.stands,
        receiver=Receiver(cabinet, desk),
    )
    lists = list_door.ListDeps(
        reception=counters.reception,
        policies=policies,
        lists=load_lists(settings.profiles),
        tokens=tokens,
        max_payload_bytes=int(settings.max_payload_bytes),
        clock=entrance.clock,
    )
    files = uploads.UploadDeps(
        cabinet=cabinet,
        desk=desk,
        tokens=tokens,
        staff=Watched(settings, lambda known: known.bound_staff),
    )
    doors = (
        door.router(entrance),
        channel_door.router(counters),
        list_door.router(lists),
        uploads.router(files),
    )
    return create_site(deps, doors=doors)


def evidence_of(settings: Settings, pool: Pool) -> Evidence:
    """What /verify stands on: the log itself, read where it is asked for."""
    keys = Watched(settings, lambda secrets: secrets.root_keys)

    def roots(start: int) -> RootsRead:
        consumer = Consumer(settings.kafka_bootstrap, client_id="mingdian-web-roots")
        try:
            return read_roots(consumer, keys(), start)
        finally:
            consumer.close()

    def spans(wanted: Sequence[Span]) -> list[list[Record]]:
        return read_spans(settings.kafka_bootstrap, wanted)

    return Evidence(pool, spans, roots)


def _listen(settings: Settings) -> socket.socket:
    """Take the address at once, so that a taken one is a clear word and not a traceback."""
    family = socket.AF_INET6 if ":" in settings.web_host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.web_host, settings.web_port))
    except OSError:
        listener.close()
        raise UserError(
            "port_in_use",
            f"Address {settings.web_host}:{settings.web_port} is taken. Free it or set MINGDIAN_WEB_PORT.",
        ) from None
    return listener


async def _watch(
    app: FastAPI,
    server: uvicorn.Server,
    serving: "asyncio.Task[None]",
    stop: asyncio.Event,
    beat: Callable[[bool, str], None],
) -> None:
    """Report how it goes until asked to stop, or until the server itself ends."""
    asked = asyncio.create_task(stop.wait())
    try:
        while not asked.done() and not serving.done():
            announcements = app.state.site.announcements
            heard = "hears changes" if announcements.connected else "does not hear changes"
            beat(server.started and announcements.connected, f"{heard}, {announcements.readers} readers")
            await asyncio.wait({asked, serving}, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()
    if serving.done():
        serving.result()
