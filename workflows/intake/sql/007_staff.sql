-- Who answers for which case: one officer in each role, so that a case never has two owners. Written when intake begins
-- the case and when it changes hands.
CREATE TABLE intake.seat (
    number   text        NOT NULL REFERENCES intake.subject,
    role     text        NOT NULL,
    profile  text        NOT NULL,
    region   text        NOT NULL,
    staff_id text        NOT NULL,
    ended_at timestamptz,                            -- energised or withdrawn: counts as work no more, is still served
    PRIMARY KEY (number, role)
);
CREATE INDEX seat_of ON intake.seat (profile, staff_id, ended_at);

-- Who is away, from one local day to another, both included; a departure has no end.
CREATE TABLE intake.absence (
    profile   text    NOT NULL,
    staff_id  text    NOT NULL,
    first     date    NOT NULL,
    last      date,
    gone      boolean NOT NULL DEFAULT false,        -- left for good
    hand_over boolean NOT NULL DEFAULT true,         -- cases go to others as soon as it begins
    PRIMARY KEY (profile, staff_id, first),
    CHECK (last >= first)
);

-- Seats that change hands. Written with the seat's new holder; `id` is that of the fact which tells the case, the same
-- however often it is sent.
CREATE TABLE intake.hand_over (
    id      text        PRIMARY KEY,
    profile text        NOT NULL,
    number  text        NOT NULL,
    role    text        NOT NULL,
    nth     int         NOT NULL,                    -- counts how often this seat has changed hands
    held_by text        NOT NULL,
    goes_to text        NOT NULL,
    fact    jsonb       NOT NULL,                    -- as it is sent
    at      timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    UNIQUE (number, role, nth)
);
CREATE INDEX hand_over_unsent ON intake.hand_over (at) WHERE sent_at IS NULL;
CREATE INDEX hand_over_from ON intake.hand_over (profile, held_by);
