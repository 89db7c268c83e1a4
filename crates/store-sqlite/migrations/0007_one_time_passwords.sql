-- One-time passwords by SMS. A password is kept as its salted hash, bound to a person, a purpose and the digest of the very
-- bytes it confirms; it is used once. Rows live an hour, so long as they count for how many are sent; they are in no
-- archive.
CREATE TABLE one_time_passwords (
    id TEXT NOT NULL,
    iin TEXT NOT NULL,
    phone TEXT NOT NULL,
    purpose TEXT NOT NULL,
    document TEXT NOT NULL,
    salt TEXT NOT NULL,
    hash TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    forget_at INTEGER NOT NULL,
    counts INTEGER NOT NULL,
    used_at INTEGER,
    CONSTRAINT one_time_passwords_pk PRIMARY KEY (id),
    CONSTRAINT one_time_passwords_purpose CHECK (purpose IN ('request', 'sign_in')),
    CONSTRAINT one_time_passwords_counts CHECK (counts IN (0, 1)),
    CONSTRAINT one_time_passwords_order CHECK (sent_at < expires_at AND expires_at <= forget_at)
) STRICT;
CREATE INDEX one_time_passwords_by_person ON one_time_passwords (iin, sent_at);
CREATE INDEX one_time_passwords_by_phone ON one_time_passwords (phone, sent_at);
CREATE INDEX one_time_passwords_by_end ON one_time_passwords (forget_at);

CREATE TRIGGER one_time_passwords_used_once BEFORE UPDATE ON one_time_passwords
WHEN OLD.used_at IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'one_time_passwords_used_once: a used password does not change');
END;
CREATE TRIGGER one_time_passwords_bound BEFORE UPDATE ON one_time_passwords
WHEN NEW.id <> OLD.id OR NEW.iin <> OLD.iin OR NEW.phone <> OLD.phone OR NEW.purpose <> OLD.purpose
    OR NEW.document <> OLD.document OR NEW.salt <> OLD.salt OR NEW.hash <> OLD.hash
    OR NEW.sent_at <> OLD.sent_at OR NEW.expires_at <> OLD.expires_at BEGIN
    SELECT RAISE(ABORT, 'one_time_passwords_bound: a password stays what it is');
END;

-- Wrong tries, which count for a quarter of an hour.
CREATE TABLE one_time_password_tries (
    id TEXT NOT NULL,
    iin TEXT NOT NULL,
    phone TEXT NOT NULL,
    at INTEGER NOT NULL,
    forget_at INTEGER NOT NULL,
    CONSTRAINT one_time_password_tries_pk PRIMARY KEY (id)
) STRICT;
CREATE INDEX one_time_password_tries_by_person ON one_time_password_tries (iin, at);
CREATE INDEX one_time_password_tries_by_phone ON one_time_password_tries (phone, at);
CREATE INDEX one_time_password_tries_by_end ON one_time_password_tries (forget_at);

-- Whose signature was good and who is asked for a password yet.
CREATE TABLE pending_sign_ins (
    id TEXT NOT NULL,
    iin TEXT NOT NULL,
    name TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    CONSTRAINT pending_sign_ins_pk PRIMARY KEY (id)
) STRICT;
CREATE INDEX pending_sign_ins_by_end ON pending_sign_ins (expires_at);
