"""The statements of the inbox transaction."""

KNOWN = """
SELECT i.source, i.id, i.content_hmac, i.corrected_hmac
FROM unnest(%s::text[], %s::text[]) AS named (source, id)
JOIN intake.inbox i USING (source, id)
"""

# A later fact waits behind a dead letter of its subject, unless its order does not matter, it begins the
# case, or it is of the same type: then it may be what the dead one should have been.
BEHIND = """
(SELECT min(letter) FROM intake.dead_letter d
 WHERE d.subject = %(subject)s AND d.blocks AND d.cleared_at IS NULL AND d.type <> %(type)s
   AND %(ordered)s AND NOT %(opens)s)
"""

ACCEPT = f"""
INSERT INTO intake.inbox (source, id, profile, stream, subject, alias, type, time, topic, partition, "offset",
                          content_hmac, fact, kid, raw, traceparent, ordered, opens, waits_behind, state)
SELECT %(source)s, %(id)s, %(profile)s, %(stream)s, %(subject)s, %(alias)s, %(type)s, %(time)s, %(topic)s,
       %(partition)s, %(offset)s, %(content_hmac)s, %(fact)s, %(kid)s, %(raw)s, %(traceparent)s, %(ordered)s,
       %(opens)s, behind, CASE WHEN behind IS NULL THEN 'pending' ELSE 'waiting' END
FROM (SELECT {BEHIND} AS behind) AS b
"""  # noqa: S608 - both are constants

# A fact that was refused or died, in a new version: the same place in the order of arrival, another content.
CORRECT = """
UPDATE intake.inbox
SET n = %(n)s, profile = %(profile)s, stream = %(stream)s, subject = %(subject)s, alias = %(alias)s,
    type = %(type)s, time = %(time)s, fact = %(fact)s, kid = %(kid)s, raw = %(raw)s,
    ordered = %(ordered)s, opens = %(opens)s, corrected_hmac = nullif(%(content_hmac)s, content_hmac),
    state = 'pending', outcome = NULL, code = NULL, sentence = NULL, reasons = '[]', waits_behind = NULL,
    delivered_at = NULL, finished_at = NULL
WHERE source = %(source)s AND id = %(id)s AND state = 'final' AND outcome <> 'applied'
"""

REFUSE_AGAIN = """
UPDATE intake.inbox
SET n = %(n)s, code = %(code)s, sentence = %(sentence)s, reasons = %(reasons)s, finished_at = now()
WHERE source = %(source)s AND id = %(id)s AND state = 'final' AND outcome <> 'applied'
"""

# The sealed fact goes to its case once more, unchanged: sealed once, it is the same bytes for ever.
REQUEUE = """
UPDATE intake.inbox
SET n = %(n)s, fact = jsonb_set(fact, '{n}', to_jsonb(%(n)s::int)), kid = %(kid)s, raw = %(raw)s,
    state = 'pending', outcome = NULL, code = NULL, sentence = NULL, reasons = '[]', waits_behind = NULL,
    delivered_at = NULL, finished_at = NULL
WHERE source = %(source)s AND id = %(id)s AND state = 'final' AND outcome <> 'applied'
"""

REFUSE = """
INSERT INTO intake.inbox (source, id, profile, stream, subject, alias, type, time, topic, partition, "offset",
                          content_hmac, traceparent, state, outcome, code, sentence, reasons,
                          finished_at)
VALUES (%(source)s, %(id)s, %(profile)s, %(stream)s, %(subject)s, %(alias)s, %(type)s, %(time)s, %(topic)s,
        %(partition)s, %(offset)s, %(content_hmac)s, %(traceparent)s, 'final', 'refused', %(code)s,
        %(sentence)s, %(reasons)s, now())
"""

LETTER = """
INSERT INTO intake.dead_letter (origin, partition, "offset", source, id, n, subject, alias, profile, type,
                                blocks, outcome, code, sentence, reasons, raw, quarantine, fact_seq,
                                version_of)
VALUES (%(topic)s, %(partition)s, %(offset)s, %(source)s, %(id)s, %(n)s, %(subject)s, %(alias)s, %(profile)s,
        %(type)s, %(blocks)s, 'refused', %(code)s, %(sentence)s, %(reasons)s, %(raw)s, %(quarantine)s,
        (SELECT seq FROM intake.inbox WHERE source = %(source)s AND id = %(id)s), %(version_of)s)
"""

TELL = """
INSERT INTO intake.outcome_queue (key, outcome)
VALUES (coalesce(%(subject)s, %(source)s || '|' || %(id)s),
        jsonb_build_object('source', %(source)s::text, 'id', %(id)s::text, 'number', %(subject)s::text,
                           'alias', %(alias)s::text, 'outcome', %(outcome)s::text, 'code', %(code)s::text,
                           'sentence', %(sentence)s::text,
                           'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))
"""

DUPLICATE = """
WITH first AS (
    UPDATE intake.inbox SET duplicates = duplicates + 1 WHERE source = %s AND id = %s
    RETURNING source, id, subject, alias
)
INSERT INTO intake.outcome_queue (key, outcome)
SELECT coalesce(subject, source || '|' || id),
       jsonb_build_object('source', source, 'id', id, 'number', subject, 'alias', alias,
                          'outcome', 'duplicate', 'code', NULL, 'sentence', NULL,
                          'at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
FROM first
"""

REUSED = "UPDATE intake.inbox SET reused = reused + 1 WHERE source = %s AND id = %s"

# The lock on the key makes erasing wait for this row, or this row find the key gone.
INDEX = """
INSERT INTO intake.blind_index (digest, field, subject)
SELECT %s, %s, subject FROM intake.stream_key WHERE subject = %s AND wrapped IS NOT NULL FOR SHARE
ON CONFLICT DO NOTHING
"""

WAKE = """
WITH woken AS (SELECT number FROM intake.subject WHERE number = ANY(%s) ORDER BY number FOR UPDATE)
UPDATE intake.subject AS s SET next_at = least(s.next_at, now()) FROM woken WHERE s.number = woken.number
"""
