-- The departments' registry with its whole history: a placement is one record, each change a new version.

CREATE TABLE imports (
    id BIGINT NOT NULL,
    file_digest TEXT NOT NULL,
    entered_by TEXT NOT NULL,
    entered_at BIGINT NOT NULL,
    new_count BIGINT NOT NULL,
    changed_count BIGINT NOT NULL,
    ended_count BIGINT NOT NULL,
    unchanged_count BIGINT NOT NULL,
    CONSTRAINT imports_pk PRIMARY KEY (id)
);
CREATE INDEX imports_by_time ON imports (entered_at);

CREATE TABLE registry_records (
    record_key TEXT COLLATE "C" NOT NULL,
    guardian TEXT COLLATE "C" NOT NULL,
    present_version BIGINT NOT NULL,
    CONSTRAINT registry_records_pk PRIMARY KEY (record_key)
);
CREATE INDEX registry_records_by_guardian ON registry_records (guardian);

CREATE TABLE registry_versions (
    record_key TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    import BIGINT NOT NULL,
    place BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    payload TEXT NOT NULL,
    CONSTRAINT registry_versions_pk PRIMARY KEY (record_key, version),
    CONSTRAINT registry_versions_record FOREIGN KEY (record_key)
        REFERENCES registry_records (record_key) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT registry_versions_import FOREIGN KEY (import) REFERENCES imports (id)
);
ALTER TABLE registry_records ADD CONSTRAINT registry_records_present
    FOREIGN KEY (record_key, present_version)
    REFERENCES registry_versions (record_key, version) DEFERRABLE INITIALLY DEFERRED;

CREATE TRIGGER registry_records_forward BEFORE UPDATE ON registry_records
FOR EACH ROW WHEN (NEW.record_key <> OLD.record_key OR NEW.guardian <> OLD.guardian
    OR NEW.present_version <> OLD.present_version + 1)
EXECUTE FUNCTION refuse('a record only gains its next version');
CREATE TRIGGER registry_records_kept BEFORE DELETE OR TRUNCATE ON registry_records
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a record is not deleted');
CREATE TRIGGER registry_versions_fixed BEFORE UPDATE ON registry_versions
FOR EACH ROW EXECUTE FUNCTION refuse('a version does not change');
CREATE TRIGGER registry_versions_kept BEFORE DELETE OR TRUNCATE ON registry_versions
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a version is not deleted');
CREATE TRIGGER imports_fixed BEFORE UPDATE ON imports
FOR EACH ROW EXECUTE FUNCTION refuse('an import does not change');
CREATE TRIGGER imports_kept BEFORE DELETE OR TRUNCATE ON imports
FOR EACH STATEMENT EXECUTE FUNCTION refuse('an import is not deleted');
