-- What a proof of a daily root needs beside the log itself: the hash of every full block of 1,024 leaves. Written when a
-- root is computed, under the root that they lead to; `./mingdian roots check` makes them anew from the log.

CREATE SCHEMA IF NOT EXISTS roots;

CREATE TABLE IF NOT EXISTS roots.block (
    root  text  NOT NULL,  -- hex
    index int   NOT NULL,  -- of the block, from 0
    hash  bytea NOT NULL,
    PRIMARY KEY (root, index)
);
