-- Dead letters made whole: what really waits behind one, and the versions of a fact that a person has corrected.

-- The fact's place in the order of arrival, so that *later* facts can be told.
ALTER TABLE intake.dead_letter ADD COLUMN fact_seq bigint;
UPDATE intake.dead_letter d SET fact_seq = i.seq FROM intake.inbox i WHERE i.source = d.source AND i.id = d.id;

-- Upstream's own content stays what its id stands for; a correction that it sends itself is known again too.
ALTER TABLE intake.inbox ADD COLUMN corrected_hmac bytea;
CREATE INDEX inbox_behind ON intake.inbox (waits_behind) WHERE waits_behind IS NOT NULL AND state <> 'final';

-- Noted before anything really waited: nothing does yet.
UPDATE intake.dead_letter SET blocks = false WHERE blocks;
UPDATE intake.inbox SET waits_behind = NULL WHERE waits_behind IS NOT NULL;

-- Which processes read the inbound topics: they share the partitions by their rank. Positions are safe without it.
CREATE TABLE intake.reader (
    reader  uuid        PRIMARY KEY,
    seen_at timestamptz NOT NULL
);
