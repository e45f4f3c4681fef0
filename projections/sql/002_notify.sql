-- Callbacks: what a channel is to be told of its applications. Written in the transaction that moves the position in the
-- log, so that nothing is forgotten and nothing is told that did not happen; sent from here, in order per application.

CREATE SCHEMA notify;

CREATE TABLE notify.position (
    topic       text   NOT NULL,
    partition   int    NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);

-- One row per application that came by a channel which is called back. `next_at` is when it has something to tell (NULL:
-- nothing); the lease keeps it to one sender.
CREATE TABLE notify.line (
    number      text        PRIMARY KEY,
    profile     text        NOT NULL,
    upstream    text        NOT NULL,                -- the source that applied: which channel it is
    next_at     timestamptz,
    lease       uuid,
    lease_until timestamptz,
    attempts    int         NOT NULL DEFAULT 0,      -- failures in a row
    failing     boolean     NOT NULL DEFAULT false,  -- more of them than the channel's table allows
    code        text                                 -- of the last failure
);
CREATE INDEX line_due ON notify.line (next_at) WHERE next_at IS NOT NULL;

-- What was to be told, and when it was. No personal data: number, step, dates, ids of documents.
CREATE TABLE notify.callback (
    number     text        NOT NULL REFERENCES notify.line,
    sequence   bigint      NOT NULL,                 -- of the event: with the number, the id by which a repeat is known
    at         timestamptz NOT NULL,
    occasion   text        NOT NULL,
    status     text        NOT NULL,
    step       text,
    step_name  jsonb,
    due_at     timestamptz,
    missing    text[]      NOT NULL DEFAULT '{}',
    written_at timestamptz NOT NULL DEFAULT now(),
    sent_at    timestamptz,
    dropped    boolean     NOT NULL DEFAULT false,   -- its application was erased before it could be told
    PRIMARY KEY (number, sequence)
);
CREATE INDEX callback_unsent ON notify.callback (number, sequence) WHERE sent_at IS NULL;
