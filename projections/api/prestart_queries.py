"""SQL of the key projects' reads. Parameters are named; one that is NULL asks nothing."""

# How new it is: a place in the log that only rises, and the newest event of the profile's projects.
FRESHNESS = """
SELECT coalesce(sum(next_offset), 0)::bigint AS position,
       (SELECT max(last_event_at) FROM prestart.project WHERE profile = %(profile)s) AS newest_event_at,
       max(applied_at) AS applied_at
  FROM projections.live_offset
 WHERE projection = 'prestart'
"""

# A joined project goes on under another and stands in no list. Which light each has, and with it the order,
# is reckoned for the day on which it is read.
LIST = """
SELECT number, name, region, stage, light, light_since, expected_on, works, largest_kva, conflicts, gone,
       ended, manager_id, opened_at, told_at, last_event_at, tables_on
  FROM prestart.project
 WHERE profile = %(profile)s AND joined_into IS NULL
 ORDER BY number
"""

# Where pages stand: all of projects, and each of these.
WHOLE = """
SELECT coalesce(sum(next_offset), 0)::bigint AS position FROM projections.live_offset
 WHERE projection = 'prestart'
"""

POSITIONS = """
SELECT p.number,
       (p.sequence
        + coalesce((SELECT max(t.sequence) FROM prestart_story.entry t WHERE t.number = p.number), 0))
           ::bigint AS position
  FROM prestart.project p
 WHERE p.number = ANY(%(numbers)s)
"""

PROJECT = """
SELECT number, state FROM prestart.project WHERE number = %(number)s AND profile = %(profile)s
"""

STATES = """
SELECT state FROM prestart.project WHERE profile = %(profile)s ORDER BY number
"""

STORY = """
SELECT sequence, type, at, data, causation
  FROM prestart_story.entry
 WHERE number = %(number)s AND profile = %(profile)s
 ORDER BY sequence
"""

# Two projects with a key in common are perhaps one. Not those that were joined, are closed, or that a person
# found to be two; which of the two a person told makes no difference.
CANDIDATES = """
WITH keys AS (
    SELECT p.number, p.dismissed, key
      FROM prestart.project p, jsonb_array_elements_text(p.match_keys) AS key
     WHERE p.profile = %(profile)s AND p.joined_into IS NULL AND p.closed_at IS NULL
)
SELECT a.number AS first, b.number AS second, array_agg(DISTINCT split_part(a.key, ':', 1)) AS matched_by
  FROM keys a JOIN keys b ON a.key = b.key AND a.number < b.number
 WHERE NOT a.dismissed ? b.number AND NOT b.dismissed ? a.number
   AND (%(number)s::text IS NULL OR %(number)s IN (a.number, b.number))
 GROUP BY 1, 2
 ORDER BY 1, 2
"""
