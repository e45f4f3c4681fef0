-- name: intake
-- How far the inbound topics are read, and what has become of the facts in the inbox.
SELECT coalesce((SELECT sum(greatest(end_offset - next_offset, 0)) FROM intake.position), 0)::bigint AS behind,
       count(*)                                           AS facts,
       count(*) FILTER (WHERE state <> 'final')           AS open,
       count(*) FILTER (WHERE outcome = 'applied')        AS applied,
       count(*) FILTER (WHERE outcome = 'refused')        AS refused,
       count(*) FILTER (WHERE outcome = 'dead')           AS dead,
       coalesce(sum(duplicates), 0)::bigint               AS duplicates,
       extract(epoch FROM now() - min(received_at) FILTER (WHERE state <> 'final'))::float AS oldest_open_seconds
FROM intake.inbox;

-- name: projections
-- One row per projection: when it last wrote, what waits behind a hole, what should not be.
SELECT projection,
       extract(epoch FROM now() - max(applied_at))::float AS applied_seconds_ago,
       (SELECT count(*) FROM projections.held h WHERE h.projection = o.projection AND h.version = o.version)    AS held,
       (SELECT count(*) FROM projections.finding f WHERE f.projection = o.projection AND f.version = o.version) AS findings
FROM projections.partition_offset o
GROUP BY projection, version
ORDER BY projection, version;

-- name: positions
-- Where each projection stands in each partition; compared with the log's own ends.
SELECT projection, topic, partition, next_offset FROM projections.partition_offset
