-- What was sealed by the few programs of migration 25 stands at other places than it is sought at from now on: their database is made anew.
CREATE TABLE sealed_before (
    keys INTEGER CONSTRAINT sealed_by_a_version_that_was_never_released CHECK (keys = 0)
);
INSERT INTO sealed_before SELECT count(*) FROM data_keys;
DROP TABLE sealed_before;

-- A program that does not know migration 28 would write in the open what others cannot read then (adr 42): from the first data key on
-- it is kept out.
CREATE TRIGGER data_keys_needed AFTER INSERT ON data_keys
BEGIN UPDATE schema_needs SET oldest = 28 WHERE oldest < 28; END;

-- A surname of one letter has a code of its own now.
INSERT INTO registry_keys_due (record_key) SELECT record_key FROM registry_records WHERE true
    ON CONFLICT (record_key) DO NOTHING;
