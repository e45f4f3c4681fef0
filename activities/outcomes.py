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
from events.catalogue.connection_facts import Energised, Withdrawn

Connection = AsyncConnection[TupleRow]
Pool = AsyncConnectionPool[Connection]

# What waited behind letters that are `cleared` goes on, or waits behind the next one.
RELEASED = """
released AS (
    UPDATE intake.inbox AS i
    SET waits_behind = following.letter,
        state = CASE WHEN following.letter IS NULL THEN 'pending' ELSE 'waiting' END
    FROM cleared, LATERAL (
        SELECT min(d.letter) AS letter FROM intake.dead_letter d
        WHERE d.subject = cleared.subject AND d.blocks AND d.cleared_at IS NULL
          AND d.letter NOT IN (SELECT letter FROM cleared)
    ) AS following
    WHERE i.waits_behind = cleared.letter AND i.state = 'waiting'
), woken AS (
    UPDATE intake.subject AS s SET next_at = least(s.next_at, now())
    FROM (SELECT DISTINCT subject FROM cleared) AS c WHERE s.number = c.subject
)
"""

# A row that is final stays as it is: whoever tells an outcome a second time changes nothing. A fact that dies
# and `blocks` makes what came after it wait; once it is applied, or another of its type in its place, its
# letter is cleared and they go on. An energised case is no work any more for those who have it; one that was
# withdrawn needs nobody.
_FINISH = f"""
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
), ended AS (
    UPDATE intake.seat AS s SET ended_at = now()
    FROM fact WHERE %(outcome)s = 'applied' AND fact.type = %(energised)s
      AND s.number = fact.subject AND s.ended_at IS NULL
), left_empty AS (
    DELETE FROM intake.seat AS s USING fact
    WHERE %(outcome)s = 'applied' AND fact.type = %(withdrawn)s AND s.number = fact.subject
), letter AS (
    INSERT INTO intake.dead_letter (origin, partition, "offset", source, id, n, subject, alias, profile,
                                    type, outcome, code, sentence, kid, raw, fact_seq, version_of, blocks)
    SELECT topic, partition, "offset", source, id, n, subject, alias, profile,
           type, %(outcome)s, %(code)s, %(sentence)s, kid, raw, seq, first.letter,
           %(blocks)s AND ordered AND NOT opens AND NOT coalesce(first.blocks, false)
    FROM fact LEFT JOIN LATERAL (
        SELECT min(d.letter) AS letter, bool_or(d.blocks AND d.cleared_at IS NULL) AS blocks
        FROM intake.dead_letter d
        WHERE d.source = fact.source AND d.id = fact.id AND d.code <> 'id_reused'
    ) AS first ON true
    WHERE %(outcome)s <> 'applied'
    RETURNING letter, blocks
), behind AS (
    UPDATE intake.inbox AS i SET state = 'waiting', waits_behind = letter.letter
    FROM letter, fact
    WHERE letter.blocks AND i.subject = fact.subject AND i.seq > fact.seq
      AND i.state IN ('pending', 'waiting') AND i.waits_behind IS NULL
      AND i.ordered AND NOT i.opens AND i.type <> fact.type
), cleared AS (
    UPDATE intake.dead_letter AS d SET cleared_at = now()
    FROM fact
    WHERE %(outcome)s = 'applied' AND d.cleared_at IS NULL AND d.code <> 'id_reused'
      AND ((d.source = fact.source AND d.id = fact.id)
           OR (d.blocks AND d.subject = fact.subject AND d.type = fact.type AND d.fact_seq < fact.seq))
    RETURNING d.letter, d.subject
), {RELEASED}
INSERT INTO intake.outcome_queue (key, outcome)
SELECT coalesce(subject, source || '|' || id),
       jsonb_build_object('source', source, 'id', id, 'number', subject, 'alias', alias,
                          'outcome', %(outcome)s::text, 'code', %(code)s::text,
                          'sentence', %(sentence)s::text,
                          'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
FROM fact
"""  # noqa: S608 - both are constants


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
    blocks: bool = False,
) -> bool:
    """Give a fact its final outcome, once. Returns False when it had one or the row has another `n`.

    `blocks`: its case never judged it, so what came after it waits until it is replayed, if order matters.
    """
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
        "blocks": blocks,
        "energised": Energised.type,
        "withdrawn": Withdrawn.type,
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
