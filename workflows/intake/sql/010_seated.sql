-- Whether it is known who sits in a case: of one that a restored database has learnt from the log, and of one from
-- before seats were noted, its run is asked.
ALTER TABLE intake.subject ADD COLUMN seated boolean NOT NULL DEFAULT false;
CREATE INDEX subject_unseated ON intake.subject (number) WHERE NOT seated AND begun_at IS NOT NULL;
