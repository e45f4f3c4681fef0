-- The outbox: events of streams that have no workflow. Whoever decides such an event writes its final bytes here, in
-- the transaction of the decision; the relay carries them to Kafka and marks them once the broker has them.

-- Where each of these streams ends. The row's lock makes the outbox a stream's one writer: events of a subject get
-- their place in the order in which their transactions commit.
CREATE TABLE intake.stream_head (
    subject  text   PRIMARY KEY,
    topic    text   NOT NULL,                        -- a subject belongs to one stream, and for ever
    sequence bigint NOT NULL DEFAULT 0,
    hash     text   NOT NULL
);

CREATE TABLE intake.outbox (
    seq        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic      text        NOT NULL,
    partition  int         NOT NULL,                 -- of the key, as Kafka's own clients compute it
    subject    text        NOT NULL REFERENCES intake.stream_head,
    sequence   bigint      NOT NULL,
    body       bytea       NOT NULL,                 -- the bytes that are sent, at every attempt
    headers    jsonb       NOT NULL DEFAULT '{}',    -- name to text
    written_at timestamptz NOT NULL DEFAULT now(),
    sent_at    timestamptz,
    "offset"   bigint,                               -- where the broker put it
    UNIQUE (subject, sequence)
);
CREATE INDEX outbox_unsent ON intake.outbox (topic, partition, seq) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON intake.outbox (sent_at) WHERE sent_at IS NOT NULL;
