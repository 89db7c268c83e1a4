-- Answered requests that were erased when the time was over that the operator set: what is left of each, under a row of the
-- journal that vouches for it (its certificate). Nothing here is about anybody.
CREATE TABLE erased_requests (
    number TEXT NOT NULL,
    erased_at INTEGER NOT NULL,
    certificate INTEGER NOT NULL,
    CONSTRAINT erased_requests_pk PRIMARY KEY (number),
    CONSTRAINT erased_requests_request FOREIGN KEY (number) REFERENCES requests (number)
) STRICT, WITHOUT ROWID;
CREATE INDEX erased_requests_by_certificate ON erased_requests (certificate);

-- Their documents: whoever shows one is told that it was issued here and is no longer kept.
CREATE TABLE erased_results (
    number TEXT NOT NULL,
    request TEXT NOT NULL,
    kind TEXT NOT NULL,
    token_digest TEXT NOT NULL,
    file_digest TEXT NOT NULL,
    annulled_at INTEGER,
    CONSTRAINT erased_results_pk PRIMARY KEY (number),
    CONSTRAINT erased_results_request FOREIGN KEY (request) REFERENCES erased_requests (number),
    CONSTRAINT erased_results_token UNIQUE (token_digest),
    CONSTRAINT erased_results_kind CHECK (kind IN ('certificate', 'refusal', 'answer'))
) STRICT, WITHOUT ROWID;
CREATE INDEX erased_results_by_request ON erased_results (request);
CREATE INDEX erased_results_by_file ON erased_results (file_digest);

-- Their lines in the register of consents, without the person.
CREATE TABLE erased_consents (
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    decision TEXT NOT NULL,
    text_version TEXT NOT NULL,
    withdrawn_at INTEGER,
    CONSTRAINT erased_consents_pk PRIMARY KEY (number, kind),
    CONSTRAINT erased_consents_request FOREIGN KEY (number) REFERENCES erased_requests (number),
    CONSTRAINT erased_consents_kind CHECK (kind IN ('restricted_data', 'protected_secret')),
    CONSTRAINT erased_consents_decision CHECK (decision IN ('given', 'refused'))
) STRICT, WITHOUT ROWID;

-- Until when a request is not looked at again, because a certificate of its has not ended. No evidence: it follows from the
-- certificate.
CREATE TABLE erasure_waits (
    number TEXT NOT NULL,
    until INTEGER NOT NULL,
    CONSTRAINT erasure_waits_pk PRIMARY KEY (number),
    CONSTRAINT erasure_waits_request FOREIGN KEY (number) REFERENCES requests (number)
) STRICT, WITHOUT ROWID;

CREATE INDEX figures_synthetic_by_end ON figures (ended_at) WHERE ended_at IS NOT NULL AND synthetic = 1;
CREATE INDEX drafts_by_lead ON drafts (led_to) WHERE led_to IS NOT NULL;
CREATE INDEX portal_exchanges_by_request ON portal_exchanges (number) WHERE number IS NOT NULL;
CREATE INDEX caller_acts_by_request ON caller_acts (number) WHERE number IS NOT NULL;

-- A request is erased that was answered thirty days (2592000000 milliseconds) before its certificate or earlier, and of which
-- nothing is open.
CREATE TRIGGER erased_requests_over BEFORE INSERT ON erased_requests BEGIN
    SELECT RAISE(ABORT, 'erased_requests_over: no certificate says so')
    WHERE NOT EXISTS (SELECT 1 FROM audit WHERE sequence = NEW.certificate AND action = 'erased'
        AND evidence <> '' AND at_ms = NEW.erased_at);
    SELECT RAISE(ABORT, 'erased_requests_over: the request was not answered long enough ago')
    WHERE NOT EXISTS (SELECT 1 FROM requests WHERE number = NEW.number AND step = 'issued'
        AND ended_at < NEW.erased_at - 2592000000);
    SELECT RAISE(ABORT, 'erased_requests_over: something of the request is open')
    WHERE EXISTS (SELECT 1 FROM open_recourses AS open
            JOIN recourses AS one ON one.number = open.recourse WHERE one.request = NEW.number)
        OR EXISTS (SELECT 1 FROM annulments WHERE request = NEW.number AND outcome IS NULL)
        OR EXISTS (SELECT 1 FROM repair_requests WHERE number = NEW.number AND outcome IS NULL)
        OR EXISTS (SELECT 1 FROM portal_exchanges WHERE number = NEW.number AND closed_at IS NULL);
