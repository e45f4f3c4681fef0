"""A dispute that comes after its case was closed gets a case of its own, linked to the old one.

Its fact moves there, sealed anew under the key of the new stream, and whatever follows under the same
reference of the dispute moves after it. Upstream may go on to name the old case.
"""

from datetime import timedelta
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb

from activities.outcomes import Connection
from events.catalogue.registry import family_of
from events.catalogue.service_facts import DisputeAnswered, DisputeRaised, DisputeSettled
from events.errors import MingdianError
from events.personal import SealedValue
from events.sealing import StreamKey, seal, seal_bytes, unseal, unseal_bytes
from workflows.intake.desk import Desk
from workflows.intake.inbox import raw_context
from workflows.intake.inbox_sql import WAKE
from workflows.intake.subjects import Link, open_linked
from workflows.messages import FactMessage
from workflows.opening import About, open_dispute

_RAISED = family_of(DisputeRaised.type)
_DISPUTES = frozenset({_RAISED, family_of(DisputeAnswered.type), family_of(DisputeSettled.type)})

_ROOT = """
WITH RECURSIVE line AS (
    SELECT number, linked_to FROM intake.subject WHERE number = %s
    UNION SELECT s.number, s.linked_to FROM intake.subject s JOIN line ON s.number = line.linked_to
)
SELECT i.fact FROM line JOIN intake.inbox i ON i.subject = line.number
WHERE line.linked_to IS NULL AND i.opens AND i.outcome = 'applied' ORDER BY i.seq LIMIT 1
"""

# The fact begins the linked case, unless another does or has done so.
_MOVE = """
UPDATE intake.inbox SET subject = %(to)s, fact = %(fact)s, kid = %(kid)s, raw = %(raw)s, state = 'pending',
    waits_behind = NULL,
    opens = %(raised)s AND NOT EXISTS (
        SELECT FROM intake.inbox other WHERE other.subject = %(to)s AND other.opens
        AND (other.source, other.id) <> (%(source)s, %(id)s))
WHERE source = %(source)s AND id = %(id)s
"""

# What finds the person in the old stream finds the new one too.
_INDEX = """
INSERT INTO intake.blind_index (digest, subject, field)
SELECT digest, %s, field FROM intake.blind_index WHERE subject = %s ON CONFLICT DO NOTHING
"""


class Closed(NamedTuple):
    """A closed case, and a fact that came for it."""

    number: str
    profile: str
    fact: FactMessage


class ErasedError(MingdianError):
    """The personal data of the case, or of the one linked to it, is gone."""

    def __init__(self) -> None:
        super().__init__(
            "subject_erased", "The personal data of this application was erased; it takes no facts."
        )


def speaks_of_dispute(fact: FactMessage) -> bool:
    """Whether a fact is about a dispute."""
    return family_of(fact.type) in _DISPUTES


def raises_dispute(fact: FactMessage) -> bool:
    """Whether a fact begins a dispute."""
    return family_of(fact.type) == _RAISED


async def follow(conn: Connection, desk: Desk, closed: Closed, *, may_open: bool) -> bool:
    """Move a fact to the linked case of its dispute; False where there is none. With `may_open` a new dispute
    opens one, in the caller's transaction.

    Raises MingdianError where that can't be: `dispute_known`, `subject_erased`, `no_late_disputes`,
    `unknown_region`, `unknown_profile`, `no_case`; and `UniqueViolation` when somebody else does the same at
    this moment.
    """
    linked = await _linked(conn, closed)
    if linked is None:
        if not (may_open and raises_dispute(closed.fact)):
            return False
        await _require_new(conn, closed)
        await _require_openable(conn, desk, closed)
    held = await _key(conn, desk, closed.number)
    if linked is None:
        policy, dispute = desk.policies[closed.profile], str(closed.fact.data["dispute"])
        number, key = await open_linked(conn, desk, policy, closed.fact.time, Link(closed.number, dispute))
        await conn.execute(_INDEX, (number, closed.number))
    else:
        number, key = linked, await _key(conn, desk, linked)
    await _move(conn, closed, held, number, key)
    return True


