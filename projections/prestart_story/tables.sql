-- 项目记事: every event of a key project with its place in the log; never changed.

CREATE TABLE entry (
    number      text        NOT NULL,
    sequence    bigint      NOT NULL,
    profile     text        NOT NULL,
    type        text        NOT NULL,  -- full CloudEvents type
    at          timestamptz NOT NULL,  -- when it happened
    data        jsonb       NOT NULL,  -- as in the event, personal fields sealed
    causation   text,
    hash        text        NOT NULL,
    topic       text        NOT NULL,
    partition   int         NOT NULL,
    "offset"    bigint      NOT NULL,
    recorded_at timestamptz NOT NULL,  -- when it was written to the log
    PRIMARY KEY (number, sequence)
);
