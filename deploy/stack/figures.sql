-- name: intake
-- How far the inbound topics are read, what has become of the facts in the inbox, and what waits: for a person (the
-- dead letters of `deadletters list --open`), behind a dead letter, for what was away at the last delivery.
SELECT coalesce((SELECT sum(greatest(end_offset - next_offset, 0)) FROM intake.position), 0)::bigint AS behind,
       count(*)                                           AS facts,
       count(*) FILTER (WHERE state <> 'final')           AS open,
       count(*) FILTER (WHERE outcome = 'applied')        AS applied,
       count(*) FILTER (WHERE outcome = 'refused')        AS refused,
       count(*) FILTER (WHERE outcome = 'dead')           AS dead,
       coalesce(sum(duplicates), 0)::bigint               AS duplicates,
       (SELECT count(*) FROM intake.dead_letter d
         WHERE cleared_at IS NULL AND NOT EXISTS (
             SELECT FROM intake.dead_letter e WHERE e.source = d.source AND e.id = d.id AND e.n > d.n)) AS dead_letters,
       count(*) FILTER (WHERE state = 'waiting' AND waits_behind IS NOT NULL) AS waiting_behind,
       (SELECT count(*) FROM intake.subject WHERE next_at IS NOT NULL AND attempts > 0) AS retried,
       extract(epoch FROM now() - min(received_at) FILTER (WHERE state <> 'final'))::float AS oldest_open_seconds
FROM intake.inbox;

-- name: callbacks
-- What channels were told, what they are still to be told, and of how many applications they do not hear though they were
-- called as often as their table says.
SELECT (SELECT count(*) FROM notify.callback WHERE sent_at IS NOT NULL AND NOT dropped) AS told,
       (SELECT count(*) FROM notify.callback WHERE sent_at IS NULL)                     AS waiting,
       (SELECT count(*) FROM notify.line WHERE failing)                                 AS failing,
       (SELECT string_agg(DISTINCT code, ', ' ORDER BY code) FROM notify.line WHERE failing) AS codes,
       (SELECT extract(epoch FROM now() - min(written_at))::float
          FROM notify.callback WHERE sent_at IS NULL)                                   AS oldest_waiting_seconds;

-- name: builds
-- One row per build of each projection: when it last wrote, how old its newest fact is, what waits behind a hole, what
-- should not be, and where it stands in each partition (compared with the log's own ends).
SELECT b.projection, b.build, b.version, b.state, b.compared,
       extract(epoch FROM now() - max(o.applied_at))::float AS applied_seconds_ago,
       extract(epoch FROM now() - max(o.event_time))::float AS newest_seconds_old,
       (SELECT count(*) FROM projections.stream_position s
         WHERE s.projection = b.projection AND s.build = b.build) AS streams,
       (SELECT count(*) FROM projections.held h
         WHERE h.projection = b.projection AND h.build = b.build) AS held,
       (SELECT count(*) FROM projections.finding f
         WHERE f.projection = b.projection AND f.build = b.build) AS findings,
       coalesce(json_agg(json_build_array(o.topic, o.partition, o.next_offset) ORDER BY o.topic, o.partition)
                FILTER (WHERE o.topic IS NOT NULL), '[]') AS places
FROM projections.build b LEFT JOIN projections.partition_offset o USING (projection, build)
GROUP BY b.projection, b.build
ORDER BY b.projection, b.build
