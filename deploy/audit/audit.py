"""The audit itself: reads the log once from end to end, and holds everything else against it.

What is seen of a platform at work is never of one moment: a fact may be applied and its event still on its
way. Such a difference counts only if it is there at every look for as long as `patience` lasts. What the log
says of itself, and what the read models make of it, needs no second look.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from temporalio.service import RPCError

from activities.documents.refusals import StoreAwayError
from deploy.audit import inbox, roots
from deploy.audit.chain import Chain
from deploy.audit.files import Files
from deploy.audit.findings import Finding, Findings, Report
from deploy.audit.papers import Papers
from deploy.audit.read_models import Connection, Refold, standing
from deploy.audit.reading import Ends, Reader, event_topics
from deploy.audit.runs import Runs
from deploy.audit.scratch import Scratch
from deploy.documents import store_of
from deploy.errors import UserError
from deploy.read_models import all_projections
from deploy.secrets import load_secrets, stream_keys
from deploy.settings import Settings
from events.consumer import Partition, Record
from events.topics import ROOTS
from workflows.temporal import connect as connect_temporal

PATIENCE_SECONDS = 15.0
LOOK_SECONDS = 1.0

Show = Callable[[str, int, int], None]
"""Told which stage has done how much, of how much: those of `STAGES`."""

STAGES = ("log", "rows", "files", "roots")
"""What an audit goes through; of the log alone, the first and the last."""


@dataclass(frozen=True)
class Scope:
    """What to audit: `topics` of the log, of it perhaps only one stream, and perhaps nothing but the log."""

    topics: tuple[str, ...] = event_topics()
    subject: str | None = None
    log_only: bool = False


def _quiet(stage: str, done: int, whole: int) -> None:
    """Shows nothing."""


async def audit(
    settings: Settings,
    scope: Scope = Scope(),
    *,
    patience: float = PATIENCE_SECONDS,
    show: Show = _quiet,
) -> Report:
    """Audit. Raises UserError when a server does not answer."""
    with Scratch() as scratch:
        work = _Audit(settings, scope, scratch, show)
        await asyncio.to_thread(work.read)
        if not scope.log_only:
            await asyncio.to_thread(work.check_files)
        if ROOTS in scope.topics and scope.subject is None:
            await asyncio.to_thread(work.check_roots)
        if not scope.log_only:
            work.findings.extend(await work.settle(patience))
        return work.report()


class _Audit:
    def __init__(self, settings: Settings, scope: Scope, scratch: Scratch, show: Show) -> None:
        self.settings, self.scope, self.scratch, self.show = settings, scope, scratch, show
        self.findings = Findings()
        self.chain = Chain(scratch, self.findings)
        self.reader = Reader(settings.kafka_bootstrap, scope.topics)
        self.goal: Ends = {}
        self.store = store_of(settings)
        self.papers = Papers(scratch, self.store)

    def read(self) -> None:
        """Prove the log up to its end, and what the read models made of it."""
        if self.scope.log_only:
            self._read_to(self.reader.ends(), [])
            return
        with self._snapshot() as db:
            refolds = [
                Refold(one, standing(db, one), self.scratch, self.findings)
                for one in all_projections()
                if one.topic in self.scope.topics
            ]
            self.goal = self.reader.ends()  # after the snapshot: what it shows must stand there
            self._read_to(self.goal, refolds)
            self._compare_rows(db, refolds)

    def check_files(self) -> None:
        """Open every file of the register."""
        files = Files(self.store, stream_keys(self.settings))
        with self._connected() as db, _store_told():
            for done, whole in files.check(db, self.findings, self.scope.subject):
                self.show("files", done, whole)

    def check_roots(self) -> None:
        """Recompute every signed root."""
        roots.check(
            self.settings.kafka_bootstrap,
            load_secrets(self.settings).root_keys,
            self.findings,
            lambda done, whole: self.show("roots", done, whole),
        )

    def _compare_rows(self, db: Connection, refolds: Sequence[Refold]) -> None:
        whole, before = sum(one.count() for one in refolds), 0
        for one in refolds:
            for seen in one.compare(db, self.scope.subject):
                self.show("rows", before + seen, whole)
            before += one.count()

    def _read_to(self, ends: Ends, refolds: Sequence[Refold]) -> None:
        for record in self.reader.read(ends, lambda done, whole: self.show("log", done, whole)):
            if self._is_meant(record):
                events = self.chain.add(record)
                self.papers.add(events)
                for refold in refolds:
                    refold.add(record, events)

    def _is_meant(self, record: Record) -> bool:
        return self.scope.subject is None or record.key == self.scope.subject.encode()

    async def settle(self, patience: float) -> set[Finding]:
        """Return what differs at every look until time is up."""
        give_up = time.monotonic() + patience
        try:
            client = await connect_temporal(self.settings.temporal_address, self.settings.namespace)
            runs = Runs(client)
            suspects = await self._look(runs)
            while suspects and time.monotonic() < give_up:
                await asyncio.sleep(LOOK_SECONDS)
                suspects &= await self._look(runs)
        except (RPCError, RuntimeError):
            raise UserError("temporal_away", "Temporal does not answer. See ./mingdian status.") from None
        return suspects

    async def _look(self, runs: Runs) -> set[Finding]:
        found = await asyncio.to_thread(self._look_at_database)
        return found | await runs.compare(self.chain, self.scope.subject)

    def _look_at_database(self) -> set[Finding]:
        with self._snapshot() as db:
            behind = set(self._behind(db))
            self._read_to(self.reader.ends(), [])
            with _store_told():
                papers = self.papers.compare(db)
            return behind | papers | inbox.compare(db, self.chain, self.scope.subject)

    def _behind(self, db: Connection) -> Iterator[Finding]:
        """Read models that have not come to where the log ended when we began."""
        for projection in all_projections():
            offsets = standing(db, projection).offsets
            if any(offsets.get(place, 0) < end for place, end in self._goal_of(projection.topic)):
                yield Finding("read_model_behind", where=projection.name)

    def _goal_of(self, topic: str) -> Iterable[tuple[Partition, int]]:
        return [(place, end) for place, end in self.goal.items() if place[0] == topic and end]

    @contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        """The database as of one moment, for as long as it takes."""
        with self._connected() as db, db.transaction():
            db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            db.execute("SELECT FROM intake.inbox LIMIT 1")  # the moment is that of the first question
            yield db

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            with psycopg.connect(self.settings.postgres_dsn, connect_timeout=10, autocommit=True) as db:
                yield db
        except psycopg.OperationalError:
            raise UserError(
                "database_away", "The database does not answer. See ./mingdian status, or ./mingdian up."
            ) from None

    def report(self) -> Report:
        """What it came to."""
        self.chain.finish()
        return Report(
            streams=len(self.chain.streams),
            events=self.chain.events,
            redelivered=self.chain.redelivered,
            findings=tuple(self.findings.kept),
            totals=dict(self.findings.total),
        )


@contextmanager
def _store_told() -> Iterator[None]:
    try:
        yield
    except StoreAwayError as error:
        raise UserError(error.code, f"{error.sentence} Or prove the log alone, with --log-only.") from None
