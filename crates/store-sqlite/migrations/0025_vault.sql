-- Keys under which personal data are sealed, wrapped by a master key that is never here (adr 42). A row changes only to be wrapped
-- anew, and none is removed: what it sealed would be lost.
CREATE TABLE data_keys (
    id INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    since INTEGER NOT NULL,
    master TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    CONSTRAINT data_keys_pk PRIMARY KEY (id),
    CONSTRAINT data_keys_purpose CHECK (purpose IN ('people', 'search', 'values'))
) STRICT;
CREATE UNIQUE INDEX data_keys_one ON data_keys (purpose) WHERE purpose <> 'values';
CREATE TRIGGER data_keys_fixed BEFORE UPDATE ON data_keys
WHEN NEW.id <> OLD.id OR NEW.purpose <> OLD.purpose OR NEW.since <> OLD.since
BEGIN SELECT RAISE(ABORT, 'data_keys_fixed: a data key is only wrapped anew'); END;
CREATE TRIGGER data_keys_kept BEFORE DELETE ON data_keys
BEGIN SELECT RAISE(ABORT, 'data_keys_kept: what it sealed would be lost'); END;

-- What the figures need of sealed columns, none of it anybody's. Empty in rows of a program before this one, whose columns are
-- open.
ALTER TABLE requests ADD COLUMN asked_language TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN asked_provider TEXT NOT NULL DEFAULT '';
ALTER TABLE results ADD COLUMN told_provider TEXT NOT NULL DEFAULT '';
ALTER TABLE results ADD COLUMN told_ground TEXT NOT NULL DEFAULT '';
DROP TRIGGER requests_figures_begin;
CREATE TRIGGER requests_figures_begin AFTER INSERT ON requests BEGIN
    INSERT INTO figures (accepted_at, number, due_at, ended_at, channel, language, addressed, synthetic)
    SELECT NEW.accepted_at, NEW.number, NEW.due_at, NEW.ended_at, NEW.channel,
        COALESCE(NULLIF(NEW.asked_language, ''), asked ->> 'language', ''),
        COALESCE(NULLIF(NEW.asked_provider, ''), asked ->> 'provider', ''),
        EXISTS (SELECT 1 FROM synthetic_people WHERE iin = NEW.applicant)
    FROM (SELECT CASE WHEN json_valid(NEW.request) THEN NEW.request ELSE '{}' END AS asked);
END;
DROP TRIGGER requests_figures_decided;
CREATE TRIGGER requests_figures_decided AFTER UPDATE ON requests
WHEN OLD.step = 'registered' AND NEW.step = 'decided' BEGIN
    UPDATE figures SET (answered_by, certificates, refusals, ground) = (
        SELECT COALESCE(MAX(CASE WHEN place = 0
                THEN COALESCE(NULLIF(told_provider, ''), told ->> '$.provider.kato') END), ''),
            COALESCE(SUM(kind = 'certificate'), 0), COALESCE(SUM(kind = 'refusal'), 0),
            COALESCE(MAX(CASE WHEN kind = 'refusal'
                THEN COALESCE(NULLIF(told_ground, ''), told ->> 'ground') END), '')
        FROM (SELECT place, kind, told_provider, told_ground,
                CASE WHEN json_valid(content) THEN content ELSE '{}' END AS told
            FROM results WHERE request = NEW.number))
    WHERE accepted_at = NEW.accepted_at AND number = NEW.number;
END;

-- Of a name its first letters alone are a key now.
INSERT INTO registry_keys_due (record_key) SELECT record_key FROM registry_records WHERE true
    ON CONFLICT (record_key) DO NOTHING;
