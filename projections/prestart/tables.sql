-- 意向信息: the pre-start record of each key project, one row each. What lists filter by stands in columns; the whole
-- record, personal fields sealed, stands in `state` (see projections/prestart/state.py for its shape).

CREATE TABLE project (
    number         text PRIMARY KEY,
    profile        text        NOT NULL,
    name           text        NOT NULL,
    region         text        NOT NULL,
    stage          text        NOT NULL,  -- lead | approved | land_granted | permitted | construction | in_service | cancelled
    light          text,                  -- green | yellow | red, as it turned last; absent without an expected day, or when the works are done
    light_since    date,                  -- local day on which it turned
    expected_on    date,
    works          jsonb       NOT NULL,  -- by stage, what its slack is reckoned from on the day that one reads
    largest_kva    numeric,               -- of the load by year
    manager_id     text,
    conflicts      jsonb       NOT NULL,  -- names of the fields on which the feeds differ
    gone           boolean     NOT NULL,  -- every record has left its feed
    joined_into    text,                  -- the project under which this one goes on
    ended          text,                  -- energised | cancelled
    closed_at      timestamptz,
    match_keys     jsonb       NOT NULL,  -- a key in common makes two projects candidates (projections/prestart/matching.py)
    dismissed      jsonb       NOT NULL,  -- numbers that a person found to be others
    opened_at      timestamptz NOT NULL,
    tables_on      date,                  -- local day whose tables count since a sweep; absent: that of its opening
    told_at        timestamptz,           -- when a feed last changed anything of it
    last_event_at  timestamptz NOT NULL,
    sequence       bigint      NOT NULL,
    policy_version text        NOT NULL,
    state          jsonb       NOT NULL
);

CREATE INDEX project_by_profile ON project (profile, light, region, stage);
CREATE INDEX project_by_match ON project USING gin (match_keys);
