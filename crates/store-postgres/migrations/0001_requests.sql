-- Sign-in, drafts, requests, jobs, results and the journal.
-- Moments are epoch milliseconds. What may never happen is forbidden here, not only in the program.
--
-- The twin of the SQLite schema: same tables, columns, constraints, triggers and messages. Texts that an index orders
-- are COLLATE "C": bytes order them on every machine, and no update of the system's locales damages an index.

CREATE TABLE challenges (
    id TEXT COLLATE "C" NOT NULL,
    document BYTEA NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT challenges_pk PRIMARY KEY (id)
);
CREATE INDEX challenges_by_end ON challenges (expires_at);

CREATE TABLE sessions (
    token TEXT COLLATE "C" NOT NULL,
    iin TEXT NOT NULL,
    name TEXT NOT NULL,
    signed_in_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT sessions_pk PRIMARY KEY (token)
);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE requests (
    number TEXT COLLATE "C" NOT NULL,
    applicant TEXT COLLATE "C" NOT NULL,
    applicant_name TEXT NOT NULL,
    request TEXT NOT NULL,
    accepted_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    channel TEXT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    step TEXT NOT NULL,
    version BIGINT NOT NULL,
    ended_at BIGINT,
    CONSTRAINT requests_pk PRIMARY KEY (number),
    CONSTRAINT requests_channel CHECK (channel IN ('portal', 'api')),
    CONSTRAINT requests_state CHECK (state IN (
        'accepted', 'checking', 'waiting_for_consent', 'waiting_for_data_bank', 'granted', 'refused')),
    CONSTRAINT requests_step CHECK (step IN ('registered', 'decided', 'intended', 'issued')),
    CONSTRAINT requests_end CHECK (
        (step = 'issued') = (state IN ('granted', 'refused')) AND (step = 'issued') = (ended_at IS NOT NULL)),
    CONSTRAINT requests_version CHECK (version >= 1),
    CONSTRAINT requests_term CHECK (due_at >= accepted_at)
) WITH (fillfactor = 80);
-- A person has at most one request that is not answered yet.
CREATE UNIQUE INDEX requests_one_open ON requests (applicant) WHERE ended_at IS NULL;
CREATE INDEX requests_by_applicant ON requests (applicant, accepted_at);

CREATE TABLE drafts (
    challenge TEXT COLLATE "C" NOT NULL,
    applicant TEXT NOT NULL,
    request TEXT NOT NULL,
    consents TEXT NOT NULL,
    document BYTEA NOT NULL,
    prepared_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    became TEXT COLLATE "C",
    CONSTRAINT drafts_pk PRIMARY KEY (challenge),
    CONSTRAINT drafts_became_request FOREIGN KEY (became) REFERENCES requests (number)
);
CREATE INDEX drafts_by_end ON drafts (expires_at) WHERE became IS NULL;
CREATE UNIQUE INDEX drafts_one_request ON drafts (became) WHERE became IS NOT NULL;

CREATE TABLE idempotency_keys (
    applicant TEXT COLLATE "C" NOT NULL,
    idempotency_key TEXT COLLATE "C" NOT NULL,
    body_digest TEXT NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    CONSTRAINT idempotency_keys_pk PRIMARY KEY (applicant, idempotency_key),
    CONSTRAINT idempotency_keys_request FOREIGN KEY (number) REFERENCES requests (number)
);

-- What was signed and how the signature was judged.
CREATE TABLE signed_requests (
    number TEXT COLLATE "C" NOT NULL,
    document BYTEA NOT NULL,
    cms BYTEA NOT NULL,
    signature_evidence TEXT NOT NULL,
    CONSTRAINT signed_requests_pk PRIMARY KEY (number),
    CONSTRAINT signed_requests_request FOREIGN KEY (number) REFERENCES requests (number)
);

CREATE TABLE consents (
    number TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    decision TEXT NOT NULL,
    text_version TEXT NOT NULL,
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    CONSTRAINT consents_pk PRIMARY KEY (number, kind),
    CONSTRAINT consents_request FOREIGN KEY (number) REFERENCES requests (number),
    CONSTRAINT consents_kind CHECK (kind IN ('restricted_data', 'protected_secret')),
    CONSTRAINT consents_decision CHECK (decision IN ('given', 'refused'))
);

-- The work on a request that has no answer yet; the row is removed with the answer.
CREATE TABLE jobs (
    number TEXT COLLATE "C" NOT NULL,
    run_at BIGINT NOT NULL,
    leased_until BIGINT,
    fence BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT jobs_pk PRIMARY KEY (number),
    CONSTRAINT jobs_request FOREIGN KEY (number) REFERENCES requests (number)
) WITH (fillfactor = 70);
CREATE INDEX jobs_by_turn ON jobs (run_at, number);

-- The decision with all its evidence, as JSON.
CREATE TABLE decisions (
    number TEXT COLLATE "C" NOT NULL,
    decision TEXT NOT NULL,
    CONSTRAINT decisions_pk PRIMARY KEY (number),
    CONSTRAINT decisions_request FOREIGN KEY (number) REFERENCES requests (number)
);

