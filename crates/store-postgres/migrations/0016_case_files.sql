-- What staff add to a request: annulments of its certificates, proposed by one person and ended by another, and notes. The
-- request, its decision and its documents stay as they are.

CREATE TABLE annulments (
    id TEXT COLLATE "C" NOT NULL,
    result TEXT COLLATE "C" NOT NULL,
    certificate TEXT NOT NULL,
    request TEXT COLLATE "C" NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    provider TEXT NOT NULL,
    reason TEXT NOT NULL,
    words TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    outcome TEXT,
    ended_by TEXT,
    ended_at BIGINT,
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
);
CREATE UNIQUE INDEX annulments_one ON annulments (result)
    WHERE outcome IS NULL OR outcome = 'confirmed';
CREATE INDEX annulments_by_request ON annulments (request, proposed_at);
CREATE INDEX annulments_open ON annulments (proposed_at) WHERE outcome IS NULL;
CREATE INDEX annulments_by_holder ON annulments (holder, ended_at) WHERE outcome = 'confirmed';

CREATE FUNCTION annulments_of_certificates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.outcome IS NOT NULL OR NOT EXISTS (SELECT 1 FROM results WHERE id = NEW.result
        AND number = NEW.certificate AND request = NEW.request AND kind = 'certificate'
        AND digest IS NOT NULL) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'only an issued certificate is proposed to be annulled');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER annulments_of_certificates BEFORE INSERT ON annulments
FOR EACH ROW EXECUTE FUNCTION annulments_of_certificates();
CREATE TRIGGER annulments_ended_once BEFORE UPDATE ON annulments
FOR EACH ROW WHEN (OLD.outcome IS NOT NULL OR NEW.outcome IS NULL OR NEW.id <> OLD.id OR NEW.result <> OLD.result
    OR NEW.certificate <> OLD.certificate OR NEW.request <> OLD.request OR NEW.holder <> OLD.holder
    OR NEW.provider <> OLD.provider OR NEW.reason <> OLD.reason OR NEW.words <> OLD.words
    OR NEW.proposed_by <> OLD.proposed_by OR NEW.proposed_at <> OLD.proposed_at)
EXECUTE FUNCTION refuse('a proposal is only ended, once');
CREATE TRIGGER annulments_kept BEFORE DELETE OR TRUNCATE ON annulments
FOR EACH STATEMENT EXECUTE FUNCTION refuse('an annulment is not deleted');

CREATE TABLE request_notes (
    id TEXT COLLATE "C" NOT NULL,
    request TEXT COLLATE "C" NOT NULL,
    author TEXT NOT NULL,
    author_name TEXT NOT NULL,
    workplace TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    words TEXT NOT NULL,
    CONSTRAINT request_notes_pk PRIMARY KEY (id),
    CONSTRAINT request_notes_request FOREIGN KEY (request) REFERENCES requests (number),
    CONSTRAINT request_notes_words CHECK (words <> '')
);
CREATE INDEX request_notes_by_request ON request_notes (request, at_ms);
CREATE TRIGGER request_notes_fixed BEFORE UPDATE ON request_notes
FOR EACH ROW EXECUTE FUNCTION refuse('a note does not change');
CREATE TRIGGER request_notes_kept BEFORE DELETE OR TRUNCATE ON request_notes
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a note is not deleted');

-- The day's requests are counted on the first page that staff see.
CREATE INDEX requests_by_acceptance ON requests (accepted_at, ended_at);
