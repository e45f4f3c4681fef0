-- The quarantine key can be rotated too. Which one sealed the bytes of a letter without a stream; NULL: the one there
-- was before it was noted.
ALTER TABLE intake.dead_letter ADD COLUMN quarantine text;
CREATE INDEX dead_letter_quarantine ON intake.dead_letter (quarantine) WHERE raw IS NOT NULL AND kid IS NULL;

-- As with master keys: whoever still holds a key that was rotated away must seal nothing with it any more.
CREATE FUNCTION intake.refuse_retired_quarantine() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM intake.retired_master WHERE id = NEW.quarantine) THEN
        RAISE EXCEPTION 'the quarantine key is retired' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER dead_letter_quarantine BEFORE INSERT OR UPDATE OF quarantine, raw ON intake.dead_letter
    FOR EACH ROW WHEN (NEW.raw IS NOT NULL AND NEW.quarantine IS NOT NULL)
    EXECUTE FUNCTION intake.refuse_retired_quarantine();
