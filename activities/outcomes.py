"""The final outcome of a fact: in its inbox row, among the dead letters unless applied, on the way to Kafka.

One statement does all three, so that no outcome is known in one place and not in another. Delivery uses it
for facts whose fate is told at once, the activity for those that a case had held.
"""

from typing import Any, Literal

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool
from temporalio import activity

from activities.messages import RECORD_OUTCOME, OutcomeRecord

Connection = AsyncConnection[TupleRow]
Pool = AsyncConnectionPool[Connection]


# A row that is final stays as it is: whoever tells an outcome a second time changes nothing.
_FINISH = """
WITH fact AS (
    SELECT * FROM intake.inbox
    WHERE source = %(source)s AND id = %(id)s AND n = %(n)s AND state <> 'final'
    FOR UPDATE
), finished AS (
    UPDATE intake.inbox AS i
    SET state = 'final', outcome = %(outcome)s, code = %(code)s, sentence = %(sentence)s,
        raw = NULL, kid = NULL,
        delivered_at = coalesce(i.delivered_at, CASE WHEN %(delivered)s THEN now() END), finished_at = now()
    FROM fact WHERE i.seq = fact.seq
), letter AS (
    INSERT INTO intake.dead_letter (origin, partition, "offset", source, id, n, subject, alias, profile,
                                    type, outcome, code, sentence, kid, raw)
    SELECT topic, partition, "offset", source, id, n, subject, alias, profile,
           type, %(outcome)s, %(code)s, %(sentence)s, kid, raw
    FROM fact WHERE %(outcome)s <> 'applied'
)
INSERT INTO intake.outcome_queue (key, outcome)
SELECT coalesce(subject, source || '|' || id),
       jsonb_build_object('source', source, 'id', id, 'number', subject, 'alias', alias,
                          'outcome', %(outcome)s::text, 'code', %(code)s::text,
                          'sentence', %(sentence)s::text,
                          'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
FROM fact
"""


async def finish(
    conn: Connection,
    *,
    source: str,
    id: str,  # noqa: A002 - CloudEvents' own name
    n: int,
    outcome: Literal["applied", "refused", "dead"],
    code: str | None = None,
    sentence: str | None = None,
    delivered: bool = True,
) -> bool:
    """Give a fact its final outcome, once. Returns False when it had one or the row has another `n`."""
    if outcome != "applied" and not (code and sentence):
        raise ValueError("a refusal needs a code and a sentence")
    values: dict[str, Any] = {
        "source": source,
        "id": id,
        "n": n,
        "outcome": outcome,
        "code": code,
        "sentence": sentence,
        "delivered": delivered,
    }
    return (await conn.execute(_FINISH, values)).rowcount > 0


class OutcomeActivities:
    """Activities of a worker; `pool` reaches the database of the inbox."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @activity.defn(name=RECORD_OUTCOME)
    async def record_outcome(self, record: OutcomeRecord) -> None:
        """Write the final outcome of a formerly held fact. Again is harmless."""
        async with self._pool.connection() as conn:
            await finish(
                conn,
                source=record.source,
                id=record.id,
                n=record.n,
                outcome="applied" if record.fate == "applied" else "refused",
                code=record.code,
                sentence=record.sentence,
            )
