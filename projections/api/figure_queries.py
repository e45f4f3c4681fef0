"""The SQL behind the figures of one quarter. Parameters are named; `region` NULL asks for all of them."""

# Since when there is anything to choose from.
BEGINNING = "SELECT min(received_at) AS first FROM statistics.application WHERE profile = %(profile)s"

# Each mean, all regions together (region NULL) and each: what was energised in the quarter, and, while it
# lasts, what is open with its days so far. A day that a pause takes from the whole counts once however many
# pauses share it: the day after it began up to the day on which it ended, as in workflows/policy/clock.py.
MEANS = """
WITH cases AS (
    SELECT s.target, s.region, s.net_days, s.gross_days, p.quality,
           s.energised_at >= %(begins)s AND s.energised_at < %(ends)s AS closed,
           s.energised_at IS NULL AND %(present)s                     AS open,
           (s.accepted_at AT TIME ZONE %(zone)s)::date                AS accepted
      FROM statistics.application s
      LEFT JOIN progress.application p ON p.number = s.number AND s.energised_at IS NULL AND %(present)s
     WHERE s.profile = %(profile)s AND s.target_statistic = 'mean'
       AND s.accepted_at IS NOT NULL AND s.withdrawn_at IS NULL
       AND (%(region)s::text IS NULL OR s.region = %(region)s)
), measured AS (
    SELECT target, region, net_days, gross_days, closed, open, paused.days AS paused,
           greatest(%(today)s::date - accepted, 0) AS so_far
      FROM cases, LATERAL (
           SELECT coalesce(sum(upper(span) - lower(span)), 0)::int AS days
             FROM (SELECT unnest(
                              range_agg(daterange(begun, greatest(begun, ended), '(]'))
                              * datemultirange(daterange(accepted, greatest(accepted, %(today)s::date), '(]'))
                          ) AS span
                     FROM (SELECT ((one ->> 'from')::timestamptz AT TIME ZONE %(zone)s)::date AS begun,
                                  coalesce(((one ->> 'until')::timestamptz AT TIME ZONE %(zone)s)::date,
                                           %(today)s::date) AS ended
                             FROM jsonb_array_elements(quality -> 'pauses') AS one
                            WHERE one ->> 'cause' = ANY(%(stopping)s)) AS pauses) AS spans) AS paused
)
SELECT target, region,
       count(net_days) FILTER (WHERE closed)                   AS closed,
       coalesce(sum(net_days) FILTER (WHERE closed), 0)::int   AS closed_net,
       coalesce(sum(gross_days) FILTER (WHERE closed), 0)::int AS closed_gross,
       count(*) FILTER (WHERE open)                            AS open,
       coalesce(sum(so_far - paused) FILTER (WHERE open), 0)::int AS open_net,
       coalesce(sum(so_far) FILTER (WHERE open), 0)::int       AS open_gross
  FROM measured
 GROUP BY GROUPING SETS ((target), (target, region))
 ORDER BY target, region NULLS FIRST
"""

# A limit is kept by each case on its net days, all regions together (region NULL) and each; the worst case is
# told, net and with its pauses.
LIMITS = """
SELECT target, region,
       count(*)                                        AS count,
       count(*) FILTER (WHERE net_days <= target_days) AS within,
       avg(net_days)::float                            AS mean_net,
       avg(gross_days)::float                          AS mean_gross,
       max(net_days)                                   AS worst_net,
       max(gross_days)                                 AS worst_gross
  FROM statistics.application
 WHERE profile = %(profile)s AND target_statistic = 'limit' AND net_days IS NOT NULL
   AND energised_at >= %(begins)s AND energised_at < %(ends)s
   AND (%(region)s::text IS NULL OR region = %(region)s)
 GROUP BY GROUPING SETS ((target), (target, region))
 ORDER BY target, region NULLS FIRST
"""

# Each record counts in the quarter of its own day; a duty in that of its due date, once that is past.
QUALITY = """
WITH cases AS (
    SELECT quality, energised_at FROM progress.application
     WHERE profile = %(profile)s AND (%(region)s::text IS NULL OR region = %(region)s)
), records AS (
    SELECT kind, one
      FROM cases, jsonb_each(quality) AS each(kind, list), jsonb_array_elements(list) AS one
     WHERE coalesce(one ->> 'at', one ->> 'due_at')::timestamptz >= %(begins)s
       AND coalesce(one ->> 'at', one ->> 'due_at')::timestamptz < least(%(ends)s, %(now)s)
)
SELECT (SELECT count(*) FROM cases
         WHERE energised_at >= %(begins)s AND energised_at < %(ends)s)                    AS energised,
       count(*) FILTER (WHERE kind = 'asked')                                             AS asked_again,
       count(*) FILTER (WHERE kind = 'asked' AND (one ->> 'avoidable')::bool)             AS avoidable,
       count(*) FILTER (WHERE kind = 'duties')                                            AS duties,
       count(*) FILTER (WHERE kind = 'duties' AND (one ->> 'late')::bool)                 AS duties_late,
       count(*) FILTER (WHERE kind = 'disputes')                                          AS disputes,
       count(*) FILTER (WHERE kind = 'disputes' AND (one ->> 'upheld')::bool)             AS disputes_upheld,
       count(*) FILTER (WHERE kind = 'disputes' AND NOT (one ->> 'settled')::bool)        AS disputes_open,
       count(*) FILTER (WHERE kind = 'corrections')                                       AS corrections,
       array(SELECT (SELECT count(*) FROM records
                      WHERE kind = 'ratings' AND (one ->> 'score')::int = score)
               FROM generate_series(1, 5) AS score ORDER BY score)                        AS ratings
  FROM records
"""
