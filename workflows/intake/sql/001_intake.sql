-- Intake: what came in, once and for ever; what it belongs to; what became of it.
-- The inbox owns uniqueness (source, id): Temporal forgets a closed run, this table does not.

CREATE SCHEMA IF NOT EXISTS intake;

-- How far each inbound partition is read. Written in the transaction that writes the inbox, so that neither can be
-- ahead of the other. Book-keeping of the watchdog and of the deletion of clear text stands beside it.
CREATE TABLE intake.position (
    topic          text        NOT NULL,
    partition      int         NOT NULL,
    next_offset    bigint      NOT NULL,
    end_offset     bigint      NOT NULL DEFAULT 0,   -- end of the log when last looked at: lag = end - next
    caught_up_at   timestamptz,                      -- when next = end was last seen
    last_record_at timestamptz,
    unrolled       boolean     NOT NULL DEFAULT false, -- a handled record may still lie in the active segment
    PRIMARY KEY (topic, partition)
);

-- Application numbers: <prefix>-<year>-<6 digits>, counted per profile and year.
CREATE TABLE intake.number_counter (
    profile text NOT NULL,
    year    int  NOT NULL,
    last    int  NOT NULL,
    PRIMARY KEY (profile, year)
);

-- One row per stream: an application and where its delivery stands. `next_at` is when delivery has work for it
-- (NULL: none); the lease keeps it to one deliverer, so that facts of one subject go in order.
CREATE TABLE intake.subject (
    number     text        PRIMARY KEY,
    profile    text        NOT NULL,
    stream     text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    begun_at   timestamptz,                          -- its first fact has been delivered: the workflow exists
    reissue    int         NOT NULL DEFAULT 0,       -- counts re-issues of the receipt code
    erased_at  timestamptz,
    next_at    timestamptz,
    lease      uuid,
    lease_until timestamptz,
    attempts   int         NOT NULL DEFAULT 0        -- deliveries in a row that found something away
);
CREATE INDEX subject_due ON intake.subject (next_at) WHERE next_at IS NOT NULL;

-- Upstream's own reference for a subject.
CREATE TABLE intake.alias (
    source text NOT NULL,
    alias  text NOT NULL,
    number text NOT NULL REFERENCES intake.subject,
    PRIMARY KEY (source, alias)
);
CREATE INDEX alias_number ON intake.alias (number);

-- The key of each stream, wrapped by a master key (`master` names which). Destroying it sets `wrapped` to NULL.
CREATE TABLE intake.stream_key (
    kid          text        PRIMARY KEY,
    subject      text        NOT NULL UNIQUE,
    master       text        NOT NULL,
    wrapped      bytea,
    created_at   timestamptz NOT NULL DEFAULT now(),
    destroyed_at timestamptz
);

-- Finds the streams of a person without knowing the person: HMAC of telephone or identity number.
CREATE TABLE intake.blind_index (
    digest  text NOT NULL,
    subject text NOT NULL,
    field   text NOT NULL,
    PRIMARY KEY (digest, subject, field)
);
CREATE INDEX blind_index_subject ON intake.blind_index (subject);

-- Every fact that could be named, with its one final outcome.
CREATE TABLE intake.inbox (
    seq          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- order of arrival within a subject
    source       text        NOT NULL,
    id           text        NOT NULL,
    n            int         NOT NULL DEFAULT 1,     -- rises with every replay or correction
    profile      text,
    stream       text,
    subject      text,                               -- the number; NULL where the fact names none that is known
    alias        text,
    type         text        NOT NULL,
    time         timestamptz,                        -- when it happened, by upstream
    received_at  timestamptz NOT NULL DEFAULT now(),
    topic        text        NOT NULL,
    partition    int         NOT NULL,
    "offset"     bigint      NOT NULL,
    content_hmac bytea       NOT NULL,               -- of the canonical raw fact: tells a duplicate from a reused id
    fact         jsonb,                              -- as delivered, personal fields sealed; NULL when refused
    kid          text,                               -- the stream key under which `raw` is sealed
    raw          bytea,                              -- as received, sealed; gone once the fact is applied
    traceparent  text,
    ordered      boolean     NOT NULL DEFAULT true,
    opens        boolean     NOT NULL DEFAULT false,
    waits_behind bigint,                             -- the dead letter of an ordered fact that came before it
    state        text        NOT NULL CHECK (state IN ('pending', 'waiting', 'held', 'final')),
    outcome      text        CHECK (outcome IN ('applied', 'refused', 'dead')),
    code         text,
    sentence     text,
    reasons      jsonb       NOT NULL DEFAULT '[]',
    duplicates   int         NOT NULL DEFAULT 0,
    reused       int         NOT NULL DEFAULT 0,     -- refused attempts to give this id another content
    delivered_at timestamptz,
    finished_at  timestamptz,
    UNIQUE (source, id),
    CHECK ((state = 'final') = (outcome IS NOT NULL))
);
CREATE INDEX inbox_open ON intake.inbox (subject, seq) WHERE state IN ('pending', 'waiting');
CREATE INDEX inbox_subject ON intake.inbox (subject, seq);
CREATE INDEX inbox_unfinished ON intake.inbox (state) WHERE state <> 'final';

-- What could not be taken: raw bytes and headers sealed, origin, and all reasons. `kid` names the stream key of the
-- raw bytes; NULL means the quarantine key. The bytes go at `raw_until`, the rest stays.
CREATE TABLE intake.dead_letter (
    letter      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    origin      text        NOT NULL,                -- door, or the topic
    partition   int,
    "offset"    bigint,
    source      text,
    id          text,
    n           int,
    subject     text,
    alias       text,
    profile     text,
    type        text,
    blocks      boolean     NOT NULL DEFAULT false,  -- later facts of the subject belong behind it
    outcome     text        NOT NULL CHECK (outcome IN ('refused', 'dead')),
    code        text        NOT NULL,
    sentence    text        NOT NULL,
    reasons     jsonb       NOT NULL DEFAULT '[]',
    kid         text,
    raw         bytea,
    truncated   boolean     NOT NULL DEFAULT false,
    raw_until   timestamptz NOT NULL DEFAULT now() + interval '90 days',
    version_of  bigint      REFERENCES intake.dead_letter, -- a correction stands beside its original
    replayed_at timestamptz,
    cleared_at  timestamptz
);
CREATE INDEX dead_letter_fact ON intake.dead_letter (source, id);
CREATE INDEX dead_letter_blocks ON intake.dead_letter (subject, letter) WHERE blocks AND cleared_at IS NULL;
CREATE INDEX dead_letter_subject ON intake.dead_letter (subject);
CREATE INDEX dead_letter_raw ON intake.dead_letter (raw_until) WHERE raw IS NOT NULL;

-- Outcomes on their way to Kafka: written with the inbox row, deleted after the broker has them.
CREATE TABLE intake.outcome_queue (
    seq     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key     text   NOT NULL,
    outcome jsonb  NOT NULL
);

-- How much there is of what, for `status`.
CREATE VIEW intake.counts AS
SELECT profile, state, outcome, code, count(*) AS facts, sum(duplicates) AS duplicates, min(received_at) AS oldest
FROM intake.inbox
GROUP BY profile, state, outcome, code;
