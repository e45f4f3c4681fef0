-- Master keys that were rotated away. Whoever still holds one must not wrap another stream key with it: that key would
-- be lost for ever. Refused here, the writer reads its keys again and comes back with the new one.
CREATE TABLE intake.retired_master (
    id text        PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION intake.refuse_retired_master() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM intake.retired_master WHERE id = NEW.master) THEN
        RAISE EXCEPTION 'the master key is retired' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER stream_key_master BEFORE INSERT OR UPDATE OF master, wrapped ON intake.stream_key
    FOR EACH ROW WHEN (NEW.wrapped IS NOT NULL) EXECUTE FUNCTION intake.refuse_retired_master();

CREATE INDEX stream_key_master ON intake.stream_key (master) WHERE wrapped IS NOT NULL;
