-- One-time passwords by SMS. A password is kept as its salted hash, bound to a person, a purpose and the digest of the very
-- bytes it confirms; it is used once. Rows live an hour, so long as they count for how many are sent; they are in no
-- archive.
CREATE TABLE one_time_passwords (
    id TEXT COLLATE "C" NOT NULL,
    iin TEXT COLLATE "C" NOT NULL,
    phone TEXT COLLATE "C" NOT NULL,
    purpose TEXT NOT NULL,
    document TEXT NOT NULL,
    salt TEXT NOT NULL,
    hash TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    forget_at BIGINT NOT NULL,
    counts BIGINT NOT NULL,
    used_at BIGINT,
    CONSTRAINT one_time_passwords_pk PRIMARY KEY (id),
    CONSTRAINT one_time_passwords_purpose CHECK (purpose IN ('request', 'sign_in')),
    CONSTRAINT one_time_passwords_counts CHECK (counts IN (0, 1)),
    CONSTRAINT one_time_passwords_order CHECK (sent_at < expires_at AND expires_at <= forget_at)
);
CREATE INDEX one_time_passwords_by_person ON one_time_passwords (iin, sent_at);
CREATE INDEX one_time_passwords_by_phone ON one_time_passwords (phone, sent_at);
CREATE INDEX one_time_passwords_by_end ON one_time_passwords (forget_at);

CREATE TRIGGER one_time_passwords_used_once BEFORE UPDATE ON one_time_passwords
FOR EACH ROW WHEN (OLD.used_at IS NOT NULL) EXECUTE FUNCTION refuse('a used password does not change');
CREATE TRIGGER one_time_passwords_bound BEFORE UPDATE ON one_time_passwords
FOR EACH ROW WHEN (
    (NEW.id, NEW.iin, NEW.phone, NEW.purpose, NEW.document, NEW.salt, NEW.hash, NEW.sent_at, NEW.expires_at)
    IS DISTINCT FROM
    (OLD.id, OLD.iin, OLD.phone, OLD.purpose, OLD.document, OLD.salt, OLD.hash, OLD.sent_at, OLD.expires_at))
EXECUTE FUNCTION refuse('a password stays what it is');

-- Wrong tries, which count for a quarter of an hour.
CREATE TABLE one_time_password_tries (
    id TEXT COLLATE "C" NOT NULL,
    iin TEXT COLLATE "C" NOT NULL,
    phone TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    forget_at BIGINT NOT NULL,
    CONSTRAINT one_time_password_tries_pk PRIMARY KEY (id)
);
CREATE INDEX one_time_password_tries_by_person ON one_time_password_tries (iin, at);
CREATE INDEX one_time_password_tries_by_phone ON one_time_password_tries (phone, at);
CREATE INDEX one_time_password_tries_by_end ON one_time_password_tries (forget_at);

-- Whose signature was good and who is asked for a password yet.
CREATE TABLE pending_sign_ins (
    id TEXT COLLATE "C" NOT NULL,
    iin TEXT NOT NULL,
    name TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT pending_sign_ins_pk PRIMARY KEY (id)
);
CREATE INDEX pending_sign_ins_by_end ON pending_sign_ins (expires_at);