CREATE TABLE results (
    id TEXT COLLATE "C" NOT NULL,
    request TEXT COLLATE "C" NOT NULL,
    place BIGINT NOT NULL,
    ward_key TEXT COLLATE "C" NOT NULL,
    ward_id TEXT,
    token TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL,
    content TEXT NOT NULL,
    digest TEXT COLLATE "C",
    CONSTRAINT results_pk PRIMARY KEY (id),
    CONSTRAINT results_request FOREIGN KEY (request) REFERENCES requests (number),
    CONSTRAINT results_one_per_ward UNIQUE (request, ward_key),
    CONSTRAINT results_number UNIQUE (number),
    CONSTRAINT results_token UNIQUE (token),
    CONSTRAINT results_kind CHECK (kind IN ('certificate', 'refusal'))
);
CREATE INDEX results_by_digest ON results (digest) WHERE digest IS NOT NULL;

-- The bytes are PDF, compressed already: PostgreSQL's own try would cost time and win nothing.
CREATE TABLE unsealed_documents (
    result TEXT COLLATE "C" NOT NULL,
    bytes BYTEA NOT NULL,
    CONSTRAINT unsealed_documents_pk PRIMARY KEY (result),
    CONSTRAINT unsealed_documents_result FOREIGN KEY (result) REFERENCES results (id)
);
ALTER TABLE unsealed_documents ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE sealed_documents (
    result TEXT COLLATE "C" NOT NULL,
    bytes BYTEA NOT NULL,
    CONSTRAINT sealed_documents_pk PRIMARY KEY (result),
    CONSTRAINT sealed_documents_result FOREIGN KEY (result) REFERENCES results (id)
);
ALTER TABLE sealed_documents ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE audit (
    sequence BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    request TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    detail TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT audit_pk PRIMARY KEY (sequence)
);
CREATE INDEX audit_by_request ON audit (request, sequence) WHERE request <> '';
CREATE INDEX audit_by_subject ON audit (subject, sequence) WHERE subject <> '';

-- Written by the health check, to see whether the store can write.
CREATE TABLE health (
    id BIGINT NOT NULL,
    writes BIGINT NOT NULL,
    CONSTRAINT health_pk PRIMARY KEY (id),
    CONSTRAINT health_one_row CHECK (id = 1)
) WITH (fillfactor = 50);
INSERT INTO health (id, writes) VALUES (1, 0);

-- Refuses in the name of a trigger: the name stands in the error's constraint field too, where a program finds it.
CREATE FUNCTION refuse_as(trigger_name TEXT, table_name TEXT, reason TEXT) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: %', trigger_name, reason
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = trigger_name, TABLE = table_name;
END $$;

-- What every trigger does whose condition stands in its WHEN: the reason is its argument.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, TG_ARGV[0]);
    RETURN NULL;
END $$;

-- A request goes forward only, one version at a time, and what was asked never changes.
CREATE FUNCTION requests_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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
CREATE TRIGGER requests_forward BEFORE UPDATE ON requests
FOR EACH ROW EXECUTE FUNCTION requests_forward();

CREATE FUNCTION requests_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM decisions WHERE number = NEW.number) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'no decision');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM results WHERE request = NEW.number) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'no answer planned');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER requests_decided BEFORE UPDATE ON requests
FOR EACH ROW WHEN (OLD.step = 'registered' AND NEW.step = 'decided') EXECUTE FUNCTION requests_decided();

CREATE FUNCTION requests_intended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM results AS r WHERE r.request = NEW.number
        AND NOT EXISTS (SELECT 1 FROM unsealed_documents AS d WHERE d.result = r.id)) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'a document is missing');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER requests_intended BEFORE UPDATE ON requests
FOR EACH ROW WHEN (OLD.step = 'decided' AND NEW.step = 'intended') EXECUTE FUNCTION requests_intended();

CREATE FUNCTION requests_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM results AS r WHERE r.request = NEW.number AND (r.digest IS NULL
        OR NOT EXISTS (SELECT 1 FROM sealed_documents AS d WHERE d.result = r.id))) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'a sealed document is missing');
    END IF;
    IF (NEW.state = 'granted')
        <> EXISTS (SELECT 1 FROM results WHERE request = NEW.number AND kind = 'certificate') THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'granted means at least one certificate');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER requests_issued BEFORE UPDATE ON requests
FOR EACH ROW WHEN (OLD.step = 'intended' AND NEW.step = 'issued') EXECUTE FUNCTION requests_issued();

-- TRUNCATE passes triggers on rows by, so what is kept is kept by triggers on statements.
CREATE TRIGGER requests_kept BEFORE DELETE OR TRUNCATE ON requests
FOR EACH STATEMENT EXECUTE FUNCTION refuse('requests are not deleted');

