-- Key projects have numbers of their own, counted apart from those of applications.
ALTER TABLE intake.number_counter ADD COLUMN stream text NOT NULL DEFAULT 'connection';
ALTER TABLE intake.number_counter DROP CONSTRAINT number_counter_pkey;
ALTER TABLE intake.number_counter ADD PRIMARY KEY (profile, stream, year);

-- Whose a project is, by the code of the organisation: so that its application is known as that of the project.
CREATE TABLE intake.project_organisation (
    profile  text NOT NULL,
    org_code text NOT NULL,
    number   text NOT NULL REFERENCES intake.subject,
    PRIMARY KEY (profile, org_code, number)
);
