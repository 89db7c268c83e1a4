-- A program that does not know migration 25 would write in the open what others cannot read then (adr 42): from the first data key on
-- it is kept out.
CREATE TRIGGER data_keys_needed AFTER INSERT ON data_keys
BEGIN UPDATE schema_needs SET oldest = 25 WHERE oldest < 25; END;
UPDATE schema_needs SET oldest = 25 WHERE oldest < 25 AND EXISTS (SELECT 1 FROM data_keys);
