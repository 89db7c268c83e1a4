-- Alarms and notices of the legal clock, technical breaks, and the proofs that nothing stored was changed.

-- Percent of the term at which the last alarm was raised.
ALTER TABLE jobs ADD COLUMN alarmed_percent BIGINT NOT NULL DEFAULT 0
    CONSTRAINT jobs_alarmed_percent CHECK (alarmed_percent IN (0, 50, 80, 95, 100));
-- The watchdog looks for what is due soon among what has no answer; releases look for what waits for a source.
CREATE INDEX requests_open_by_term ON requests (due_at) WHERE ended_at IS NULL;
CREATE INDEX requests_open_by_state ON requests (state) WHERE ended_at IS NULL;

-- What the applicant was told, each kind once per request.
CREATE TABLE notices (
    number TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    applicant TEXT COLLATE "C" NOT NULL,
    at_ms BIGINT NOT NULL,
    CONSTRAINT notices_pk PRIMARY KEY (number, kind),
    CONSTRAINT notices_request FOREIGN KEY (number) REFERENCES requests (number),
    CONSTRAINT notices_kind CHECK (kind IN ('overdue', 'answered'))
);
CREATE INDEX notices_by_applicant ON notices (applicant, at_ms);
CREATE INDEX notices_overdue ON notices (at_ms) WHERE kind = 'overdue';

CREATE TABLE technical_breaks (
    id TEXT COLLATE "C" NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    reason_kk TEXT NOT NULL,
    reason_ru TEXT NOT NULL,
    reason_en TEXT NOT NULL,
    announced_at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    CONSTRAINT technical_breaks_pk PRIMARY KEY (id),
    CONSTRAINT technical_breaks_term CHECK (ends_at > starts_at),
    CONSTRAINT technical_breaks_announced CHECK (announced_at < starts_at)
);
CREATE INDEX technical_breaks_by_end ON technical_breaks (ends_at);

-- Digest of what the row's transaction stored; empty in rows from before there were digests.
ALTER TABLE audit ADD COLUMN evidence TEXT NOT NULL DEFAULT '';

-- The last row of the journal: what was cut off behind it shows. Its lock is what orders the rows of all nodes.
CREATE TABLE journal_head (
    id BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT journal_head_pk PRIMARY KEY (id),
    CONSTRAINT journal_head_one_row CHECK (id = 1)
) WITH (fillfactor = 20);
INSERT INTO journal_head (id, sequence, hash)
    SELECT 1, COALESCE(MAX(sequence), 0),
        COALESCE((SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1), '')
    FROM audit;

CREATE TABLE journal_roots (
    day TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    hash TEXT NOT NULL,
    stamp BYTEA,
    CONSTRAINT journal_roots_pk PRIMARY KEY (day)
);

-- Class of the numbers drawn since each restoration; the greatest place is the present one.
CREATE TABLE number_classes (
    place BIGINT NOT NULL,
    class BIGINT NOT NULL,
    since BIGINT NOT NULL,
    CONSTRAINT number_classes_pk PRIMARY KEY (place),
    CONSTRAINT number_classes_class UNIQUE (class),
    CONSTRAINT number_classes_range CHECK (class BETWEEN 0 AND 960)
);
INSERT INTO number_classes (place, class, since) VALUES (1, 0, 0);

CREATE TRIGGER notices_fixed BEFORE UPDATE ON notices
FOR EACH ROW EXECUTE FUNCTION refuse('a notice does not change');
CREATE TRIGGER notices_kept BEFORE DELETE OR TRUNCATE ON notices
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a notice is not deleted');
CREATE TRIGGER technical_breaks_fixed BEFORE UPDATE ON technical_breaks
FOR EACH ROW WHEN (OLD.withdrawn_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.starts_at <> OLD.starts_at
    OR NEW.ends_at <> OLD.ends_at OR NEW.reason_kk <> OLD.reason_kk
    OR NEW.reason_ru <> OLD.reason_ru OR NEW.reason_en <> OLD.reason_en
    OR NEW.announced_at <> OLD.announced_at)
EXECUTE FUNCTION refuse('an announced break is only taken back');
CREATE TRIGGER technical_breaks_kept BEFORE DELETE OR TRUNCATE ON technical_breaks
FOR EACH STATEMENT EXECUTE FUNCTION refuse('an announced break is not deleted');
CREATE TRIGGER journal_head_forward BEFORE UPDATE ON journal_head
FOR EACH ROW WHEN (NEW.id <> OLD.id OR NEW.sequence <= OLD.sequence)
EXECUTE FUNCTION refuse('the journal only grows');
CREATE TRIGGER journal_head_kept BEFORE DELETE OR TRUNCATE ON journal_head
FOR EACH STATEMENT EXECUTE FUNCTION refuse('the head is not deleted');
CREATE TRIGGER journal_roots_fixed BEFORE UPDATE ON journal_roots
FOR EACH ROW WHEN (OLD.stamp IS NOT NULL OR NEW.day <> OLD.day OR NEW.sequence <> OLD.sequence
    OR NEW.hash <> OLD.hash)
EXECUTE FUNCTION refuse('a root only gains its stamp');
CREATE TRIGGER journal_roots_kept BEFORE DELETE OR TRUNCATE ON journal_roots
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a root is not deleted');
CREATE TRIGGER number_classes_fixed BEFORE UPDATE ON number_classes
FOR EACH ROW EXECUTE FUNCTION refuse('a class does not change');
CREATE TRIGGER number_classes_kept BEFORE DELETE OR TRUNCATE ON number_classes
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a class is not deleted');
