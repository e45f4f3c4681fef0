"""The read side's SQL, whole and commented. Parameters are named."""

# The position covers all profiles (one more look than needed does no harm); the newest event is the
# profile's own. `applied_at` is when anything was last folded.
FRESHNESS = """
SELECT coalesce(sum(next_offset), 0)::bigint AS position,
       (SELECT max(last_event_at)
          FROM progress.application
         WHERE %(profile)s::text IS NULL OR profile = %(profile)s) AS newest_event_at,
       max(applied_at) FILTER (WHERE projection = 'progress') AS applied_at
  FROM projections.live_offset
 WHERE projection IN ('progress', 'statistics')
"""

# What happened today: local midnight comes in as a parameter, so that an index-friendly comparison is left.
TOTALS = """
SELECT count(*)                                                            AS received,
       count(*) FILTER (WHERE received_at >= %(midnight)s)                 AS received_today,
       count(*) FILTER (WHERE energised_at IS NOT NULL)                    AS energised,
       count(*) FILTER (WHERE energised_at >= %(midnight)s)                AS energised_today,
       count(*) FILTER (WHERE energised_at IS NULL AND withdrawn_at IS NULL) AS open,
       count(*) FILTER (WHERE overdue)                                     AS overdue,
       count(*) FILTER (WHERE withdrawn_at IS NOT NULL)                    AS withdrawn
  FROM statistics.application
 WHERE profile = %(profile)s
"""

# Regions and kinds in one pass; the column that a row does not group by is NULL.
GROUPS = """
SELECT region, kind,
       count(*)                                                            AS received,
       count(*) FILTER (WHERE energised_at IS NULL AND withdrawn_at IS NULL) AS open,
       count(*) FILTER (WHERE energised_at IS NOT NULL)                    AS energised,
       count(*) FILTER (WHERE withdrawn_at IS NOT NULL)                    AS withdrawn,
       count(*) FILTER (WHERE overdue)                                     AS overdue,
       count(*) FILTER (WHERE energised_at IS NOT NULL AND on_time)        AS on_time,
       count(net_days)                                                     AS count,
       avg(gross_days)::float                                              AS mean_gross,
       avg(net_days)::float                                                AS mean_net,
       percentile_cont(0.05) WITHIN GROUP (ORDER BY net_days)              AS p05_net,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY gross_days)            AS p95_gross,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY net_days)              AS p95_net
  FROM statistics.application
 WHERE profile = %(profile)s
 GROUP BY GROUPING SETS ((region), (kind))
"""

# Promises: all months together (month NULL) and month by month. Only energised cases have days.
TARGETS = """
SELECT target, month,
       count(net_days)                                          AS count,
       count(*) FILTER (WHERE net_days <= target_days)          AS within,
       avg(gross_days)::float                                   AS mean_gross,
       avg(net_days)::float                                     AS mean_net,
       percentile_cont(0.05) WITHIN GROUP (ORDER BY net_days)   AS p05_net,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY gross_days) AS p95_gross,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY net_days)   AS p95_net
  FROM statistics.application
 WHERE profile = %(profile)s AND target IS NOT NULL AND net_days IS NOT NULL AND month IS NOT NULL
 GROUP BY GROUPING SETS ((target), (target, month))
 ORDER BY target, month NULLS FIRST
"""

# Month by month, all kinds together (kind NULL) and each kind: every energised case, promised a total or not.
MONTHS = """
SELECT month, kind,
       count(*)                                                 AS energised,
       count(*) FILTER (WHERE on_time)                          AS on_time,
       count(net_days)                                          AS count,
       avg(gross_days)::float                                   AS mean_gross,
       avg(net_days)::float                                     AS mean_net,
       percentile_cont(0.05) WITHIN GROUP (ORDER BY net_days)   AS p05_net,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY gross_days) AS p95_gross,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY net_days)   AS p95_net
  FROM statistics.application
 WHERE profile = %(profile)s AND month IS NOT NULL
 GROUP BY GROUPING SETS ((month), (month, kind))
 ORDER BY month, kind NULLS FIRST
"""

APPLICATION = """
SELECT status, overdue, step, due_at, state
  FROM progress.application
 WHERE number = %(number)s AND profile = %(profile)s
"""

# Who is away on a local day. An absence without a last day has no end.
AWAY = """
SELECT staff_id
  FROM roster.member, jsonb_array_elements(absences) AS one
 WHERE profile = %(profile)s AND (one ->> 'first')::date <= %(today)s
   AND coalesce((one ->> 'last')::date, 'infinity') >= %(today)s
"""

# The late disputes of a case are cases of their own; each says itself what it is linked to.
LINKED_FROM = """
SELECT number
  FROM progress.application
 WHERE state -> 'linked' ->> 'linked_to' = %(number)s AND state -> 'linked' IS NOT NULL
   AND profile = %(profile)s
 ORDER BY number
"""

TIMELINE = """
SELECT sequence, type, at, data, hash, retracted
  FROM timeline.entry
 WHERE number = %(number)s AND profile = %(profile)s
 ORDER BY sequence DESC
"""

# Where the pages of these applications stand: state and timeline are folded apart, so both count.
POSITIONS = """
SELECT p.number,
       (p.sequence + coalesce((SELECT max(t.sequence) FROM timeline.entry t WHERE t.number = p.number), 0))
           ::bigint AS position
  FROM progress.application p
 WHERE p.number = ANY(%(numbers)s)
"""

OPEN_CASES = """
SELECT state
  FROM progress.application
 WHERE profile = %(profile)s AND status IN ('checking', 'open', 'paused')
 ORDER BY number
"""

# A parameter that is NULL asks nothing. The unit is that of the limit by which the step is due: its newest
# receipt's.
FIND = """
SELECT number, region, kind, status, step, due_at, overdue, manager_id AS manager,
       voltage_kv::float AS voltage_kv, capacity_kva::float AS capacity_kva, submitted_at, last_event_at,
       (SELECT r -> 'limit' ->> 'unit'
          FROM jsonb_array_elements(state -> 'receipts') WITH ORDINALITY AS each(r, place)
         WHERE r ->> 'step' = step AND (r ->> 'entered_at')::timestamptz = step_entered_at
         ORDER BY place DESC
         LIMIT 1) AS unit,
       count(*) OVER () AS matching
  FROM progress.application
 WHERE profile = %(profile)s
   AND (%(step)s::text     IS NULL OR step = %(step)s)
   AND (%(region)s::text   IS NULL OR region = %(region)s)
   AND (%(kind)s::text     IS NULL OR kind = %(kind)s)
   AND (%(overdue)s::bool  IS NULL OR overdue = %(overdue)s)
   AND (%(manager)s::text  IS NULL OR manager_id = %(manager)s)
 ORDER BY overdue DESC, due_at NULLS LAST, number
 LIMIT %(limit)s
"""
