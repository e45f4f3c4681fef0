-- Builds: one projection may be kept several times side by side. Each build has a schema of its own; the one that is
-- `live` is reached under the projection's own name (schema of views), so a page never sees a half-made one.

CREATE TABLE projections.build (
    projection  text        NOT NULL,
    build       int         NOT NULL,  -- from `build_number`
    version     int         NOT NULL,  -- of the fold that fills it
    schema      text        NOT NULL UNIQUE,
    state       text        NOT NULL CHECK (state IN ('building', 'following', 'live', 'retired')),
    begun_at    timestamptz NOT NULL DEFAULT now(),
    filled_at   timestamptz,           -- when it had caught up with the live one
    compared    text CHECK (compared IN ('equal', 'different')),
    differences bigint,                -- rows that differ from those of the live one, at the same place in the log
    live_at     timestamptz,
    retired_at  timestamptz,
    PRIMARY KEY (projection, build)
);

CREATE SEQUENCE projections.build_number;  -- a number is never used twice, whatever is dropped

CREATE UNIQUE INDEX build_live ON projections.build (projection) WHERE state = 'live';

-- A read model is a copy of the log: what was made before there were builds is made anew.
DROP SCHEMA IF EXISTS progress, timeline, statistics CASCADE;
DELETE FROM projections.partition_offset;
DELETE FROM projections.stream_position;
DELETE FROM projections.held;
DELETE FROM projections.finding;

ALTER TABLE projections.partition_offset RENAME COLUMN version TO build;
ALTER TABLE projections.stream_position RENAME COLUMN version TO build;
ALTER TABLE projections.held RENAME COLUMN version TO build;
ALTER TABLE projections.finding RENAME COLUMN version TO build;

-- What waits is kept as it came, byte for byte, with the reason: `hole` (what comes before it is missing) or `unfoldable`
-- (this release's fold refuses it; its stream stops there).
ALTER TABLE projections.held DROP COLUMN event, ADD COLUMN event bytea NOT NULL,
    ADD COLUMN reason text NOT NULL CHECK (reason IN ('hole', 'unfoldable'));

-- When a stream's rows were last changed: book-keeping, carried over to a build that takes over.
ALTER TABLE projections.stream_position ADD COLUMN applied_at timestamptz NOT NULL DEFAULT now();

-- A hole that a person has given up waiting for. It counts for every build: a rebuild skips what the live one skipped.
CREATE TABLE projections.skip (
    projection     text        NOT NULL,
    subject        text        NOT NULL,
    first_sequence bigint      NOT NULL,  -- missing from here …
    last_sequence  bigint      NOT NULL,  -- … to here
    reason         text        NOT NULL,
    skipped_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, subject, first_sequence)
);

-- Where the read models that are shown stand.
CREATE VIEW projections.live_offset AS
SELECT o.projection, o.build, o.topic, o.partition, o.next_offset, o.event_time, o.applied_at
  FROM projections.partition_offset o JOIN projections.build b USING (projection, build)
 WHERE b.state = 'live';
