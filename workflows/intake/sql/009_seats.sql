-- Who sits in a case goes with it.
ALTER TABLE intake.seat
    DROP CONSTRAINT seat_number_fkey,
    ADD CONSTRAINT seat_number_fkey FOREIGN KEY (number) REFERENCES intake.subject ON DELETE CASCADE;
