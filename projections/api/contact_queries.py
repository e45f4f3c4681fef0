"""The SQL behind trips, surveys, first replies and the work of teams in a quarter; `region` NULL: all."""

# How many customers energised in the quarter came how often, by kind. A trip counts whatever caused it.
VISITS = """
SELECT kind, trips, count(*)::int AS cases, coalesce(sum(wrong), 0)::int AS wrong
  FROM (SELECT kind, jsonb_array_length(coalesce(records -> 'visits', '[]')) AS trips,
               jsonb_array_length(jsonb_path_query_array(records, '$.visits[*] ? (@.wrong == true)')) AS wrong
          FROM contact.application
         WHERE profile = %(profile)s AND energised_at >= %(begins)s AND energised_at < %(ends)s
           AND (%(region)s::text IS NULL OR region = %(region)s)) AS cases
 GROUP BY kind, trips
"""

# Each survey and each question counts in the quarter of its own day. A question is late once it was told so.
WHOLE = """
WITH cases AS (
    SELECT records FROM contact.application
     WHERE profile = %(profile)s AND (%(region)s::text IS NULL OR region = %(region)s)
), surveys AS (
    SELECT (one ->> 'remote')::bool AS remote
      FROM cases, jsonb_array_elements(records -> 'surveys') AS one
     WHERE (one ->> 'at')::timestamptz >= %(begins)s AND (one ->> 'at')::timestamptz < %(ends)s
), questions AS (
    SELECT (SELECT (answer ->> 'seconds')::int FROM jsonb_array_elements(records -> 'answered') AS answer
             WHERE answer ->> 'ref' = one ->> 'ref' LIMIT 1) AS seconds,
           (SELECT (answer ->> 'in_time')::bool FROM jsonb_array_elements(records -> 'answered') AS answer
             WHERE answer ->> 'ref' = one ->> 'ref' LIMIT 1) AS in_time,
           EXISTS (SELECT FROM jsonb_array_elements(records -> 'late') AS late
                    WHERE late ->> 'ref' = one ->> 'ref') AS late
      FROM cases, jsonb_array_elements(records -> 'asked') AS one
     WHERE (one ->> 'at')::timestamptz >= %(begins)s AND (one ->> 'at')::timestamptz < %(ends)s
)
SELECT (SELECT count(*) FROM surveys)                                        AS surveys,
       (SELECT count(*) FROM surveys WHERE remote)                           AS remote,
       count(*)                                                              AS asked,
       count(seconds)                                                        AS answered,
       count(*) FILTER (WHERE in_time)                                       AS in_time,
       count(*) FILTER (WHERE late OR NOT in_time)                           AS late,
       (percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds))::float         AS median_seconds
  FROM questions
"""

# What the managers of each region have now, and what was done in the quarter.
TEAMS = """
WITH cases AS (
    SELECT region, manager_id, records, energised_at,
           energised_at IS NULL AND withdrawn_at IS NULL AS open
      FROM contact.application
     WHERE profile = %(profile)s AND (%(region)s::text IS NULL OR region = %(region)s)
), held AS (
    SELECT region, count(DISTINCT manager_id) AS managers, max(n) AS most, sum(n)::int AS open
      FROM (SELECT region, manager_id, count(*)::int AS n FROM cases WHERE open GROUP BY region, manager_id)
        AS each
     GROUP BY region
), done AS (
    SELECT region,
           count(*) FILTER (WHERE energised_at >= %(begins)s AND energised_at < %(ends)s) AS energised,
           coalesce(sum((SELECT count(DISTINCT hand ->> 'at')
                           FROM jsonb_array_elements(records -> 'hands') AS hand
                          WHERE (hand ->> 'at')::timestamptz >= %(begins)s
                            AND (hand ->> 'at')::timestamptz < %(ends)s
                            AND hand ->> 'role' <> 'second_supervisor')), 0)::int AS handed_over
      FROM cases GROUP BY region
)
SELECT region, coalesce(managers, 0) AS managers, coalesce(open, 0) AS open, coalesce(most, 0) AS most,
       energised, handed_over
  FROM done LEFT JOIN held USING (region) ORDER BY region
"""