CREATE TRIGGER drafts_used_once BEFORE UPDATE ON drafts
FOR EACH ROW WHEN (OLD.became IS NOT NULL) EXECUTE FUNCTION refuse('a submitted draft does not change');

CREATE TRIGGER signed_requests_fixed BEFORE UPDATE ON signed_requests
FOR EACH ROW EXECUTE FUNCTION refuse('what was signed does not change');
CREATE TRIGGER signed_requests_kept BEFORE DELETE OR TRUNCATE ON signed_requests
FOR EACH STATEMENT EXECUTE FUNCTION refuse('what was signed is not deleted');
CREATE TRIGGER consents_fixed BEFORE UPDATE ON consents
FOR EACH ROW EXECUTE FUNCTION refuse('a consent does not change');
CREATE TRIGGER consents_kept BEFORE DELETE OR TRUNCATE ON consents
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a consent is not deleted');
CREATE TRIGGER decisions_fixed BEFORE UPDATE ON decisions
FOR EACH ROW EXECUTE FUNCTION refuse('a decision does not change');
CREATE TRIGGER decisions_kept BEFORE DELETE OR TRUNCATE ON decisions
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a decision is not deleted');

-- A request without an answer always has a job, so none is forgotten.
CREATE FUNCTION jobs_until_answered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT step FROM requests WHERE number = OLD.number) IS DISTINCT FROM 'issued' THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'the request has no answer yet');
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER jobs_until_answered BEFORE DELETE ON jobs
FOR EACH ROW EXECUTE FUNCTION jobs_until_answered();
CREATE TRIGGER jobs_not_emptied BEFORE TRUNCATE ON jobs
FOR EACH STATEMENT EXECUTE FUNCTION refuse('requests without answer would be forgotten');

-- The answers of a request are planned once, with its decision.
CREATE FUNCTION results_planned_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT step FROM requests WHERE number = NEW.request) IS DISTINCT FROM 'registered' THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'the request is decided already');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER results_planned_once BEFORE INSERT ON results
FOR EACH ROW EXECUTE FUNCTION results_planned_once();
CREATE TRIGGER results_fixed BEFORE UPDATE ON results
FOR EACH ROW WHEN (OLD.digest IS NOT NULL OR NEW.id <> OLD.id OR NEW.request <> OLD.request
    OR NEW.place <> OLD.place OR NEW.ward_key <> OLD.ward_key
    OR NEW.ward_id IS DISTINCT FROM OLD.ward_id
    OR NEW.token <> OLD.token OR NEW.number <> OLD.number OR NEW.kind <> OLD.kind
    OR NEW.content <> OLD.content)
EXECUTE FUNCTION refuse('a planned answer only gains its digest');
CREATE TRIGGER results_kept BEFORE DELETE OR TRUNCATE ON results
FOR EACH STATEMENT EXECUTE FUNCTION refuse('an answer is not deleted');

-- Nothing is sealed that was not stored before, and the unsealed bytes go only when the sealed ones are there.
CREATE TRIGGER unsealed_documents_fixed BEFORE UPDATE ON unsealed_documents
FOR EACH ROW EXECUTE FUNCTION refuse('stored bytes do not change');
CREATE FUNCTION unsealed_documents_until_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM sealed_documents WHERE result = OLD.result) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'it is not sealed yet');
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER unsealed_documents_until_sealed BEFORE DELETE ON unsealed_documents
FOR EACH ROW EXECUTE FUNCTION unsealed_documents_until_sealed();
CREATE TRIGGER unsealed_documents_not_emptied BEFORE TRUNCATE ON unsealed_documents
FOR EACH STATEMENT EXECUTE FUNCTION refuse('documents not sealed yet would be lost');
CREATE FUNCTION sealed_documents_after_intent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM unsealed_documents WHERE result = NEW.result) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'nothing was stored to be sealed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sealed_documents_after_intent BEFORE INSERT ON sealed_documents
FOR EACH ROW EXECUTE FUNCTION sealed_documents_after_intent();
CREATE TRIGGER sealed_documents_fixed BEFORE UPDATE ON sealed_documents
FOR EACH ROW EXECUTE FUNCTION refuse('sealed bytes do not change');
CREATE TRIGGER sealed_documents_kept BEFORE DELETE OR TRUNCATE ON sealed_documents
FOR EACH STATEMENT EXECUTE FUNCTION refuse('sealed bytes are not deleted');

CREATE FUNCTION audit_without_gaps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sequence <> (SELECT COALESCE(MAX(sequence), 0) + 1 FROM audit) THEN
        PERFORM refuse_as(TG_NAME, TG_TABLE_NAME, 'rows follow one another');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_without_gaps BEFORE INSERT ON audit
FOR EACH ROW EXECUTE FUNCTION audit_without_gaps();
CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit
FOR EACH ROW EXECUTE FUNCTION refuse('the journal does not change');
CREATE TRIGGER audit_kept BEFORE DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse('the journal is not deleted');
