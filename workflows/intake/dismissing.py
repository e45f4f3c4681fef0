"""A dead letter that nobody need look at any more: said by a person, with a reason that stays."""

from activities.outcomes import RELEASED, Connection
from events.errors import MingdianError

REASON_LETTERS = 500

# In one statement with what waited behind it, so that nothing waits for a letter that is done with.
_DISMISS = f"""
WITH cleared AS (
    UPDATE intake.dead_letter SET cleared_at = now(), dismissed = %(reason)s
    WHERE letter = %(letter)s AND cleared_at IS NULL
    RETURNING letter, subject
), {RELEASED}
SELECT letter FROM cleared
"""  # noqa: S608 - both are constants


async def dismiss(conn: Connection, letter: int, reason: str) -> None:
    """Clear a letter without applying its fact; what waited behind it goes on. It may be replayed still.

    Raises MingdianError `no_reason`, `no_letter`, or `cleared` for one that is done with already.
    """
    words = reason.strip()
    if not words or len(words) > REASON_LETTERS:
        raise MingdianError("no_reason", f"Say why, in at most {REASON_LETTERS} letters.")
    values = {"letter": letter, "reason": words}
    if await (await conn.execute(_DISMISS.encode(), values)).fetchone():
        return
    known = await conn.execute("SELECT FROM intake.dead_letter WHERE letter = %s", (letter,))
    if await known.fetchone() is None:
        raise MingdianError("no_letter", f"There is no dead letter {letter}.")
    raise MingdianError("cleared", f"Dead letter {letter} is done with already.")
