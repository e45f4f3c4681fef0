"""What a sweep reads: which cases and projects are open, what they were told before, what became of it."""

# Applications whose run is open, energised ones in their time of service and those with a dispute after it
# among them, and disputes that are cases of their own, each with the application at its root. One that was
# erased takes no facts.
OPEN = """
WITH RECURSIVE line AS (
    SELECT number AS open, linked_to AS origin FROM intake.subject s
    WHERE profile = %(profile)s AND linked_to IS NOT NULL AND begun_at IS NOT NULL AND erased_at IS NULL
    AND NOT EXISTS (
        SELECT FROM timeline.entry t WHERE t.number = s.number AND t.type LIKE '%%.case_closed.v%%')
    UNION SELECT line.open, s.linked_to FROM line JOIN intake.subject s ON s.number = line.origin
    WHERE s.linked_to IS NOT NULL
)
SELECT number, a.state->'received' FROM progress.application a JOIN intake.subject s USING (number)
WHERE a.profile = %(profile)s AND a.state ? 'received' AND a.withdrawn_at IS NULL
AND NOT a.state ? 'closed_at' AND s.erased_at IS NULL
UNION ALL
SELECT line.open, a.state->'received' FROM line JOIN progress.application a ON a.number = line.origin
WHERE a.state ? 'received'
ORDER BY 1
"""
# Key projects whose run is open, joined ones and ended ones that may come back among them.
OPEN_PROJECTS = """
SELECT s.number FROM intake.subject s LEFT JOIN prestart.project p USING (number)
WHERE s.profile = %(profile)s AND s.stream = 'project' AND s.begun_at IS NOT NULL AND s.erased_at IS NULL
AND p.closed_at IS NULL ORDER BY 1
"""
# Facts of earlier sweeps to the same version that are done with: refused, or followed by a change back.
BEFORE = """
SELECT id FROM intake.inbox WHERE subject = ANY(%s) AND source = %s AND type = ANY(%s) AND state = 'final'
"""
# What a case says of it now: what it had said before it heard of an earlier fact is struck out. Of a project,
# how its light has turned.
TOLD = """
SELECT i.subject, i.outcome, i.code, t.data->>'due_before', t.data->>'due_after', (
    SELECT count(*) FROM jsonb_array_elements(t.data->'duties') AS duty
    WHERE duty->>'due_before' IS DISTINCT FROM duty->>'due_after'),
    l.data->>'before', l.data->>'light'
FROM intake.inbox i LEFT JOIN timeline.entry t
  ON t.number = i.subject AND t.causation = i.source || '|' || i.id AND t.type LIKE '%%.policy_amended.v%%'
  AND NOT t.retracted
LEFT JOIN prestart_story.entry l
  ON l.number = i.subject AND l.causation = i.source || '|' || i.id AND l.type LIKE '%%.light_turned.v%%'
WHERE i.source = %s AND i.id = ANY(%s) ORDER BY i.subject
"""
