-- Keys under which personal data are sealed, wrapped by a master key that is never here (adr 42). A row changes only to be wrapped
-- anew, and none is removed: what it sealed would be lost.
CREATE TABLE data_keys (
    id BIGINT NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    since BIGINT NOT NULL,
    master TEXT NOT NULL,
    wrapped BYTEA NOT NULL,
    CONSTRAINT data_keys_pk PRIMARY KEY (id),
    CONSTRAINT data_keys_purpose CHECK (purpose IN ('people', 'search', 'values'))
);
CREATE UNIQUE INDEX data_keys_one ON data_keys (purpose) WHERE purpose <> 'values';
CREATE TRIGGER data_keys_fixed BEFORE UPDATE ON data_keys
FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.purpose <> OLD.purpose OR NEW.since <> OLD.since)
EXECUTE FUNCTION refuse('a data key is only wrapped anew');
CREATE TRIGGER data_keys_kept BEFORE DELETE OR TRUNCATE ON data_keys
FOR EACH STATEMENT EXECUTE FUNCTION refuse('what it sealed would be lost');

-- What the figures need of sealed columns, none of it anybody's. Empty in rows of a program before this one, whose columns are
-- open.
ALTER TABLE requests ADD COLUMN asked_language TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN asked_provider TEXT NOT NULL DEFAULT '';
ALTER TABLE results ADD COLUMN told_provider TEXT NOT NULL DEFAULT '';
ALTER TABLE results ADD COLUMN told_ground TEXT NOT NULL DEFAULT '';

CREATE OR REPLACE FUNCTION figures_begin() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked jsonb := CASE WHEN NEW.asked_language = '' THEN figures_json(NEW.request) ELSE '{}'::jsonb END;
BEGIN
    INSERT INTO figures (accepted_at, number, due_at, ended_at, channel, language, addressed, synthetic)
    VALUES (NEW.accepted_at, NEW.number, NEW.due_at, NEW.ended_at, NEW.channel,
        COALESCE(NULLIF(NEW.asked_language, ''), asked ->> 'language', ''),
        COALESCE(NULLIF(NEW.asked_provider, ''), asked ->> 'provider', ''),
        CASE WHEN EXISTS (SELECT 1 FROM synthetic_people WHERE iin = NEW.applicant) THEN 1 ELSE 0 END);
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION figures_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE figures SET (answered_by, certificates, refusals, ground) = (
        SELECT COALESCE(MAX(COALESCE(NULLIF(told_provider, ''), told -> 'provider' ->> 'kato'))
                FILTER (WHERE place = 0), ''),
            COUNT(*) FILTER (WHERE kind = 'certificate'), COUNT(*) FILTER (WHERE kind = 'refusal'),
            COALESCE(MAX(COALESCE(NULLIF(told_ground, ''), told ->> 'ground'))
                FILTER (WHERE kind = 'refusal'), '')
        FROM (SELECT place, kind, told_provider, told_ground,
                CASE WHEN told_provider = '' THEN figures_json(content) ELSE '{}'::jsonb END AS told
            FROM results WHERE request = NEW.number) AS answer)
    WHERE accepted_at = NEW.accepted_at AND number = NEW.number;
    RETURN NULL;
END $$;

-- Of a name its first letters alone are a key now.
INSERT INTO registry_keys_due (record_key) SELECT record_key FROM registry_records
    ON CONFLICT (record_key) DO NOTHING;
