"""The SQL behind the figures of channels in a quarter; `region` NULL: all."""

# What came, what was accepted and what was energised, each in the quarter of its own day, by channel. Days
# are calendar days from handing in, pauses and all: what a customer of that channel lived through.
CHANNELS = """
SELECT channel,
       count(*) FILTER (WHERE received_at >= %(begins)s AND received_at < %(ends)s) AS received,
       count(hours) AS accepted,
       avg(hours)::float AS accepted_mean_hours,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY hours) AS accepted_p95_hours,
       count(days) AS energised,
       avg(days)::float AS energised_mean_days,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY days) AS energised_p95_days
  FROM (SELECT channel, received_at,
               CASE WHEN accepted_at >= %(begins)s AND accepted_at < %(ends)s
                    THEN extract(epoch FROM accepted_at - received_at)::float / 3600 END AS hours,
               CASE WHEN energised_at >= %(begins)s AND energised_at < %(ends)s
                    THEN extract(epoch FROM energised_at - received_at)::float / 86400 END AS days
          FROM statistics.application
         WHERE profile = %(profile)s AND (%(region)s::text IS NULL OR region = %(region)s)) AS cases
 GROUP BY channel
"""

# Messages that were refused, at the channel's door or in intake, by the first of their reasons. What is
# corrected and refused again counts once. Of a message that was not understood no region is known.
REFUSALS = """
SELECT source, code, count(*)::int AS count
  FROM intake.dead_letter
 WHERE source = ANY(%(sources)s) AND outcome = 'refused' AND version_of IS NULL
   AND at >= %(begins)s AND at < %(ends)s
 GROUP BY source, code
 ORDER BY count DESC, code
"""

# How long an application waited for its outcome, taken or refused: from when its message was received, in
# seconds. What the door itself refuses is answered at once, and stands among the refusals.
ANSWERS = """
SELECT source, count(*)::int AS count, avg(seconds)::float AS mean_seconds,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS p95_seconds
  FROM (SELECT source, extract(epoch FROM finished_at - received_at)::float AS seconds
          FROM intake.inbox
         WHERE opens AND source = ANY(%(sources)s)
           AND finished_at >= %(begins)s AND finished_at < %(ends)s) AS waits
 GROUP BY source
"""
