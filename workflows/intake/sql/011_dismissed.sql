-- Why nobody need look at a dead letter any more, in the words of whoever said so.
ALTER TABLE intake.dead_letter ADD COLUMN dismissed text;
