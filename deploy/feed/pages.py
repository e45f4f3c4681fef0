"""Waits until what was applied can be read on the pages: every applied fact has its event in the timeline."""

import asyncio
import time
from collections.abc import Callable, Sequence

import psycopg

from deploy.errors import UserError
from deploy.feed.ledger import Key

LOOK_SECONDS = 0.5

# An event names the fact that led to it; the timeline keeps every event, retracted ones too, and so does the
# story of a project. What is told of staff is shown as soon as it is in the log. A case that is about a
# closed one is no application of its own: no list has a row of it.
_SHOWN = """
SELECT count(*), count(*) FILTER (WHERE CASE WHEN c.stream = 'project' THEN EXISTS (
    SELECT FROM prestart_story.entry t
    JOIN prestart.project p ON p.number = t.number AND p.sequence >= t.sequence
    WHERE t.number = i.subject AND t.causation = i.source || '|' || i.id)
  WHEN c.stream = 'roster' THEN NOT EXISTS (
    SELECT FROM intake.outbox o WHERE o.subject = i.subject AND o.sent_at IS NULL)
  ELSE EXISTS (
    SELECT FROM timeline.entry t
    LEFT JOIN progress.application a ON a.number = t.number AND a.sequence >= t.sequence
    LEFT JOIN statistics.application s ON s.number = t.number
    WHERE t.number = i.subject AND t.causation = i.source || '|' || i.id
      AND (c.linked_to IS NOT NULL OR (a.number IS NOT NULL AND s.number IS NOT NULL))) END)
FROM (SELECT DISTINCT * FROM unnest(%s::text[], %s::text[]) AS one (source, id)) AS fed
JOIN intake.inbox i USING (source, id) JOIN intake.subject c ON c.number = i.subject
WHERE i.outcome = 'applied'
"""


async def wait_for_pages(
    conn: psycopg.AsyncConnection,
    facts: Sequence[Key],
    *,
    patience: float,
    show: Callable[[int, int], None] = lambda _done, _all: None,
) -> None:
    """Wait until those of the facts that were applied are shown; `show` is told how many are, of how many.

    Raises UserError `pages_behind` after `patience` seconds without progress.
    """
    moved, last = time.monotonic(), -1
    named = [[source for source, _ in facts], [fact_id for _, fact_id in facts]]
    while True:
        row = await (await conn.execute(_SHOWN, named)).fetchone()
        applied, shown = row or (0, 0)
        show(shown, applied)
        if shown == applied:
            return
        if shown != last:
            moved, last = time.monotonic(), shown
        elif time.monotonic() - moved > patience:
            raise UserError(
                "pages_behind",
                f"{applied - shown} applied facts are not on the pages after {patience:.0f} s of silence. "
                "See ./mingdian status and the log of the projector.",
            )
        await asyncio.sleep(LOOK_SECONDS)
