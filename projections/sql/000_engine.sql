-- The engine's book-keeping. One row per projection and partition says where to read on; one row per projection and
-- stream says which sequence was folded last, so that a redelivered event is dropped and a hole is seen.

CREATE SCHEMA IF NOT EXISTS projections;

CREATE TABLE IF NOT EXISTS projections.partition_offset (
    projection  text        NOT NULL,
    version     int         NOT NULL,
    topic       text        NOT NULL,
    partition   int         NOT NULL,
    next_offset bigint      NOT NULL,
    event_time  timestamptz,                        -- when the newest folded event happened
    applied_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, version, topic, partition)
);

CREATE TABLE IF NOT EXISTS projections.stream_position (
    projection  text   NOT NULL,
    version     int    NOT NULL,
    subject     text   NOT NULL,
    sequence    bigint NOT NULL,
    hash        text   NOT NULL,
    redelivered bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (projection, version, subject)
);

-- Events behind a hole wait here, whole, until the gap fills; other streams go on.
CREATE TABLE IF NOT EXISTS projections.held (
    projection text        NOT NULL,
    version    int         NOT NULL,
    subject    text        NOT NULL,
    sequence   bigint      NOT NULL,
    topic      text        NOT NULL,
    partition  int         NOT NULL,
    "offset"   bigint      NOT NULL,
    recorded_at timestamptz NOT NULL,
    event      jsonb       NOT NULL,
    held_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, version, subject, sequence)
);

-- What should not be: another content for a known place in a stream, a broken chain, an unreadable record.
CREATE TABLE IF NOT EXISTS projections.finding (
    projection text        NOT NULL,
    version    int         NOT NULL,
    topic      text        NOT NULL,
    partition  int         NOT NULL,
    "offset"   bigint      NOT NULL,
    subject    text,
    code       text        NOT NULL,
    found_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, version, topic, partition, "offset")
);
