"""Inbox and outbox against the log: every applied fact has its event, every event its applied fact, and the
streams of the outbox end where it says.

Both sides come sorted and are merged as they come, so that neither is ever whole in memory.
"""

from collections.abc import Iterator
from typing import Any

import psycopg

from deploy.audit.chain import Chain
from deploy.audit.findings import Finding
from events.topics import OF_RUNS

Pair = tuple[str, str]
"""A subject and a fact, as an event names it: `source|id`."""

_CHUNK = 5_000

_APPLIED = """
SELECT subject, source || '|' || id FROM intake.inbox
WHERE outcome = 'applied' AND (%(subject)s::text IS NULL OR subject = %(subject)s)
ORDER BY subject COLLATE "C", (source || '|' || id) COLLATE "C"
"""
_BEGUN = """
SELECT number, linked_to FROM intake.subject
WHERE begun_at IS NOT NULL AND (%(subject)s::text IS NULL OR number = %(subject)s)
"""
_HEADS = """
SELECT subject, sequence, hash FROM intake.stream_head
WHERE sequence > 0 AND (%(subject)s::text IS NULL OR subject = %(subject)s)
"""
_CAUSES = "SELECT subject, cause FROM cause ORDER BY subject, cause"

Connection = psycopg.Connection[tuple[Any, ...]]


def compare(db: Connection, chain: Chain, subject: str | None) -> set[Finding]:
    """Compare as of the transaction of `db`, which must be older than the end to which the log was read.

    Raises psycopg.Error.
    """
    found = {*_cases(db, chain, subject), *_heads(db, chain, subject)}
    applied = _merged(db, _APPLIED, subject)
    causes: Iterator[Pair] = chain.scratch.db.execute(_CAUSES)
    for number, fact, code in unmatched(applied, causes):
        found.add(Finding(code, number, fact))
    return found


def _cases(db: Connection, chain: Chain, subject: str | None) -> Iterator[Finding]:
    """Cases begun against streams of cases; one about a closed case names the same in both."""
    begun: dict[str, str | None] = dict(db.execute(_BEGUN, {"subject": subject}).fetchall())
    streams = {one.subject: one for one in chain.streams.values() if one.topic in OF_RUNS}
    yield from (Finding("not_in_log", number) for number in begun.keys() - chain.streams.keys())
    yield from (Finding("not_in_inbox", number) for number in streams.keys() - begun.keys())
    for number in begun.keys() & streams.keys():
        if streams[number].linked_to != begun[number]:
            yield Finding("other_link", number, begun[number] or "")


def _heads(db: Connection, chain: Chain, subject: str | None) -> Iterator[Finding]:
    """Streams without a workflow: what the outbox has written must have reached the log."""
    for number, sequence, head in db.execute(_HEADS, {"subject": subject}):
        stream = chain.streams.get(number)
        if stream is None or (stream.sequence, stream.hash) != (sequence, head):
            yield Finding("outbox_differs", number)


def _merged(db: Connection, query: str, subject: str | None) -> Iterator[Pair]:
    with db.cursor("audit") as cursor:
        cursor.itersize = _CHUNK
        cursor.execute(query.encode(), {"subject": subject})
        yield from cursor


def unmatched(applied: Iterator[Pair], causes: Iterator[Pair]) -> Iterator[tuple[str, str, str]]:
    """Yield what stands on one side only, of two sorted lists without repeats, with the code that says
    which."""
    left, right = next(applied, None), next(causes, None)
    while left is not None or right is not None:
        if right is None or (left is not None and _key(left) < _key(right)):
            assert left is not None
            yield *left, "applied_without_event"
            left = next(applied, None)
        elif left is None or _key(right) < _key(left):
            yield *right, "event_without_fact"
            right = next(causes, None)
        else:
            left, right = next(applied, None), next(causes, None)


def _key(pair: Pair) -> tuple[bytes, bytes]:
    """The order of both databases: that of the bytes."""
    return pair[0].encode(), pair[1].encode()
