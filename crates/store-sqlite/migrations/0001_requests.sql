-- Sign-in, drafts, requests, jobs, results and the journal.
-- Moments are epoch milliseconds. What may never happen is forbidden here, not only in the program.

CREATE TABLE challenges (
    id TEXT NOT NULL,
    document BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    CONSTRAINT challenges_pk PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX challenges_by_end ON challenges (expires_at);

CREATE TABLE sessions (
    token TEXT NOT NULL,
    iin TEXT NOT NULL,
    name TEXT NOT NULL,
    signed_in_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    CONSTRAINT sessions_pk PRIMARY KEY (token)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE requests (
    number TEXT NOT NULL,
    applicant TEXT NOT NULL,
    applicant_name TEXT NOT NULL,
    request TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    step TEXT NOT NULL,
    version INTEGER NOT NULL,
    ended_at INTEGER,
    CONSTRAINT requests_pk PRIMARY KEY (number),
    CONSTRAINT requests_channel CHECK (channel IN ('portal', 'api')),
    CONSTRAINT requests_state CHECK (state IN (
        'accepted', 'checking', 'waiting_for_consent', 'waiting_for_data_bank', 'granted', 'refused')),
    CONSTRAINT requests_step CHECK (step IN ('registered', 'decided', 'intended', 'issued')),
    CONSTRAINT requests_end CHECK (
        (step = 'issued') = (state IN ('granted', 'refused')) AND (step = 'issued') = (ended_at IS NOT NULL)),
    CONSTRAINT requests_version CHECK (version >= 1),
    CONSTRAINT requests_term CHECK (due_at >= accepted_at)
) STRICT;
-- A person has at most one request that is not answered yet.
CREATE UNIQUE INDEX requests_one_open ON requests (applicant) WHERE ended_at IS NULL;
CREATE INDEX requests_by_applicant ON requests (applicant, accepted_at);

CREATE TABLE drafts (
    challenge TEXT NOT NULL,
    applicant TEXT NOT NULL,
    request TEXT NOT NULL,
    consents TEXT NOT NULL,
    document BLOB NOT NULL,
    prepared_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    became TEXT,
    CONSTRAINT drafts_pk PRIMARY KEY (challenge),
    CONSTRAINT drafts_became_request FOREIGN KEY (became) REFERENCES requests (number)
) STRICT;
CREATE INDEX drafts_by_end ON drafts (expires_at) WHERE became IS NULL;
CREATE UNIQUE INDEX drafts_one_request ON drafts (became) WHERE became IS NOT NULL;

CREATE TABLE idempotency_keys (
    applicant TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    body_digest TEXT NOT NULL,
    number TEXT NOT NULL,
    CONSTRAINT idempotency_keys_pk PRIMARY KEY (applicant, idempotency_key),
    CONSTRAINT idempotency_keys_request FOREIGN KEY (number) REFERENCES requests (number)
) STRICT, WITHOUT ROWID;

-- What was signed and how the signature was judged.
CREATE TABLE signed_requests (
    number TEXT NOT NULL,
    document BLOB NOT NULL,
    cms BLOB NOT NULL,
    signature_evidence TEXT NOT NULL,
    CONSTRAINT signed_requests_pk PRIMARY KEY (number),
    CONSTRAINT signed_requests_request FOREIGN KEY (number) REFERENCES requests (number)
) STRICT;

CREATE TABLE consents (
    number TEXT NOT NULL,
    place INTEGER NOT NULL,
    kind TEXT NOT NULL,
    decision TEXT NOT NULL,
    text_version TEXT NOT NULL,
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    CONSTRAINT consents_pk PRIMARY KEY (number, kind),
    CONSTRAINT consents_request FOREIGN KEY (number) REFERENCES requests (number),
    CONSTRAINT consents_kind CHECK (kind IN ('restricted_data', 'protected_secret')),
    CONSTRAINT consents_decision CHECK (decision IN ('given', 'refused'))
) STRICT;

-- The work on a request that has no answer yet; the row is removed with the answer.
CREATE TABLE jobs (
    number TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    leased_until INTEGER,
    fence INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT jobs_pk PRIMARY KEY (number),
    CONSTRAINT jobs_request FOREIGN KEY (number) REFERENCES requests (number)
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_by_turn ON jobs (run_at, number);

-- The decision with all its evidence, as JSON.
CREATE TABLE decisions (
    number TEXT NOT NULL,
    decision TEXT NOT NULL,
    CONSTRAINT decisions_pk PRIMARY KEY (number),
    CONSTRAINT decisions_request FOREIGN KEY (number) REFERENCES requests (number)
) STRICT;

CREATE TABLE results (
    id TEXT NOT NULL,
    request TEXT NOT NULL,
    place INTEGER NOT NULL,
    ward_key TEXT NOT NULL,
    ward_id TEXT,
    token TEXT NOT NULL,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    content TEXT NOT NULL,
    digest TEXT,
    CONSTRAINT results_pk PRIMARY KEY (id),
    CONSTRAINT results_request FOREIGN KEY (request) REFERENCES requests (number),
    CONSTRAINT results_one_per_ward UNIQUE (request, ward_key),
    CONSTRAINT results_number UNIQUE (number),
    CONSTRAINT results_token UNIQUE (token),
    CONSTRAINT results_kind CHECK (kind IN ('certificate', 'refusal'))
) STRICT;
CREATE INDEX results_by_digest ON results (digest) WHERE digest IS NOT NULL;

CREATE TABLE unsealed_documents (
    result TEXT NOT NULL,
    bytes BLOB NOT NULL,
    CONSTRAINT unsealed_documents_pk PRIMARY KEY (result),
    CONSTRAINT unsealed_documents_result FOREIGN KEY (result) REFERENCES results (id)
) STRICT;

CREATE TABLE sealed_documents (
    result TEXT NOT NULL,
    bytes BLOB NOT NULL,
    CONSTRAINT sealed_documents_pk PRIMARY KEY (result),
    CONSTRAINT sealed_documents_result FOREIGN KEY (result) REFERENCES results (id)
) STRICT;

CREATE TABLE audit (
    sequence INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    request TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT audit_pk PRIMARY KEY (sequence)
) STRICT;
CREATE INDEX audit_by_request ON audit (request, sequence) WHERE request <> '';
CREATE INDEX audit_by_subject ON audit (subject, sequence) WHERE subject <> '';

-- Written by the health check, to see whether the store can write.
CREATE TABLE health (
    id INTEGER NOT NULL,
    writes INTEGER NOT NULL,
    CONSTRAINT health_pk PRIMARY KEY (id),
    CONSTRAINT health_one_row CHECK (id = 1)
) STRICT;
INSERT INTO health (id, writes) VALUES (1, 0);

-- A request goes forward only, one version at a time, and what was asked never changes.
CREATE TRIGGER requests_forward BEFORE UPDATE ON requests BEGIN
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
CREATE TRIGGER requests_decided BEFORE UPDATE ON requests
WHEN OLD.step = 'registered' AND NEW.step = 'decided' BEGIN
    SELECT RAISE(ABORT, 'requests_decided: no decision')
    WHERE NOT EXISTS (SELECT 1 FROM decisions WHERE number = NEW.number);
    SELECT RAISE(ABORT, 'requests_decided: no answer planned')
    WHERE NOT EXISTS (SELECT 1 FROM results WHERE request = NEW.number);
END;
CREATE TRIGGER requests_intended BEFORE UPDATE ON requests
WHEN OLD.step = 'decided' AND NEW.step = 'intended' BEGIN
    SELECT RAISE(ABORT, 'requests_intended: a document is missing')
    WHERE EXISTS (SELECT 1 FROM results AS r WHERE r.request = NEW.number
        AND NOT EXISTS (SELECT 1 FROM unsealed_documents AS d WHERE d.result = r.id));
END;
CREATE TRIGGER requests_issued BEFORE UPDATE ON requests
WHEN OLD.step = 'intended' AND NEW.step = 'issued' BEGIN
    SELECT RAISE(ABORT, 'requests_issued: a sealed document is missing')
    WHERE EXISTS (SELECT 1 FROM results AS r WHERE r.request = NEW.number AND (r.digest IS NULL
        OR NOT EXISTS (SELECT 1 FROM sealed_documents AS d WHERE d.result = r.id)));
    SELECT RAISE(ABORT, 'requests_issued: granted means at least one certificate')
    WHERE (NEW.state = 'granted')
        <> EXISTS (SELECT 1 FROM results WHERE request = NEW.number AND kind = 'certificate');
END;
CREATE TRIGGER requests_kept BEFORE DELETE ON requests BEGIN
    SELECT RAISE(ABORT, 'requests_kept: requests are not deleted');
END;

CREATE TRIGGER drafts_used_once BEFORE UPDATE ON drafts WHEN OLD.became IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'drafts_used_once: a submitted draft does not change');
END;

CREATE TRIGGER signed_requests_fixed BEFORE UPDATE ON signed_requests BEGIN
    SELECT RAISE(ABORT, 'signed_requests_fixed: what was signed does not change');
END;
CREATE TRIGGER signed_requests_kept BEFORE DELETE ON signed_requests BEGIN
    SELECT RAISE(ABORT, 'signed_requests_kept: what was signed is not deleted');
END;
CREATE TRIGGER consents_fixed BEFORE UPDATE ON consents BEGIN
    SELECT RAISE(ABORT, 'consents_fixed: a consent does not change');
END;
CREATE TRIGGER consents_kept BEFORE DELETE ON consents BEGIN
    SELECT RAISE(ABORT, 'consents_kept: a consent is not deleted');
END;
CREATE TRIGGER decisions_fixed BEFORE UPDATE ON decisions BEGIN
    SELECT RAISE(ABORT, 'decisions_fixed: a decision does not change');
END;
CREATE TRIGGER decisions_kept BEFORE DELETE ON decisions BEGIN
    SELECT RAISE(ABORT, 'decisions_kept: a decision is not deleted');
END;

-- A request without an answer always has a job, so none is forgotten.
CREATE TRIGGER jobs_until_answered BEFORE DELETE ON jobs
WHEN (SELECT step FROM requests WHERE number = OLD.number) IS NOT 'issued' BEGIN
    SELECT RAISE(ABORT, 'jobs_until_answered: the request has no answer yet');
END;

-- The answers of a request are planned once, with its decision.
CREATE TRIGGER results_planned_once BEFORE INSERT ON results
WHEN (SELECT step FROM requests WHERE number = NEW.request) IS NOT 'registered' BEGIN
    SELECT RAISE(ABORT, 'results_planned_once: the request is decided already');
END;
CREATE TRIGGER results_fixed BEFORE UPDATE ON results
WHEN OLD.digest IS NOT NULL OR NEW.id <> OLD.id OR NEW.request <> OLD.request
    OR NEW.place <> OLD.place OR NEW.ward_key <> OLD.ward_key OR NEW.ward_id IS NOT OLD.ward_id
    OR NEW.token <> OLD.token OR NEW.number <> OLD.number OR NEW.kind <> OLD.kind
    OR NEW.content <> OLD.content BEGIN
    SELECT RAISE(ABORT, 'results_fixed: a planned answer only gains its digest');
END;
CREATE TRIGGER results_kept BEFORE DELETE ON results BEGIN
    SELECT RAISE(ABORT, 'results_kept: an answer is not deleted');
END;

-- Nothing is sealed that was not stored before, and the unsealed bytes go only when the sealed ones are there.
CREATE TRIGGER unsealed_documents_fixed BEFORE UPDATE ON unsealed_documents BEGIN
    SELECT RAISE(ABORT, 'unsealed_documents_fixed: stored bytes do not change');
END;
CREATE TRIGGER unsealed_documents_until_sealed BEFORE DELETE ON unsealed_documents
WHEN NOT EXISTS (SELECT 1 FROM sealed_documents WHERE result = OLD.result) BEGIN
    SELECT RAISE(ABORT, 'unsealed_documents_until_sealed: it is not sealed yet');
END;
CREATE TRIGGER sealed_documents_after_intent BEFORE INSERT ON sealed_documents
WHEN NOT EXISTS (SELECT 1 FROM unsealed_documents WHERE result = NEW.result) BEGIN
    SELECT RAISE(ABORT, 'sealed_documents_after_intent: nothing was stored to be sealed');
END;
CREATE TRIGGER sealed_documents_fixed BEFORE UPDATE ON sealed_documents BEGIN
    SELECT RAISE(ABORT, 'sealed_documents_fixed: sealed bytes do not change');
END;
CREATE TRIGGER sealed_documents_kept BEFORE DELETE ON sealed_documents BEGIN
    SELECT RAISE(ABORT, 'sealed_documents_kept: sealed bytes are not deleted');
END;

CREATE TRIGGER audit_without_gaps BEFORE INSERT ON audit
WHEN NEW.sequence IS NOT (SELECT COALESCE(MAX(sequence), 0) + 1 FROM audit) BEGIN
    SELECT RAISE(ABORT, 'audit_without_gaps: rows follow one another');
END;
CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit_fixed: the journal does not change');
END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'audit_kept: the journal is not deleted');
END;
