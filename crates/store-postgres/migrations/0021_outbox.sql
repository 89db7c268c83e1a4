-- Messages to be sent of notices: numbers of requests, kinds and moments, nothing about a person. They follow from the journal,
-- behind whose row the cursor stands; what was told before this program came is not told again.
CREATE TABLE outbox (
    number TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    occasion BIGINT NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    noticed_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    leased_until BIGINT,
    fence BIGINT NOT NULL DEFAULT 0,
    ended_at BIGINT,
    outcome TEXT,
    CONSTRAINT outbox_pk PRIMARY KEY (number, kind, occasion, channel),
    CONSTRAINT outbox_channel CHECK (channel IN ('sms', 'email')),
    CONSTRAINT outbox_outcome CHECK (outcome IN ('taken', 'refused', 'no_address', 'given_up')),
    CONSTRAINT outbox_end CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX outbox_by_turn ON outbox (channel, next_at) WHERE ended_at IS NULL;
CREATE INDEX outbox_by_age ON outbox (noticed_at);

CREATE TABLE outbox_cursor (
    id BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    CONSTRAINT outbox_cursor_pk PRIMARY KEY (id),
    CONSTRAINT outbox_cursor_one_row CHECK (id = 1)
);
INSERT INTO outbox_cursor (id, sequence) SELECT 1, sequence FROM journal_head;

-- Addresses that people left for notices and confirmed, and codes on their way to one. Apart from requests; each row is its
-- person's to remove.
CREATE TABLE email_addresses (
    iin TEXT COLLATE "C" NOT NULL,
    address TEXT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    CONSTRAINT email_addresses_pk PRIMARY KEY (iin)
);

CREATE TABLE email_codes (
    id TEXT COLLATE "C" NOT NULL,
    iin TEXT COLLATE "C" NOT NULL,
    address TEXT NOT NULL,
    salt TEXT NOT NULL,
    hash TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    wrong BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT email_codes_pk PRIMARY KEY (id)
);
CREATE INDEX email_codes_by_person ON email_codes (iin, sent_at);
CREATE INDEX email_codes_by_age ON email_codes (sent_at);
