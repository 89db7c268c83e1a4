-- Signings by telephone: one-time invitations to sign a draft or a sign-in challenge, and what became of them. Rows go
-- when they are kept no longer. A program that does not know them has no part in them.
CREATE TABLE phone_signings (
    link TEXT NOT NULL,
    challenge TEXT NOT NULL,
    signer TEXT,
    auth TEXT NOT NULL,
    method TEXT NOT NULL,
    begun_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    kept_until INTEGER NOT NULL,
    accepted TEXT,
    signature BLOB,
    refusal TEXT,
    CONSTRAINT phone_signings_pk PRIMARY KEY (link),
    CONSTRAINT phone_signings_signature_accepted CHECK (signature IS NULL OR accepted IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX phone_signings_by_end ON phone_signings (kept_until);

CREATE TRIGGER phone_signings_accept_once BEFORE UPDATE ON phone_signings WHEN OLD.accepted IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'phone_signings_accept_once: what was signed by telephone does not change');
END;
