-- Requests that come over the portal of the e-government are a channel of their own. SQLite has no statement for another
-- condition of a table: its text is written anew, which changes nothing of what is stored, and read again.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, 'CHECK (channel IN (''portal'', ''api''))', 'CHECK (channel IN (''portal'', ''api'', ''egov_portal''))')
WHERE type = 'table' AND name = 'requests';
PRAGMA writable_schema = RESET;

-- Exchanges with the portal: what came, which request it led to, and how far the portal was told of it. No evidence; the
-- signature is kept until somebody could judge it, and no longer. A program that does not know them has no part in them.
CREATE TABLE portal_exchanges (
    external_id TEXT NOT NULL,
    external_chain TEXT NOT NULL,
    chain TEXT NOT NULL,
    message TEXT NOT NULL,
    applicant TEXT NOT NULL,
    body_digest TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    signature BLOB,
    number TEXT,
    fault TEXT,
    told TEXT NOT NULL DEFAULT '',
    told_version INTEGER NOT NULL DEFAULT 0,
    overdue_told_at INTEGER,
    last_message TEXT,
    delivery TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    leased_until INTEGER,
    fence INTEGER NOT NULL DEFAULT 0,
    closed_at INTEGER,
    CONSTRAINT portal_exchanges_pk PRIMARY KEY (external_id),
    CONSTRAINT portal_exchanges_request FOREIGN KEY (number) REFERENCES requests (number),
    CONSTRAINT portal_exchanges_judged CHECK (
        (signature IS NULL) = (number IS NOT NULL OR fault IS NOT NULL)),
    CONSTRAINT portal_exchanges_one_end CHECK (number IS NULL OR fault IS NULL)
) STRICT;
CREATE INDEX portal_exchanges_open ON portal_exchanges (next_at) WHERE closed_at IS NULL;
CREATE INDEX portal_exchanges_by_message ON portal_exchanges (last_message) WHERE last_message IS NOT NULL;
