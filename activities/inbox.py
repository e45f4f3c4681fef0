"""What a run asks the inbox before it takes silence for an answer."""

import asyncio
from datetime import datetime

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import WAIT_FOR_QUIET, QuietRequest
from activities.outcomes import Connection, Pool

LOOKS = 15
"""How often one attempt looks before it gives its place to others and is retried."""

LOOK_SECONDS = 1.0


async def is_read_past(conn: Connection, moment: datetime) -> bool:
    """Whether every inbound partition has been read to its end after `moment`: what was sent before it is
    known."""
    cursor = await conn.execute(
        "SELECT coalesce(bool_and(caught_up_at >= %s), false) FROM intake.position", (moment,)
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def has_undelivered(conn: Connection, number: str) -> bool:
    """Whether the inbox still has facts for this subject that its run has not seen."""
    cursor = await conn.execute(
        "SELECT EXISTS (SELECT FROM intake.inbox WHERE subject = %s AND state IN ('pending', 'waiting'))",
        (number,),
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


class InboxActivities:
    """Activities of a worker; `pool` reaches the database of the inbox."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @activity.defn(name=WAIT_FOR_QUIET)
    async def wait_for_quiet(self, request: QuietRequest) -> None:
        """Return once nothing that was sent up to `until` is still on its way to this case.

        Raises ApplicationError `not_quiet`, to be retried: intake, its database or its broker may be away
        for long.
        """
        for _ in range(LOOKS):
            async with self._pool.connection() as conn:
                if await is_read_past(conn, request.until) and not await has_undelivered(
                    conn, request.number
                ):
                    return
            await asyncio.sleep(LOOK_SECONDS)
        raise ApplicationError("not_quiet", type="not_quiet")
