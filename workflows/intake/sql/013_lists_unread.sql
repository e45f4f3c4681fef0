-- What a list held and could not be read: the records of refused rows, and whether a row had no id at all. Of these it
-- can't be said that they do not stand in it.
ALTER TABLE intake.list
    ADD COLUMN unread   text[]  NOT NULL DEFAULT '{}',
    ADD COLUMN nameless boolean NOT NULL DEFAULT false;
