-- Alarms and notices of the legal clock, technical breaks, and the proofs that nothing stored was changed.

-- Percent of the term at which the last alarm was raised.
ALTER TABLE jobs ADD COLUMN alarmed_percent INTEGER NOT NULL DEFAULT 0
    CONSTRAINT jobs_alarmed_percent CHECK (alarmed_percent IN (0, 50, 80, 95, 100));
-- The watchdog looks for what is due soon among what has no answer; releases look for what waits for a source.
CREATE INDEX requests_open_by_term ON requests (due_at) WHERE ended_at IS NULL;
CREATE INDEX requests_open_by_state ON requests (state) WHERE ended_at IS NULL;

-- What the applicant was told, each kind once per request.
CREATE TABLE notices (
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    applicant TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    CONSTRAINT notices_pk PRIMARY KEY (number, kind),
    CONSTRAINT notices_request FOREIGN KEY (number) REFERENCES requests (number),
    CONSTRAINT notices_kind CHECK (kind IN ('overdue', 'answered'))
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_by_applicant ON notices (applicant, at_ms);
CREATE INDEX notices_overdue ON notices (at_ms) WHERE kind = 'overdue';

CREATE TABLE technical_breaks (
    id TEXT NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    reason_kk TEXT NOT NULL,
    reason_ru TEXT NOT NULL,
    reason_en TEXT NOT NULL,
    announced_at INTEGER NOT NULL,
    withdrawn_at INTEGER,
    CONSTRAINT technical_breaks_pk PRIMARY KEY (id),
    CONSTRAINT technical_breaks_term CHECK (ends_at > starts_at),
    CONSTRAINT technical_breaks_announced CHECK (announced_at < starts_at)
) STRICT;
CREATE INDEX technical_breaks_by_end ON technical_breaks (ends_at);

-- Digest of what the row's transaction stored; empty in rows from before there were digests.
ALTER TABLE audit ADD COLUMN evidence TEXT NOT NULL DEFAULT '';

-- The last row of the journal: what was cut off behind it shows.
CREATE TABLE journal_head (
    id INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT journal_head_pk PRIMARY KEY (id),
    CONSTRAINT journal_head_one_row CHECK (id = 1)
) STRICT;
INSERT INTO journal_head (id, sequence, hash)
    SELECT 1, COALESCE(MAX(sequence), 0),
        COALESCE((SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1), '')
    FROM audit;

CREATE TABLE journal_roots (
    day TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL,
    stamp BLOB,
    CONSTRAINT journal_roots_pk PRIMARY KEY (day)
) STRICT;

-- Class of the numbers drawn since each restoration; the greatest place is the present one.
CREATE TABLE number_classes (
    place INTEGER NOT NULL,
    class INTEGER NOT NULL,
    since INTEGER NOT NULL,
    CONSTRAINT number_classes_pk PRIMARY KEY (place),
    CONSTRAINT number_classes_class UNIQUE (class),
    CONSTRAINT number_classes_range CHECK (class BETWEEN 0 AND 960)
) STRICT;
INSERT INTO number_classes (place, class, since) VALUES (1, 0, 0);

CREATE TRIGGER notices_fixed BEFORE UPDATE ON notices BEGIN
    SELECT RAISE(ABORT, 'notices_fixed: a notice does not change');
END;
CREATE TRIGGER notices_kept BEFORE DELETE ON notices BEGIN
    SELECT RAISE(ABORT, 'notices_kept: a notice is not deleted');
END;
CREATE TRIGGER technical_breaks_fixed BEFORE UPDATE ON technical_breaks
WHEN OLD.withdrawn_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.starts_at <> OLD.starts_at
    OR NEW.ends_at <> OLD.ends_at OR NEW.reason_kk <> OLD.reason_kk
    OR NEW.reason_ru <> OLD.reason_ru OR NEW.reason_en <> OLD.reason_en
    OR NEW.announced_at <> OLD.announced_at BEGIN
    SELECT RAISE(ABORT, 'technical_breaks_fixed: an announced break is only taken back');
END;
CREATE TRIGGER technical_breaks_kept BEFORE DELETE ON technical_breaks BEGIN
    SELECT RAISE(ABORT, 'technical_breaks_kept: an announced break is not deleted');
END;
CREATE TRIGGER journal_head_forward BEFORE UPDATE ON journal_head
WHEN NEW.id <> OLD.id OR NEW.sequence <= OLD.sequence BEGIN
    SELECT RAISE(ABORT, 'journal_head_forward: the journal only grows');
END;
CREATE TRIGGER journal_head_kept BEFORE DELETE ON journal_head BEGIN
    SELECT RAISE(ABORT, 'journal_head_kept: the head is not deleted');
END;
CREATE TRIGGER journal_roots_fixed BEFORE UPDATE ON journal_roots
WHEN OLD.stamp IS NOT NULL OR NEW.day <> OLD.day OR NEW.sequence <> OLD.sequence
    OR NEW.hash <> OLD.hash BEGIN
    SELECT RAISE(ABORT, 'journal_roots_fixed: a root only gains its stamp');
END;
CREATE TRIGGER journal_roots_kept BEFORE DELETE ON journal_roots BEGIN
    SELECT RAISE(ABORT, 'journal_roots_kept: a root is not deleted');
END;
CREATE TRIGGER number_classes_fixed BEFORE UPDATE ON number_classes BEGIN
    SELECT RAISE(ABORT, 'number_classes_fixed: a class does not change');
END;
CREATE TRIGGER number_classes_kept BEFORE DELETE ON number_classes BEGIN
    SELECT RAISE(ABORT, 'number_classes_kept: a class is not deleted');
END;
