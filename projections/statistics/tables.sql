-- 办电统计: one row per application; means, percentiles and shares are computed when they are read.

CREATE TABLE application (
    number           text PRIMARY KEY,
    profile          text        NOT NULL,
    region           text        NOT NULL,
    kind             text        NOT NULL,
    channel          text        NOT NULL,
    received_at      timestamptz NOT NULL,
    accepted_at      timestamptz,
    energised_at     timestamptz,
    withdrawn_at     timestamptz,
    month            text,                  -- local month of energisation, YYYY-MM
    target           text,                  -- hv_single | hv_single_no_duct | lv_nonres, absent where no total is promised
    target_days      int,
    target_statistic text,                  -- mean | limit
    gross_days       int,
    net_days         int,
    steps_late       int         NOT NULL,
    on_time          boolean,               -- of an energised one: no step late and no limit broken
    overdue          boolean     NOT NULL,  -- of an open one: late now
    visits           int         NOT NULL
);

CREATE INDEX statistics_by_profile ON application (profile, kind, region, month);
