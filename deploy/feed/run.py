"""Feeds facts and follows each to its outcome: send, wait for the inbox, wait for the pages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import httpx
import psycopg
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from deploy.errors import UserError
from deploy.feed import ledger
from deploy.feed.ledger import Fate, Key, Ledger
from deploy.feed.pages import wait_for_pages
from deploy.feed.rows import Fact
from deploy.feed.send import Answer, Sender
from deploy.secrets import Secrets
from deploy.settings import Settings

PATIENCE_SECONDS = 120.0
"""How long nothing may move before the wait is given up; a part that is restarted comes back well before."""


FEEDING = ("feeding", "outcomes", "pages")
"""Facts fed, outcomes known, facts on the pages."""


class Shows(Protocol):
    """Is told how far each stage of a feed is."""

    def show(self, name: str, done: int, total: int) -> None: ...


class Bars:
    """A bar a stage: those of a feed unless `stages` names others, and `more`. Without a terminal, a line
    each."""

    def __init__(self, out: Console, more: Sequence[str] = (), stages: Sequence[str] = FEEDING) -> None:
        columns = (
            TextColumn("{task.description:<10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True, elapsed_when_finished=False),
        )
        self._out = out
        self._progress = Progress(*columns, console=out, disable=not out.is_terminal)
        self._tasks = {name: self._progress.add_task(name, total=None) for name in (*stages, *more)}
        self._said: set[str] = set()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, name: str, done: int, total: int) -> None:
        """Move a bar."""
        self._progress.update(self._tasks[name], completed=done, total=total)
        if not self._out.is_terminal and done == total and name not in self._said:
            self._said.add(name)
            self._out.print(f"{name}: {done} of {total}", highlight=False)


@dataclass(frozen=True)
class Fed:
    """What became of a list of facts, `fates` in their order. `before` and `after` are the inbox's rows."""

    answers: tuple[Answer, ...]
    fates: tuple[Fate, ...]
    before: Ledger
    after: Ledger


async def feed(
    settings: Settings, secrets: Secrets, facts: Sequence[Fact], default_source: str, bars: Shows
) -> Fed:
    """Feed all facts and return what became of each, once all have an outcome and the pages show it.

    Raises UserError when the door or an outcome stays away.
    """
    for source in {fact.source or default_source for fact in facts}:
        secrets.token(source)
    async with await connect(settings) as conn:
        named = [(fact.source, fact.id) for fact in facts if fact.source and fact.id]
        before = await ledger.read(conn, named)
        answers = await _send(settings, secrets, facts, default_source, bars)
        sent = [
            (fact.source, fact.id)
            for fact, answer in zip(facts, answers, strict=True)
            if answer.received and fact.source and fact.id
        ]
        await settle(conn, sent, before, settings, bars)
        # Read again: by now a sending that was repeated has surely been told from the one after it.
        after = await ledger.read(conn, sent)
    return Fed(tuple(answers), tuple(fates_of(facts, answers, before, after)), before, after)


async def settle(
    conn: psycopg.AsyncConnection, sent: Sequence[Key], before: Ledger, settings: Settings, bars: Shows
) -> None:
    """Wait until all that was sent has its final outcome and the pages show it. Raises UserError when it
    takes too long: `no_outcome`, `pages_behind`."""
    await ledger.wait_for_outcomes(
        conn,
        sent,
        before,
        patience=PATIENCE_SECONDS + settings.early_wait.total_seconds(),
        show=lambda done: bars.show("outcomes", done, len(sent)),
    )
    await wait_for_pages(
        conn, sent, patience=PATIENCE_SECONDS, show=lambda done, total: bars.show("pages", done, total)
    )


async def connect(settings: Settings) -> psycopg.AsyncConnection:
    """Connect to the inbox. Raises UserError when it is away."""
    try:
        return await psycopg.AsyncConnection.connect(
            settings.postgres_dsn, autocommit=True, connect_timeout=10
        )
    except psycopg.OperationalError:
        raise UserError(
            "database_away", "The database does not answer. See ./mingdian status, or ./mingdian up."
        ) from None


async def _send(
    settings: Settings, secrets: Secrets, facts: Sequence[Fact], default_source: str, bars: Shows
) -> list[Answer]:
    done = 0

    def advance(more: int) -> None:
        nonlocal done
        done += more
        bars.show("feeding", done, len(facts))

    async with httpx.AsyncClient(base_url=settings.web_url, timeout=30.0, trust_env=False) as client:
        await _knock(client)
        return await Sender(client, secrets.token).send(facts, default_source, advance)


async def _knock(client: httpx.AsyncClient) -> None:
    """A door that is not there is told at once; one that goes away later is waited for."""
    try:
        await client.get("/healthz")
    except httpx.TransportError:
        raise UserError(
            "not_up", f"The door at {client.base_url} does not answer. Start it: ./mingdian up"
        ) from None


def fates_of(facts: Sequence[Fact], answers: Sequence[Answer], before: Ledger, after: Ledger) -> list[Fate]:
    """Give every sending its fate; of several sendings of one id, the first has the best."""
    times: Counter[Key] = Counter()
    for fact, answer in zip(facts, answers, strict=True):
        if answer.received and fact.source and fact.id:
            times[fact.source, fact.id] += 1
    left = {key: ledger.fates(key, count, before, after) for key, count in times.items()}
    told: list[Fate] = []
    for fact, answer in zip(facts, answers, strict=True):
        if not answer.received:
            told.append(Fate("refused", answer.code))
        elif fact.source and fact.id:
            told.append(left[fact.source, fact.id].pop(0))
        else:
            told.append(Fate("refused", "no_identity"))
    return told
