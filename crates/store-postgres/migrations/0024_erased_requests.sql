-- Answered requests that were erased when the time was over that the operator set: what is left of each, under a row of the
-- journal that vouches for it (its certificate). Nothing here is about anybody.
CREATE TABLE erased_requests (
    number TEXT COLLATE "C" NOT NULL,
    erased_at BIGINT NOT NULL,
    certificate BIGINT NOT NULL,
    CONSTRAINT erased_requests_pk PRIMARY KEY (number),
    CONSTRAINT erased_requests_request FOREIGN KEY (number) REFERENCES requests (number)
);
CREATE INDEX erased_requests_by_certificate ON erased_requests (certificate);

-- Their documents: whoever shows one is told that it was issued here and is no longer kept.
CREATE TABLE erased_results (
    number TEXT COLLATE "C" NOT NULL,
    request TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    token_digest TEXT COLLATE "C" NOT NULL,
    file_digest TEXT COLLATE "C" NOT NULL,
    annulled_at BIGINT,
    CONSTRAINT erased_results_pk PRIMARY KEY (number),
    CONSTRAINT erased_results_request FOREIGN KEY (request) REFERENCES erased_requests (number),
    CONSTRAINT erased_results_token UNIQUE (token_digest),
    CONSTRAINT erased_results_kind CHECK (kind IN ('certificate', 'refusal', 'answer'))
);
CREATE INDEX erased_results_by_request ON erased_results (request);
CREATE INDEX erased_results_by_file ON erased_results (file_digest);

-- Their lines in the register of consents, without the person.
CREATE TABLE erased_consents (
    number TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    decision TEXT NOT NULL,
    text_version TEXT NOT NULL,
    withdrawn_at BIGINT,
    CONSTRAINT erased_consents_pk PRIMARY KEY (number, kind),
    CONSTRAINT erased_consents_request FOREIGN KEY (number) REFERENCES erased_requests (number),
    CONSTRAINT erased_consents_kind CHECK (kind IN ('restricted_data', 'protected_secret')),
    CONSTRAINT erased_consents_decision CHECK (decision IN ('given', 'refused'))
);

-- Until when a request is not looked at again, because a certificate of its has not ended. No evidence: it follows from the
-- certificate.
CREATE TABLE erasure_waits (
    number TEXT COLLATE "C" NOT NULL,
    until BIGINT NOT NULL,
    CONSTRAINT erasure_waits_pk PRIMARY KEY (number),
    CONSTRAINT erasure_waits_request FOREIGN KEY (number) REFERENCES requests (number)
);

CREATE INDEX figures_synthetic_by_end ON figures (ended_at) WHERE ended_at IS NOT NULL AND synthetic = 1;
CREATE INDEX drafts_by_lead ON drafts (led_to) WHERE led_to IS NOT NULL;
CREATE INDEX portal_exchanges_by_request ON portal_exchanges (number) WHERE number IS NOT NULL;
CREATE INDEX caller_acts_by_request ON caller_acts (number) WHERE number IS NOT NULL;

-- A request is erased that was answered thirty days (2592000000 milliseconds) before its certificate or earlier, and of which
-- nothing is open.
CREATE FUNCTION erased_requests_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM audit WHERE sequence = NEW.certificate AND action = 'erased'
        AND evidence <> '' AND at_ms = NEW.erased_at) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'no certificate says so');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM requests WHERE number = NEW.number AND step = 'issued'
        AND ended_at < NEW.erased_at - 2592000000) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'the request was not answered long enough ago');
    END IF;
    IF EXISTS (SELECT 1 FROM open_recourses AS open
            JOIN recourses AS one ON one.number = open.recourse WHERE one.request = NEW.number)
        OR EXISTS (SELECT 1 FROM annulments WHERE request = NEW.number AND outcome IS NULL)
        OR EXISTS (SELECT 1 FROM repair_requests WHERE number = NEW.number AND outcome IS NULL)
        OR EXISTS (SELECT 1 FROM portal_exchanges WHERE number = NEW.number AND closed_at IS NULL) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'something of the request is open');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER erased_requests_over BEFORE INSERT ON erased_requests
