-- Lists of projects as feeds sent them: of which moment each is, whether it was complete, which lines were refused and
-- why (no cell's content), which facts it told. From the newest complete one it is known that an older one is older.
CREATE TABLE intake.list (
    list     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source   text        NOT NULL,
    as_of    timestamptz,                            -- NULL: rows alone, each of the moment that it names
    complete boolean     NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now(),
    rows     int         NOT NULL,
    refused  jsonb       NOT NULL,
    facts    text[]      NOT NULL,
    CHECK (as_of IS NOT NULL OR NOT complete)
);
CREATE INDEX list_of ON intake.list (source, list);
