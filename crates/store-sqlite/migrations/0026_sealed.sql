-- A program that does not know migration 25 would write in the open what others cannot read then (adr 42): from the first data key on
-- it is kept out.
CREATE TRIGGER data_keys_needed AFTER INSERT ON data_keys
BEGIN UPDATE schema_needs SET oldest = 25 WHERE oldest < 25; END;
UPDATE schema_needs SET oldest = 25 WHERE oldest < 25 AND EXISTS (SELECT 1 FROM data_keys);

-- A surname of one letter has a code of its own now.
INSERT INTO registry_keys_due (record_key) SELECT record_key FROM registry_records WHERE true
    ON CONFLICT (record_key) DO NOTHING;
