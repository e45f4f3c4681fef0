-- 值班与缺勤: who is away when, one row per member of staff of whom anything was said.

CREATE TABLE member (
    subject  text  PRIMARY KEY,             -- team-<profile>-<staff id>
    profile  text  NOT NULL,
    staff_id text  NOT NULL,
    absences jsonb NOT NULL                 -- [{first, last, gone}], local days, both included; no last: no end
);

CREATE INDEX roster_by_profile ON member (profile);
