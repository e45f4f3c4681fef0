"""What a channel was told, and what it is still to be told: for a person who asks."""

from datetime import datetime
from typing import NamedTuple

from psycopg.rows import class_row

from projections.notify.queue import Connection

_STATE = """
SELECT count(*) FILTER (WHERE c.sent_at IS NOT NULL AND NOT c.dropped) AS told,
       count(*) FILTER (WHERE c.number IS NOT NULL AND c.sent_at IS NULL) AS waiting,
       max(c.sent_at) FILTER (WHERE NOT c.dropped) AS heard_at,
       min(c.written_at) FILTER (WHERE c.sent_at IS NULL) AS waiting_since,
       count(DISTINCT l.number) FILTER (WHERE l.failing) AS failing,
       (SELECT string_agg(DISTINCT code, ', ' ORDER BY code) FROM notify.line
         WHERE profile = %(profile)s AND upstream = %(upstream)s) AS codes
  FROM notify.line l LEFT JOIN notify.callback c USING (number)
 WHERE l.profile = %(profile)s AND l.upstream = %(upstream)s
"""


class CallbackState(NamedTuple):
    """Messages told and waiting, when the last was heard, since when the oldest waits; of how many
    applications it does not hear, called as often as its table says; and the codes of what fails now."""

    told: int
    waiting: int
    heard_at: datetime | None
    waiting_since: datetime | None
    failing: int
    codes: str | None


async def state_of(conn: Connection, profile: str, upstream: str) -> CallbackState:
    """Return how the callbacks of a channel stand."""
    async with conn.cursor(row_factory=class_row(CallbackState)) as cursor:
        await cursor.execute(_STATE, {"profile": profile, "upstream": upstream})
        found = await cursor.fetchone()
    assert found is not None
    return found
