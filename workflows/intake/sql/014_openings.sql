-- How long an application waits for its outcome in intake, by who handed it in: read for the figures of channels without
-- the other facts of a case, of which there are ten times as many.
CREATE INDEX inbox_openings ON intake.inbox (source, finished_at) INCLUDE (received_at) WHERE opens;
