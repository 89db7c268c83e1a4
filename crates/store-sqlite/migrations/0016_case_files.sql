-- What staff add to a request: annulments of its certificates, proposed by one person and ended by another, and notes. The
-- request, its decision and its documents stay as they are.

CREATE TABLE annulments (
    id TEXT NOT NULL,
    result TEXT NOT NULL,
    certificate TEXT NOT NULL,
    request TEXT NOT NULL,
    holder TEXT NOT NULL,
    provider TEXT NOT NULL,
    reason TEXT NOT NULL,
    words TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at INTEGER NOT NULL,
    outcome TEXT,
    ended_by TEXT,
    ended_at INTEGER,
    remark TEXT,
    CONSTRAINT annulments_pk PRIMARY KEY (id),
    CONSTRAINT annulments_result FOREIGN KEY (result) REFERENCES results (id),
    CONSTRAINT annulments_request FOREIGN KEY (request) REFERENCES requests (number),
    CONSTRAINT annulments_reason CHECK (
        reason IN ('wrong_facts', 'false_documents', 'cancelled_above', 'faulty_document')),
    CONSTRAINT annulments_words CHECK (words <> ''),
    CONSTRAINT annulments_outcome CHECK (outcome IN ('confirmed', 'turned_down', 'withdrawn')),
    CONSTRAINT annulments_end CHECK ((outcome IS NULL) = (ended_by IS NULL)
        AND (outcome IS NULL) = (ended_at IS NULL) AND (outcome IS NULL) = (remark IS NULL)),
    CONSTRAINT annulments_second_person CHECK (
        outcome IS NULL OR (outcome = 'withdrawn') = (ended_by = proposed_by))
) STRICT;
CREATE UNIQUE INDEX annulments_one ON annulments (result)
    WHERE outcome IS NULL OR outcome = 'confirmed';
CREATE INDEX annulments_by_request ON annulments (request, proposed_at);
CREATE INDEX annulments_open ON annulments (proposed_at) WHERE outcome IS NULL;
CREATE INDEX annulments_by_holder ON annulments (holder, ended_at) WHERE outcome = 'confirmed';

CREATE TRIGGER annulments_of_certificates BEFORE INSERT ON annulments
WHEN NEW.outcome IS NOT NULL OR NOT EXISTS (SELECT 1 FROM results WHERE id = NEW.result
    AND number = NEW.certificate AND request = NEW.request AND kind = 'certificate'
    AND digest IS NOT NULL) BEGIN
    SELECT RAISE(ABORT, 'annulments_of_certificates: only an issued certificate is proposed to be annulled');
END;
CREATE TRIGGER annulments_ended_once BEFORE UPDATE ON annulments
WHEN OLD.outcome IS NOT NULL OR NEW.outcome IS NULL OR NEW.id <> OLD.id OR NEW.result <> OLD.result
    OR NEW.certificate <> OLD.certificate OR NEW.request <> OLD.request OR NEW.holder <> OLD.holder
    OR NEW.provider <> OLD.provider OR NEW.reason <> OLD.reason OR NEW.words <> OLD.words
    OR NEW.proposed_by <> OLD.proposed_by OR NEW.proposed_at <> OLD.proposed_at BEGIN
    SELECT RAISE(ABORT, 'annulments_ended_once: a proposal is only ended, once');
END;
CREATE TRIGGER annulments_kept BEFORE DELETE ON annulments BEGIN
    SELECT RAISE(ABORT, 'annulments_kept: an annulment is not deleted');
END;

CREATE TABLE request_notes (
    id TEXT NOT NULL,
    request TEXT NOT NULL,
    author TEXT NOT NULL,
    author_name TEXT NOT NULL,
    workplace TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    words TEXT NOT NULL,
    CONSTRAINT request_notes_pk PRIMARY KEY (id),
    CONSTRAINT request_notes_request FOREIGN KEY (request) REFERENCES requests (number),
    CONSTRAINT request_notes_words CHECK (words <> '')
) STRICT;
CREATE INDEX request_notes_by_request ON request_notes (request, at_ms);
CREATE TRIGGER request_notes_fixed BEFORE UPDATE ON request_notes BEGIN
    SELECT RAISE(ABORT, 'request_notes_fixed: a note does not change');
END;
CREATE TRIGGER request_notes_kept BEFORE DELETE ON request_notes BEGIN
    SELECT RAISE(ABORT, 'request_notes_kept: a note is not deleted');
END;

-- The day's requests are counted on the first page that staff see.
CREATE INDEX requests_by_acceptance ON requests (accepted_at, ended_at);
