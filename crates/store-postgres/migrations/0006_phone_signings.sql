-- Signings by telephone: one-time invitations to sign a draft or a sign-in challenge, and what became of them. Rows go
-- when they are kept no longer. A program that does not know them has no part in them.
CREATE TABLE phone_signings (
    link TEXT COLLATE "C" NOT NULL,
    challenge TEXT COLLATE "C" NOT NULL,
    signer TEXT,
    auth TEXT NOT NULL,
    method TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    kept_until BIGINT NOT NULL,
    accepted TEXT,
    signature BYTEA,
    refusal TEXT,
    CONSTRAINT phone_signings_pk PRIMARY KEY (link),
    CONSTRAINT phone_signings_signature_accepted CHECK (signature IS NULL OR accepted IS NOT NULL)
);
CREATE INDEX phone_signings_by_end ON phone_signings (kept_until);

CREATE TRIGGER phone_signings_accept_once BEFORE UPDATE ON phone_signings
FOR EACH ROW WHEN (OLD.accepted IS NOT NULL)
EXECUTE FUNCTION refuse('what was signed by telephone does not change');
