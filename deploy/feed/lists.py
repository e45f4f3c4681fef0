"""Feeds a list of key projects: read by the mapping of its feed, compared with what the feed said before,
sent to the door and followed to the outcome of each row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import psycopg

from deploy.errors import UserError
from deploy.feed.report import Verdict, judge
from deploy.feed.rows import Fact, Item
from deploy.feed.run import Shows, connect, feed
from deploy.profiles.lists import source_of
from deploy.secrets import Secrets
from deploy.settings import Settings
from workflows.intake import list_book
from workflows.intake.list_files import ListError, lines_of, unseen
from workflows.intake.list_plan import Known, Plan, Telling, plan
from workflows.intake.list_rows import ListRow, objections, rows_of
from workflows.intake.list_taking import ReadList, listed_of, sift
from workflows.policy.lists import ListTable
from workflows.policy.model import Policy

READING = "reading"


@dataclass(frozen=True)
class Given:
    """A list as a person gives it: the file, how it is read, of which day it is, whether it is complete."""

    path: Path
    table: ListTable
    as_of: str = ""
    complete: bool = False
    sure: bool = False


@dataclass(frozen=True)
class Came:
    """What a list came to: a verdict on each row, and on each record that it lacks."""

    rows: tuple[Verdict, ...]
    gone: tuple[Verdict, ...]
    plan: Plan
    unseen: list[str]


class ListReader:
    """Reads lists of the feeds of `policies` at the moment `now`."""

    def __init__(self, policies: Mapping[str, Policy], now: datetime, max_bytes: int) -> None:
        self._policies, self._now, self._max_bytes = policies, now, max_bytes

    def read(self, given: Given, show: Callable[[int, int], None]) -> ReadList:
        """Read a list to its end; `show` is told how many lines are read, of how many. Raises UserError."""
        table = given.table
        policy = self._policies.get(table.profile)
        if policy is None:
            served = ", ".join(self._policies)
            raise UserError(
                "unknown_profile", f"Profile {table.profile} is not served. Listed are: {served}."
            )
        source = source_of(table, policy)
        try:
            body = given.path.read_bytes()
            listed = listed_of(table, policy, source, given.as_of, complete=given.complete, now=self._now)
            lines = list(lines_of(body, table))
            rows: list[ListRow] = []
            for row in rows_of(lines, table, policy):
                rows.append(row)
                show(len(rows), len(lines))
            show(len(lines), len(lines))
        except OSError as error:
            words = f"{given.path} can't be read: {error.strerror}. Check the path."
            raise UserError("no_file", words) from None
        except ListError as error:
            raise UserError(error.code, f"{given.path}: {error.sentence}") from None
        return ReadList(listed, rows, unseen(lines, table))

    def sifted(self, made: Plan, rows: Sequence[ListRow], table: ListTable) -> tuple[Plan, list[ListRow]]:
        """Leave out what intake would refuse."""
        return sift(
            made,
            rows,
            lambda one: objections(one.event, table, self._policies, self._now, self._max_bytes),
        )


def checked(reader: ListReader, given: Given, known: Known, bars: Shows) -> tuple[Plan, ReadList]:
    """Return what a list would tell."""
    read = reader.read(given, lambda done, total: bars.show(READING, done, total))
    made, rows = reader.sifted(plan(read.rows, read.listed, known), read.rows, given.table)
    return made, replace(read, rows=rows)


async def known_of(settings: Settings, source: str) -> Known | None:
    """Return what is known of a feed; None when the database is away."""
    try:
        async with await connect(settings) as conn:
            return await list_book.known(conn, source)
    except (UserError, psycopg.Error):
        return None


async def feed_list(
    settings: Settings, secrets: Secrets, reader: ListReader, given: Given, bars: Shows
) -> Came:
    """Feed a list and return what became of it. Raises UserError, before anything is sent, when another list
    of the feed is under way or more than half of the records are lacking."""
    read = reader.read(given, lambda done, total: bars.show(READING, done, total))
    listed = read.listed
    secrets.token(listed.source)
    async with await connect(settings) as conn, conn.transaction():
        if not await list_book.alone(conn, listed.source) or await list_book.under_way(conn, listed.source):
            raise UserError("list_under_way", "Another list of this feed is being taken. Try again after it.")
        known = await list_book.known(conn, listed.source)
        made, rows = reader.sifted(plan(read.rows, listed, known), read.rows, given.table)
        if made.doubtful and not given.sure:
            raise UserError(
                "too_many_gone",
                f"{made.count('gone')} records do not stand in {given.path}, more than half of those that "
                "the feed has. If the list is complete, say --sure.",
            )
        facts = [_fact(one) for one in made.tellings]
        fed = await feed(settings, secrets, facts, listed.source, bars)
        await list_book.note(
            conn,
            listed.source,
            as_of=listed.as_of,
            complete=listed.complete,
            rows=rows,
            facts=[fact.id or "" for fact in facts],
        )
    verdicts = judge(items_of(made, rows), fed.fates)
    return Came(tuple(verdicts[: len(rows)]), tuple(verdicts[len(rows) :]), made, read.unseen)


def items_of(made: Plan, rows: Sequence[ListRow]) -> list[Item]:
    """Return a line for each row with what is told of its record, then one for each record that the list
    lacks, in the order in which the plan has them."""
    facts: dict[str, list[Fact]] = {}
    for one in made.tellings:
        facts.setdefault(one.record, []).append(_fact(one))
    items = [
        Item(
            row.line,
            tuple(facts.pop(row.record, ())) if row.record is not None and not row.problems else (),
            row.problems,
            row.ignored,
        )
        for row in rows
    ]
    return [*items, *(Item(0, tuple(told)) for told in facts.values())]


def _fact(telling: Telling) -> Fact:
    return Fact(telling.event.text("source"), telling.event.text("id"), telling.event.raw)
