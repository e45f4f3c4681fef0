"""Waits until silence has been judged: a past due date is called missed only after a while of quiet."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import psycopg

from deploy.demo.facts import SOURCE

LOOK_SECONDS = 0.5
LONGEST = timedelta(seconds=60)
"""A stack that waits longer than this for late facts judges them when the demo has long ended."""

_MARGIN = timedelta(seconds=2)  # the judgement itself must be made, published and folded

_QUIET = """
SELECT now() - greatest(max(delivered_at), max(finished_at)) FROM intake.inbox WHERE source = %s
"""


async def wait_for_silence(
    conn: psycopg.AsyncConnection, late_grace: timedelta, show: Callable[[int, int], None]
) -> None:
    """Wait until `late_grace` has passed since the last fact; `show` is told seconds, of how many."""
    wanted = late_grace + _MARGIN
    if late_grace > LONGEST:
        return
    while True:
        row = await (await conn.execute(_QUIET, (SOURCE,))).fetchone()
        quiet: timedelta | None = row[0] if row else None
        passed = wanted if quiet is None else min(quiet, wanted)
        show(int(passed.total_seconds()), int(wanted.total_seconds()))
        if passed >= wanted:
            return
        await asyncio.sleep(LOOK_SECONDS)
