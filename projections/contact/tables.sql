-- 办事体验: how the customer and the grid company met, one row per application: trips to a counter, surveys, a key
-- customer's questions, and who had the case. Shares are computed when they are read.

CREATE TABLE application (
    number       text PRIMARY KEY,
    profile      text        NOT NULL,
    region       text        NOT NULL,
    kind         text        NOT NULL,  -- hv | lv_nonres | lv_res
    received_at  timestamptz NOT NULL,
    energised_at timestamptz,
    withdrawn_at timestamptz,
    manager_id   text,
    records      jsonb       NOT NULL   -- visits, surveys, asked, answered, late, hands: see projections/contact/fold.py
);

CREATE INDEX contact_by_profile ON application (profile, region, kind);
