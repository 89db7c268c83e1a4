-- A program that does not know migration 25 would write in the open what others cannot read then (adr 42): from the first data key on
-- it is kept out. The role that serves may not write schema_needs, so the owner of the tables does.
CREATE FUNCTION data_keys_needed() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('UPDATE %I.schema_needs SET oldest = 25 WHERE oldest < 25', TG_TABLE_SCHEMA);
    RETURN NULL;
END $$;
CREATE TRIGGER data_keys_needed AFTER INSERT ON data_keys
FOR EACH STATEMENT EXECUTE FUNCTION data_keys_needed();
UPDATE schema_needs SET oldest = 25 WHERE oldest < 25 AND EXISTS (SELECT 1 FROM data_keys);

-- A surname of one letter has a code of its own now.
INSERT INTO registry_keys_due (record_key) SELECT record_key FROM registry_records
    ON CONFLICT (record_key) DO NOTHING;