FOR EACH ROW EXECUTE FUNCTION erased_requests_over();
CREATE TRIGGER erased_requests_fixed BEFORE UPDATE ON erased_requests
FOR EACH ROW EXECUTE FUNCTION refuse('what was erased stays so');
CREATE TRIGGER erased_requests_kept BEFORE DELETE OR TRUNCATE ON erased_requests
FOR EACH STATEMENT EXECUTE FUNCTION refuse('that something was erased is not deleted');
CREATE TRIGGER erased_results_fixed BEFORE UPDATE ON erased_results
FOR EACH ROW EXECUTE FUNCTION refuse('what is left of a document does not change');
CREATE TRIGGER erased_results_kept BEFORE DELETE OR TRUNCATE ON erased_results
FOR EACH STATEMENT EXECUTE FUNCTION refuse('what is left of a document is not deleted');
CREATE TRIGGER erased_consents_fixed BEFORE UPDATE ON erased_consents
FOR EACH ROW EXECUTE FUNCTION refuse('what is left of a consent does not change');
CREATE TRIGGER erased_consents_kept BEFORE DELETE OR TRUNCATE ON erased_consents
FOR EACH STATEMENT EXECUTE FUNCTION refuse('what is left of a consent is not deleted');

-- What was not to be deleted is deleted with an erased request, and not otherwise: the first argument is the reason.
CREATE FUNCTION kept_unless_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM erased_requests WHERE number = OLD.number) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, TG_ARGV[0]);
    END IF;
    RETURN OLD;
END $$;
CREATE FUNCTION kept_unless_request_erased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM erased_requests WHERE number = OLD.request) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, TG_ARGV[0]);
    END IF;
    RETURN OLD;
END $$;
CREATE FUNCTION sealed_documents_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM erased_requests AS erased
        JOIN results AS result ON result.request = erased.number WHERE result.id = OLD.result) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, TG_ARGV[0]);
    END IF;
    RETURN OLD;
END $$;
CREATE FUNCTION recourse_steps_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM erased_requests AS erased
        JOIN recourses AS one ON one.request = erased.number WHERE one.number = OLD.recourse) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, TG_ARGV[0]);
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER signed_requests_kept ON signed_requests;
CREATE TRIGGER signed_requests_kept BEFORE DELETE ON signed_requests
FOR EACH ROW EXECUTE FUNCTION kept_unless_erased('what was signed is not deleted');
CREATE TRIGGER signed_requests_not_emptied BEFORE TRUNCATE ON signed_requests
FOR EACH STATEMENT EXECUTE FUNCTION refuse('what was signed is not deleted');
DROP TRIGGER consents_kept ON consents;
CREATE TRIGGER consents_kept BEFORE DELETE ON consents
FOR EACH ROW EXECUTE FUNCTION kept_unless_erased('a consent is not deleted');
CREATE TRIGGER consents_not_emptied BEFORE TRUNCATE ON consents
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a consent is not deleted');
DROP TRIGGER consent_withdrawals_kept ON consent_withdrawals;
CREATE TRIGGER consent_withdrawals_kept BEFORE DELETE ON consent_withdrawals
FOR EACH ROW EXECUTE FUNCTION kept_unless_erased('a withdrawal is not deleted');
CREATE TRIGGER consent_withdrawals_not_emptied BEFORE TRUNCATE ON consent_withdrawals
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a withdrawal is not deleted');
DROP TRIGGER decisions_kept ON decisions;
CREATE TRIGGER decisions_kept BEFORE DELETE ON decisions
FOR EACH ROW EXECUTE FUNCTION kept_unless_erased('a decision is not deleted');
CREATE TRIGGER decisions_not_emptied BEFORE TRUNCATE ON decisions
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a decision is not deleted');
DROP TRIGGER results_kept ON results;
CREATE TRIGGER results_kept BEFORE DELETE ON results
FOR EACH ROW EXECUTE FUNCTION kept_unless_request_erased('an answer is not deleted');
CREATE TRIGGER results_not_emptied BEFORE TRUNCATE ON results
FOR EACH STATEMENT EXECUTE FUNCTION refuse('an answer is not deleted');
DROP TRIGGER sealed_documents_kept ON sealed_documents;
CREATE TRIGGER sealed_documents_kept BEFORE DELETE ON sealed_documents
FOR EACH ROW EXECUTE FUNCTION sealed_documents_kept('sealed bytes are not deleted');
CREATE TRIGGER sealed_documents_not_emptied BEFORE TRUNCATE ON sealed_documents
FOR EACH STATEMENT EXECUTE FUNCTION refuse('sealed bytes are not deleted');
DROP TRIGGER notices_kept ON notices;
CREATE TRIGGER notices_kept BEFORE DELETE ON notices
FOR EACH ROW EXECUTE FUNCTION kept_unless_erased('a notice is not deleted');
CREATE TRIGGER notices_not_emptied BEFORE TRUNCATE ON notices
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a notice is not deleted');
DROP TRIGGER annulments_kept ON annulments;
CREATE TRIGGER annulments_kept BEFORE DELETE ON annulments
FOR EACH ROW EXECUTE FUNCTION kept_unless_request_erased('an annulment is not deleted');
CREATE TRIGGER annulments_not_emptied BEFORE TRUNCATE ON annulments
FOR EACH STATEMENT EXECUTE FUNCTION refuse('an annulment is not deleted');
DROP TRIGGER request_notes_kept ON request_notes;
CREATE TRIGGER request_notes_kept BEFORE DELETE ON request_notes
FOR EACH ROW EXECUTE FUNCTION kept_unless_request_erased('a note is not deleted');
CREATE TRIGGER request_notes_not_emptied BEFORE TRUNCATE ON request_notes
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a note is not deleted');
DROP TRIGGER recourses_kept ON recourses;
CREATE TRIGGER recourses_kept BEFORE DELETE ON recourses
FOR EACH ROW EXECUTE FUNCTION kept_unless_request_erased('a review or complaint is not deleted');
CREATE TRIGGER recourses_not_emptied BEFORE TRUNCATE ON recourses
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a review or complaint is not deleted');
DROP TRIGGER recourse_steps_kept ON recourse_steps;
CREATE TRIGGER recourse_steps_kept BEFORE DELETE ON recourse_steps
FOR EACH ROW EXECUTE FUNCTION recourse_steps_kept('a step is not deleted');
CREATE TRIGGER recourse_steps_not_emptied BEFORE TRUNCATE ON recourse_steps
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a step is not deleted');