END;
CREATE TRIGGER erased_requests_fixed BEFORE UPDATE ON erased_requests BEGIN
    SELECT RAISE(ABORT, 'erased_requests_fixed: what was erased stays so');
END;
CREATE TRIGGER erased_requests_kept BEFORE DELETE ON erased_requests BEGIN
    SELECT RAISE(ABORT, 'erased_requests_kept: that something was erased is not deleted');
END;
CREATE TRIGGER erased_results_fixed BEFORE UPDATE ON erased_results BEGIN
    SELECT RAISE(ABORT, 'erased_results_fixed: what is left of a document does not change');
END;
CREATE TRIGGER erased_results_kept BEFORE DELETE ON erased_results BEGIN
    SELECT RAISE(ABORT, 'erased_results_kept: what is left of a document is not deleted');
END;
CREATE TRIGGER erased_consents_fixed BEFORE UPDATE ON erased_consents BEGIN
    SELECT RAISE(ABORT, 'erased_consents_fixed: what is left of a consent does not change');
END;
CREATE TRIGGER erased_consents_kept BEFORE DELETE ON erased_consents BEGIN
    SELECT RAISE(ABORT, 'erased_consents_kept: what is left of a consent is not deleted');
END;

-- What was not to be deleted is deleted with an erased request, and not otherwise.
DROP TRIGGER signed_requests_kept;
CREATE TRIGGER signed_requests_kept BEFORE DELETE ON signed_requests
WHEN NOT EXISTS (SELECT 1 FROM erased_requests WHERE number = OLD.number) BEGIN
    SELECT RAISE(ABORT, 'signed_requests_kept: what was signed is not deleted');
END;
DROP TRIGGER consents_kept;
CREATE TRIGGER consents_kept BEFORE DELETE ON consents
WHEN NOT EXISTS (SELECT 1 FROM erased_requests WHERE number = OLD.number) BEGIN
    SELECT RAISE(ABORT, 'consents_kept: a consent is not deleted');
END;
DROP TRIGGER consent_withdrawals_kept;
CREATE TRIGGER consent_withdrawals_kept BEFORE DELETE ON consent_withdrawals
WHEN NOT EXISTS (SELECT 1 FROM erased_requests WHERE number = OLD.number) BEGIN
    SELECT RAISE(ABORT, 'consent_withdrawals_kept: a withdrawal is not deleted');
END;
DROP TRIGGER decisions_kept;
CREATE TRIGGER decisions_kept BEFORE DELETE ON decisions
WHEN NOT EXISTS (SELECT 1 FROM erased_requests WHERE number = OLD.number) BEGIN
    SELECT RAISE(ABORT, 'decisions_kept: a decision is not deleted');
END;
DROP TRIGGER results_kept;
CREATE TRIGGER results_kept BEFORE DELETE ON results
WHEN NOT EXISTS (SELECT 1 FROM erased_requests WHERE number = OLD.request) BEGIN
    SELECT RAISE(ABORT, 'results_kept: an answer is not deleted');
END;
DROP TRIGGER sealed_documents_kept;
CREATE TRIGGER sealed_documents_kept BEFORE DELETE ON sealed_documents
WHEN NOT EXISTS (SELECT 1 FROM erased_requests AS erased
    JOIN results AS result ON result.request = erased.number WHERE result.id = OLD.result) BEGIN
    SELECT RAISE(ABORT, 'sealed_documents_kept: sealed bytes are not deleted');
END;
DROP TRIGGER notices_kept;
CREATE TRIGGER notices_kept BEFORE DELETE ON notices
WHEN NOT EXISTS (SELECT 1 FROM erased_requests WHERE number = OLD.number) BEGIN
    SELECT RAISE(ABORT, 'notices_kept: a notice is not deleted');
END;
DROP TRIGGER annulments_kept;
CREATE TRIGGER annulments_kept BEFORE DELETE ON annulments
WHEN NOT EXISTS (SELECT 1 FROM erased_requests WHERE number = OLD.request) BEGIN
    SELECT RAISE(ABORT, 'annulments_kept: an annulment is not deleted');
