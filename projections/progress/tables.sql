-- 办理进度: the current state of each application, one row each. What lists filter by stands in columns; the whole
-- public state, personal fields sealed, stands in `state` (see projections/progress/state.py for its shape).

CREATE TABLE application (
    number          text PRIMARY KEY,
    profile         text        NOT NULL,
    region          text        NOT NULL,
    kind            text        NOT NULL,  -- hv | lv_nonres | lv_res
    process         text        NOT NULL,
    channel         text,                  -- absent, as voltage and capacity, of a dispute that came late
    status          text        NOT NULL,  -- checking | open | paused | energised | withdrawn | settled
    step            text,
    step_entered_at timestamptz,
    due_at          timestamptz,
    overdue         boolean     NOT NULL,  -- now late; a revoked or finished overdue is false
    ever_overdue    boolean     NOT NULL,
    duties_late     int         NOT NULL,  -- duties beside the steps that are late now
    paused_cause    text,
    manager_id      text,
    supervisor_id   text,
    voltage_kv      numeric,
    capacity_kva    numeric,
    submitted_at    timestamptz NOT NULL,
    accepted_at     timestamptz,
    energised_at    timestamptz,
    withdrawn_at    timestamptz,
    last_event_at   timestamptz NOT NULL,
    sequence        bigint      NOT NULL,
    policy_version  text        NOT NULL,
    quality         jsonb       NOT NULL,  -- what counts in the figures of the service (projections/progress/quality.py)
    state           jsonb       NOT NULL
);

CREATE INDEX application_by_profile ON application (profile, status, region, kind);
CREATE INDEX application_by_step ON application (profile, step);
CREATE INDEX application_by_link ON application ((state -> 'linked' ->> 'linked_to'))
    WHERE state -> 'linked' IS NOT NULL;
