-- A dispute that comes after its case was closed is a case of its own, linked to the old one. One for each dispute of
-- a case, however often and by however many intakes it is taken up: the key sees to that.
ALTER TABLE intake.subject
    ADD COLUMN linked_to text REFERENCES intake.subject,
    ADD COLUMN dispute   text,                       -- upstream's reference of the dispute
    ADD CHECK ((linked_to IS NULL) = (dispute IS NULL));
CREATE UNIQUE INDEX subject_linked ON intake.subject (linked_to, dispute) WHERE linked_to IS NOT NULL;