async def about(conn: Connection, number: str) -> About | None:
    """Return the closed case that a case is about; None for one that is about no other.

    Raises MingdianError `no_case` when the inbox has lost the application.
    """
    cursor = await conn.execute("SELECT linked_to FROM intake.subject WHERE number = %s", (number,))
    row = await cursor.fetchone()
    if row is None or row[0] is None:
        return None
    return About(row[0], await _application(conn, row[0]))


async def _application(conn: Connection, number: str) -> FactMessage:
    """The application with which it all began: that of the case, or of the case that it is about."""
    row = await (await conn.execute(_ROOT, (number,))).fetchone()
    if row is None:
        raise MingdianError("no_case", "The application of the closed case is not in the inbox any more.")
    return FactMessage.model_validate(row[0])


async def _linked(conn: Connection, closed: Closed) -> str | None:
    cursor = await conn.execute(
        "SELECT number FROM intake.subject WHERE linked_to = %s AND dispute = %s",
        (closed.number, closed.fact.data.get("dispute")),
    )
    row = await cursor.fetchone()
    return row[0] if row else None


async def _require_new(conn: Connection, closed: Closed) -> None:
    """Raise for a dispute that the closed case has heard itself: it is not raised again under its name."""
    fact = closed.fact
    cursor = await conn.execute(
        """
        SELECT FROM intake.inbox WHERE subject = %s AND outcome = 'applied' AND type = %s
        AND fact->'data'->>'dispute' = %s AND (source, id) <> (%s, %s) LIMIT 1
        """,
        (closed.number, fact.type, fact.data["dispute"], fact.source, fact.id),
    )
    if await cursor.fetchone() is not None:
        raise MingdianError(
            "dispute_known", "This dispute was raised before. Raise another under a reference of its own."
        )


async def _require_openable(conn: Connection, desk: Desk, closed: Closed) -> None:
    """Raise what speaks against a linked case, before a number is given to it."""
    policy = desk.policies.get(closed.profile)
    if policy is None:
        raise MingdianError("unknown_profile", "The profile is not served any more. List it and replay.")
    found = About(closed.number, await _application(conn, closed.number))
    open_dispute(policy, closed.fact, closed.number, found, wait=timedelta(0), grace=timedelta(0))


async def _key(conn: Connection, desk: Desk, number: str) -> StreamKey:
    """The key of a stream, held until the transaction ends: erasing waits for it, or it is gone."""
    cursor = await conn.execute(
        "SELECT kid, wrapped FROM intake.stream_key WHERE subject = %s AND wrapped IS NOT NULL FOR SHARE",
        (number,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise ErasedError
    return desk.keys.open(row[0], bytes(row[1]))


async def _move(conn: Connection, closed: Closed, held: StreamKey, number: str, key: StreamKey) -> None:
    """Give the fact to another subject, under that one's key; nothing where somebody else has done so."""
    fact = closed.fact
    cursor = await conn.execute(
        """
        SELECT raw FROM intake.inbox
        WHERE source = %s AND id = %s AND n = %s AND subject = %s AND state IN ('pending', 'waiting')
        FOR UPDATE
        """,
        (fact.source, fact.id, fact.n, closed.number),
    )
    row = await cursor.fetchone()
    if row is None:
        return

    def resealed(name: str, value: Any) -> Any:
        if not isinstance(value, dict) or value.keys() != SealedValue.model_fields.keys():
            return value
        clear = unseal(held, closed.number, name, SealedValue.model_validate(value))
        return seal(key, number, name, clear).model_dump()

    data = {name: resealed(name, value) for name, value in fact.data.items()}
    raw = row[0]
    if raw is not None:
        clear = unseal_bytes(held.key, bytes(raw), raw_context(closed.number))
        raw = seal_bytes(key.key, clear, raw_context(number))
    values = {
        "source": fact.source,
        "id": fact.id,
        "to": number,
        "fact": Jsonb(fact.model_copy(update={"data": data}).model_dump(mode="json")),
        "kid": key.kid if raw is not None else None,
        "raw": raw,
        "raised": raises_dispute(fact),
    }
    await conn.execute(_MOVE, values)
    await conn.execute(WAKE, ([number],))
