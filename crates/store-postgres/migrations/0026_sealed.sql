-- What was sealed by the few programs of migration 25 stands at other places than it is sought at from now on: their database is made anew.
DO $$ BEGIN
    IF EXISTS (SELECT 1 FROM data_keys) THEN
        RAISE EXCEPTION 'sealed_by_a_version_that_was_never_released';
    END IF;
END $$;

-- A program that does not know migration 28 would write in the open what others cannot read then (adr 42): from the first data key on
-- it is kept out. The role that serves may not write schema_needs, so the owner of the tables does.
CREATE FUNCTION data_keys_needed() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('UPDATE %I.schema_needs SET oldest = 28 WHERE oldest < 28', TG_TABLE_SCHEMA);
    RETURN NULL;
END $$;
CREATE TRIGGER data_keys_needed AFTER INSERT ON data_keys
FOR EACH STATEMENT EXECUTE FUNCTION data_keys_needed();

-- A surname of one letter has a code of its own now.
INSERT INTO registry_keys_due (record_key) SELECT record_key FROM registry_records
    ON CONFLICT (record_key) DO NOTHING;
