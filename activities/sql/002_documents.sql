-- The register of the document store: which files a case holds. The bytes lie in the store, sealed under the key of
-- the case's stream; a row is written after its file, so what is listed is there.

CREATE SCHEMA documents;

CREATE TABLE documents.file (
    subject    text        NOT NULL REFERENCES intake.subject,
    sha256     text        NOT NULL,                 -- of the clear content: its address within the case
    size       bigint      NOT NULL,                 -- of the clear content, in bytes
    media_type text        NOT NULL,                 -- by the content
    source     text        NOT NULL,                 -- which upstream handed it in
    stored_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (subject, sha256)
);

-- What holders handed in on their page, until it can be told from the inbox what became of it. The id is that of the
-- form, so that sending it twice makes one fact.
CREATE TABLE documents.handed_in (
    source   text        NOT NULL,
    id       text        NOT NULL,
    subject  text        NOT NULL REFERENCES intake.subject,
    document text        NOT NULL,
    sha256   text        NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (source, id)
);
CREATE INDEX handed_in_subject ON documents.handed_in (subject, at);

-- Which member of staff was given which file. Stays after an erasure: it says who saw what was erased.
CREATE TABLE documents.access (
    at      timestamptz NOT NULL DEFAULT now(),
    staff   text        NOT NULL,
    subject text        NOT NULL,
    sha256  text        NOT NULL
);
CREATE INDEX access_subject ON documents.access (subject, at);
