-- Consent under Article 8: its eight items as data and by what the state confirmed it, its withdrawal, and what is asked of
-- the state's control of access to personal data before a request is registered.

-- JSON; empty in rows from before.
ALTER TABLE consents ADD COLUMN items TEXT NOT NULL DEFAULT '';
ALTER TABLE consents ADD COLUMN confirmation TEXT NOT NULL DEFAULT '';

CREATE TABLE consent_withdrawals (
    number TEXT COLLATE "C" NOT NULL,
    at_ms BIGINT NOT NULL,
    channel TEXT NOT NULL,
    CONSTRAINT consent_withdrawals_pk PRIMARY KEY (number),
    CONSTRAINT consent_withdrawals_request FOREIGN KEY (number) REFERENCES requests (number)
);
CREATE TRIGGER consent_withdrawals_fixed BEFORE UPDATE ON consent_withdrawals
FOR EACH ROW EXECUTE FUNCTION refuse('a withdrawal does not change');
CREATE TRIGGER consent_withdrawals_kept BEFORE DELETE OR TRUNCATE ON consent_withdrawals
FOR EACH STATEMENT EXECUTE FUNCTION refuse('a withdrawal is not deleted');

-- A question to a person who answers by telephone. Rows live a day; they are in no archive. The token and its key are what
-- the sources want to see, and secret.
CREATE TABLE consent_askings (
    id TEXT COLLATE "C" NOT NULL,
    challenge TEXT COLLATE "C" NOT NULL,
    iin TEXT COLLATE "C" NOT NULL,
    asked_at BIGINT NOT NULL,
    until BIGINT NOT NULL,
    run_at BIGINT NOT NULL,
    exchanges BIGINT NOT NULL DEFAULT 0,
    heard TEXT NOT NULL DEFAULT '',
    outcome TEXT,
    answered_at BIGINT,
    token TEXT,
    public_key TEXT,
    valid_until BIGINT,
    forget_at BIGINT NOT NULL,
    CONSTRAINT consent_askings_pk PRIMARY KEY (id),
    CONSTRAINT consent_askings_heard CHECK (heard IN ('', 'pending', 'silent')),
    CONSTRAINT consent_askings_outcome CHECK (
        outcome IN ('given', 'refused', 'no_answer', 'unavailable')),
    CONSTRAINT consent_askings_answered CHECK ((outcome IS NULL) = (answered_at IS NULL)),
    CONSTRAINT consent_askings_proof CHECK (token IS NULL OR outcome = 'given'),
    CONSTRAINT consent_askings_order CHECK (asked_at < until AND until <= forget_at)
);
CREATE UNIQUE INDEX consent_askings_one_open ON consent_askings (challenge) WHERE outcome IS NULL;
CREATE INDEX consent_askings_by_challenge ON consent_askings (challenge, asked_at);
CREATE INDEX consent_askings_by_person ON consent_askings (iin, asked_at);
CREATE INDEX consent_askings_by_end ON consent_askings (forget_at);
CREATE TRIGGER consent_askings_answered_once BEFORE UPDATE ON consent_askings
FOR EACH ROW WHEN (OLD.outcome IS NOT NULL AND (
    (NEW.outcome, NEW.answered_at) IS DISTINCT FROM (OLD.outcome, OLD.answered_at)
    OR NEW.token IS NOT NULL AND NEW.token IS DISTINCT FROM OLD.token))
EXECUTE FUNCTION refuse('an answer only loses its token');