END;
DROP TRIGGER request_notes_kept;
CREATE TRIGGER request_notes_kept BEFORE DELETE ON request_notes
WHEN NOT EXISTS (SELECT 1 FROM erased_requests WHERE number = OLD.request) BEGIN
    SELECT RAISE(ABORT, 'request_notes_kept: a note is not deleted');
END;
DROP TRIGGER recourses_kept;
CREATE TRIGGER recourses_kept BEFORE DELETE ON recourses
WHEN NOT EXISTS (SELECT 1 FROM erased_requests WHERE number = OLD.request) BEGIN
    SELECT RAISE(ABORT, 'recourses_kept: a review or complaint is not deleted');
END;
DROP TRIGGER recourse_steps_kept;
CREATE TRIGGER recourse_steps_kept BEFORE DELETE ON recourse_steps
WHEN NOT EXISTS (SELECT 1 FROM erased_requests AS erased
    JOIN recourses AS one ON one.request = erased.number WHERE one.number = OLD.recourse) BEGIN
    SELECT RAISE(ABORT, 'recourse_steps_kept: a step is not deleted');
END;

-- Who asked and what was asked becomes empty then; everything else of an ended request stays as it is.
DROP TRIGGER requests_forward;
CREATE TRIGGER requests_forward BEFORE UPDATE ON requests
WHEN NOT (NEW.request = '' AND NEW.applicant = '' AND NEW.applicant_name = ''
    AND NEW.number = OLD.number AND NEW.accepted_at = OLD.accepted_at AND NEW.due_at = OLD.due_at
    AND NEW.channel = OLD.channel AND NEW.state = OLD.state AND NEW.step = OLD.step
    AND NEW.version = OLD.version AND NEW.ended_at IS OLD.ended_at
    AND EXISTS (SELECT 1 FROM erased_requests WHERE number = OLD.number)) BEGIN
    SELECT RAISE(ABORT, 'requests_forward: an ended request does not change') WHERE OLD.step = 'issued';
    SELECT RAISE(ABORT, 'requests_forward: versions grow by one') WHERE NEW.version <> OLD.version + 1;
    SELECT RAISE(ABORT, 'requests_forward: what was asked does not change')
    WHERE NEW.number <> OLD.number OR NEW.applicant <> OLD.applicant OR NEW.request <> OLD.request
        OR NEW.applicant_name <> OLD.applicant_name OR NEW.channel <> OLD.channel
        OR NEW.accepted_at <> OLD.accepted_at OR NEW.due_at <> OLD.due_at;
    SELECT RAISE(ABORT, 'requests_forward: steps follow one another')
    WHERE NEW.step <> OLD.step AND (OLD.step, NEW.step) NOT IN (
        VALUES ('registered', 'decided'), ('decided', 'intended'), ('intended', 'issued'));
END;

-- A row about an erased request loses whose data it was about and the digest of what is gone, and nothing else.
DROP TRIGGER audit_fixed;
CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit
WHEN NOT (NEW.subject = '' AND NEW.evidence = '' AND NEW.sequence = OLD.sequence
    AND NEW.at_ms = OLD.at_ms AND NEW.actor = OLD.actor AND NEW.action = OLD.action
    AND NEW.request = OLD.request AND NEW.detail = OLD.detail AND NEW.hash = OLD.hash
    AND EXISTS (SELECT 1 FROM erased_requests
        WHERE number = OLD.request AND certificate > OLD.sequence)) BEGIN
    SELECT RAISE(ABORT, 'audit_fixed: the journal does not change');
END;

-- A number is never used again: whoever draws an erased one draws another.
CREATE TRIGGER results_never_again BEFORE INSERT ON results
WHEN EXISTS (SELECT 1 FROM erased_results WHERE number = NEW.number) BEGIN
    SELECT RAISE(ABORT, 'results_never_again: results.number');
END;
CREATE TRIGGER recourse_steps_never_again BEFORE INSERT ON recourse_steps
WHEN NEW.answer_number IS NOT NULL
    AND EXISTS (SELECT 1 FROM erased_results WHERE number = NEW.answer_number) BEGIN
    SELECT RAISE(IGNORE);
END;
