-- What officers do with the registry: records found by keys, looks written down, requests to repair a record.

-- Keys of the present version of each record; written with the version, before the record itself.
CREATE TABLE registry_keys (
    record_key TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    ward_iin TEXT COLLATE "C",
    ward TEXT COLLATE "C" NOT NULL,
    guardian_name TEXT COLLATE "C" NOT NULL,
    ward_name TEXT COLLATE "C" NOT NULL,
    ward_person TEXT COLLATE "C" NOT NULL,
    act TEXT COLLATE "C" NOT NULL,
    CONSTRAINT registry_keys_pk PRIMARY KEY (record_key)
);
CREATE INDEX registry_keys_by_provider ON registry_keys (provider, record_key);
CREATE INDEX registry_keys_by_ward_iin ON registry_keys (ward_iin) WHERE ward_iin IS NOT NULL;
CREATE INDEX registry_keys_by_ward ON registry_keys (ward);
CREATE INDEX registry_keys_by_guardian_name ON registry_keys (guardian_name, provider);
CREATE INDEX registry_keys_by_ward_name ON registry_keys (ward_name, provider);
CREATE INDEX registry_keys_by_ward_person ON registry_keys (ward_person);
CREATE INDEX registry_keys_by_act ON registry_keys (act);

-- Records that a program without keys wrote, as all were until now.
CREATE TABLE registry_keys_due (
    record_key TEXT COLLATE "C" NOT NULL,
    CONSTRAINT registry_keys_due_pk PRIMARY KEY (record_key)
);
CREATE FUNCTION note_missing_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM registry_keys
        WHERE record_key = NEW.record_key AND version = NEW.present_version) THEN
        INSERT INTO registry_keys_due (record_key) VALUES (NEW.record_key)
        ON CONFLICT (record_key) DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER registry_records_keyed_new AFTER INSERT ON registry_records
FOR EACH ROW EXECUTE FUNCTION note_missing_keys();
CREATE TRIGGER registry_records_keyed_again AFTER UPDATE ON registry_records
FOR EACH ROW EXECUTE FUNCTION note_missing_keys();
-- Behind the triggers, which wait for imports under way: so each of their rows is seen here or met by a trigger.
INSERT INTO registry_keys_due (record_key) SELECT record_key FROM registry_records
ON CONFLICT (record_key) DO NOTHING;

-- Who looked at people's records, and what for; the journal names whose.
CREATE TABLE record_looks (
    id TEXT COLLATE "C" NOT NULL,
    at_ms BIGINT NOT NULL,
    officer TEXT NOT NULL,
    department TEXT NOT NULL,
    way TEXT NOT NULL,
    purpose TEXT NOT NULL,
    CONSTRAINT record_looks_pk PRIMARY KEY (id)
);
CREATE INDEX record_looks_by_time ON record_looks (at_ms);
CREATE TRIGGER record_looks_fixed BEFORE UPDATE ON record_looks
FOR EACH ROW EXECUTE FUNCTION refuse('a look does not change');
CREATE TRIGGER record_looks_kept BEFORE DELETE OR TRUNCATE ON record_looks
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a look is not deleted');

-- A refused person's request that a department enter or repair his record: one for each refused request.
CREATE TABLE repair_requests (
    number TEXT COLLATE "C" NOT NULL,
    applicant TEXT NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    opened_at BIGINT NOT NULL,
    act_number TEXT,
    act_date TEXT,
    outcome TEXT,
    answered_at BIGINT,
    officer TEXT,
    words TEXT,
    CONSTRAINT repair_requests_pk PRIMARY KEY (number),
    CONSTRAINT repair_requests_request FOREIGN KEY (number) REFERENCES requests (number),
    CONSTRAINT repair_requests_outcome CHECK (outcome IN ('entered', 'no_act_found')),
    CONSTRAINT repair_requests_answer CHECK ((outcome IS NULL) = (answered_at IS NULL))
);
CREATE INDEX repair_requests_by_provider ON repair_requests (provider, answered_at, opened_at);
CREATE TRIGGER repair_requests_fixed BEFORE UPDATE ON repair_requests
FOR EACH ROW WHEN (OLD.outcome IS NOT NULL OR NEW.number <> OLD.number OR NEW.applicant <> OLD.applicant
    OR NEW.provider <> OLD.provider OR NEW.opened_at <> OLD.opened_at)
EXECUTE FUNCTION refuse('a request to repair is only answered, once');

-- That the record is there now, each refused person was told once.
CREATE TABLE repairs_told (
    number TEXT COLLATE "C" NOT NULL,
    applicant TEXT COLLATE "C" NOT NULL,
    at_ms BIGINT NOT NULL,
    CONSTRAINT repairs_told_pk PRIMARY KEY (number),
    CONSTRAINT repairs_told_request FOREIGN KEY (number) REFERENCES requests (number)
);
CREATE INDEX repairs_told_by_applicant ON repairs_told (applicant, at_ms);

-- How far people were told. It begins with what is there, so that nobody is told of what is long past.
CREATE TABLE repair_mark (
    id BIGINT NOT NULL,
    import BIGINT NOT NULL,
    refused_until BIGINT NOT NULL,
    CONSTRAINT repair_mark_pk PRIMARY KEY (id),
    CONSTRAINT repair_mark_one_row CHECK (id = 1)
);
INSERT INTO repair_mark (id, import, refused_until)
SELECT 1, COALESCE((SELECT MAX(id) FROM imports), 0),
    COALESCE((SELECT MAX(ended_at) FROM requests), 0);
CREATE INDEX registry_versions_by_import ON registry_versions (import, place);
CREATE INDEX requests_refused ON requests (ended_at) WHERE state = 'refused';