-- Who asked and what was asked becomes empty then; everything else of an ended request stays as it is.
CREATE OR REPLACE FUNCTION requests_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.request = '' AND NEW.applicant = '' AND NEW.applicant_name = ''
        AND NEW.number = OLD.number AND NEW.accepted_at = OLD.accepted_at AND NEW.due_at = OLD.due_at
        AND NEW.channel = OLD.channel AND NEW.state = OLD.state AND NEW.step = OLD.step
        AND NEW.version = OLD.version AND NEW.ended_at IS NOT DISTINCT FROM OLD.ended_at
        AND EXISTS (SELECT 1 FROM erased_requests WHERE number = OLD.number) THEN
        RETURN NEW;
    END IF;
    IF OLD.step = 'issued' THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'an ended request does not change');
    END IF;
    IF NEW.version <> OLD.version + 1 THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'versions grow by one');
    END IF;
    IF NEW.number <> OLD.number OR NEW.applicant <> OLD.applicant OR NEW.request <> OLD.request
        OR NEW.applicant_name <> OLD.applicant_name OR NEW.channel <> OLD.channel
        OR NEW.accepted_at <> OLD.accepted_at OR NEW.due_at <> OLD.due_at THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'what was asked does not change');
    END IF;
    IF NEW.step <> OLD.step AND (OLD.step, NEW.step) NOT IN (
        ('registered', 'decided'), ('decided', 'intended'), ('intended', 'issued')) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'steps follow one another');
    END IF;
    RETURN NEW;
END $$;

-- A row about an erased request loses whose data it was about and the digest of what is gone, and nothing else.
DROP TRIGGER audit_fixed ON audit;
CREATE FUNCTION audit_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (NEW.subject = '' AND NEW.evidence = '' AND NEW.sequence = OLD.sequence
        AND NEW.at_ms = OLD.at_ms AND NEW.actor = OLD.actor AND NEW.action = OLD.action
        AND NEW.request = OLD.request AND NEW.detail = OLD.detail AND NEW.hash = OLD.hash
        AND EXISTS (SELECT 1 FROM erased_requests
            WHERE number = OLD.request AND certificate > OLD.sequence)) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'the journal does not change');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit
FOR EACH ROW EXECUTE FUNCTION audit_fixed();

-- A number is never used again: whoever draws an erased one draws another.
CREATE FUNCTION results_never_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM erased_results WHERE number = NEW.number) THEN
        PERFORM refuse_as('results_number', TG_TABLE_NAME, 'results.number');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER results_never_again BEFORE INSERT ON results
FOR EACH ROW EXECUTE FUNCTION results_never_again();
CREATE FUNCTION recourse_steps_never_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM erased_results WHERE number = NEW.answer_number) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER recourse_steps_never_again BEFORE INSERT ON recourse_steps
FOR EACH ROW WHEN (NEW.answer_number IS NOT NULL) EXECUTE FUNCTION recourse_steps_never_again();
