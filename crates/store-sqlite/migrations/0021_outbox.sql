-- Messages to be sent of notices: numbers of requests, kinds and moments, nothing about a person. They follow from the journal,
-- behind whose row the cursor stands; what was told before this program came is not told again.
CREATE TABLE outbox (
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    occasion INTEGER NOT NULL,
    channel TEXT NOT NULL,
    noticed_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    leased_until INTEGER,
    fence INTEGER NOT NULL DEFAULT 0,
    ended_at INTEGER,
    outcome TEXT,
    CONSTRAINT outbox_pk PRIMARY KEY (number, kind, occasion, channel),
    CONSTRAINT outbox_channel CHECK (channel IN ('sms', 'email')),
    CONSTRAINT outbox_outcome CHECK (outcome IN ('taken', 'refused', 'no_address', 'given_up')),
    CONSTRAINT outbox_end CHECK ((ended_at IS NULL) = (outcome IS NULL))
) STRICT;
CREATE INDEX outbox_by_turn ON outbox (channel, next_at) WHERE ended_at IS NULL;
CREATE INDEX outbox_by_age ON outbox (noticed_at);

CREATE TABLE outbox_cursor (
    id INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    CONSTRAINT outbox_cursor_pk PRIMARY KEY (id),
    CONSTRAINT outbox_cursor_one_row CHECK (id = 1)
) STRICT;
INSERT INTO outbox_cursor (id, sequence) SELECT 1, sequence FROM journal_head;

-- Addresses that people left for notices and confirmed, and codes on their way to one. Apart from requests; each row is its
-- person's to remove.
CREATE TABLE email_addresses (
    iin TEXT NOT NULL,
    address TEXT NOT NULL,
    confirmed_at INTEGER NOT NULL,
    CONSTRAINT email_addresses_pk PRIMARY KEY (iin)
) STRICT;

CREATE TABLE email_codes (
    id TEXT NOT NULL,
    iin TEXT NOT NULL,
    address TEXT NOT NULL,
    salt TEXT NOT NULL,
    hash TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    wrong INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT email_codes_pk PRIMARY KEY (id)
) STRICT;
CREATE INDEX email_codes_by_person ON email_codes (iin, sent_at);
CREATE INDEX email_codes_by_age ON email_codes (sent_at);
