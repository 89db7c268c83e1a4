-- The departments' registry with its whole history: a placement is one record, each change a new version.

CREATE TABLE imports (
    id INTEGER NOT NULL,
    file_digest TEXT NOT NULL,
    entered_by TEXT NOT NULL,
    entered_at INTEGER NOT NULL,
    new_count INTEGER NOT NULL,
    changed_count INTEGER NOT NULL,
    ended_count INTEGER NOT NULL,
    unchanged_count INTEGER NOT NULL,
    CONSTRAINT imports_pk PRIMARY KEY (id)
) STRICT;
CREATE INDEX imports_by_time ON imports (entered_at);

CREATE TABLE registry_records (
    record_key TEXT NOT NULL,
    guardian TEXT NOT NULL,
    present_version INTEGER NOT NULL,
    CONSTRAINT registry_records_pk PRIMARY KEY (record_key),
    CONSTRAINT registry_records_present FOREIGN KEY (record_key, present_version)
        REFERENCES registry_versions (record_key, version) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
CREATE INDEX registry_records_by_guardian ON registry_records (guardian);

CREATE TABLE registry_versions (
    record_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    import INTEGER NOT NULL,
    place INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    payload TEXT NOT NULL,
    CONSTRAINT registry_versions_pk PRIMARY KEY (record_key, version),
    CONSTRAINT registry_versions_record FOREIGN KEY (record_key)
        REFERENCES registry_records (record_key) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT registry_versions_import FOREIGN KEY (import) REFERENCES imports (id)
) STRICT;

CREATE TRIGGER registry_records_forward BEFORE UPDATE ON registry_records
WHEN NEW.record_key <> OLD.record_key OR NEW.guardian <> OLD.guardian
    OR NEW.present_version <> OLD.present_version + 1 BEGIN
    SELECT RAISE(ABORT, 'registry_records_forward: a record only gains its next version');
END;
CREATE TRIGGER registry_records_kept BEFORE DELETE ON registry_records BEGIN
    SELECT RAISE(ABORT, 'registry_records_kept: a record is not deleted');
END;
CREATE TRIGGER registry_versions_fixed BEFORE UPDATE ON registry_versions BEGIN
    SELECT RAISE(ABORT, 'registry_versions_fixed: a version does not change');
END;
CREATE TRIGGER registry_versions_kept BEFORE DELETE ON registry_versions BEGIN
    SELECT RAISE(ABORT, 'registry_versions_kept: a version is not deleted');
END;
CREATE TRIGGER imports_fixed BEFORE UPDATE ON imports BEGIN
    SELECT RAISE(ABORT, 'imports_fixed: an import does not change');
END;
CREATE TRIGGER imports_kept BEFORE DELETE ON imports BEGIN
    SELECT RAISE(ABORT, 'imports_kept: an import is not deleted');
END;
