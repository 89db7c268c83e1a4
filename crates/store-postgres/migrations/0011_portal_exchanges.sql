-- Requests that come over the portal of the e-government are a channel of their own.
ALTER TABLE requests DROP CONSTRAINT requests_channel;
ALTER TABLE requests ADD CONSTRAINT requests_channel CHECK (channel IN ('portal', 'api', 'egov_portal')) NOT VALID;
ALTER TABLE requests VALIDATE CONSTRAINT requests_channel;

-- Exchanges with the portal: what came, which request it led to, and how far the portal was told of it. No evidence; the
-- signature is kept until somebody could judge it, and no longer. A program that does not know them has no part in them.
CREATE TABLE portal_exchanges (
    external_id TEXT COLLATE "C" NOT NULL,
    external_chain TEXT NOT NULL,
    chain TEXT NOT NULL,
    message TEXT NOT NULL,
    applicant TEXT NOT NULL,
    body_digest TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    signature BYTEA,
    number TEXT COLLATE "C",
    fault TEXT,
    told TEXT NOT NULL DEFAULT '',
    told_version BIGINT NOT NULL DEFAULT 0,
    overdue_told_at BIGINT,
    last_message TEXT COLLATE "C",
    delivery TEXT,
    attempts BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    leased_until BIGINT,
    fence BIGINT NOT NULL DEFAULT 0,
    closed_at BIGINT,
    CONSTRAINT portal_exchanges_pk PRIMARY KEY (external_id),
    CONSTRAINT portal_exchanges_request FOREIGN KEY (number) REFERENCES requests (number),
    CONSTRAINT portal_exchanges_judged CHECK (
        (signature IS NULL) = (number IS NOT NULL OR fault IS NOT NULL)),
    CONSTRAINT portal_exchanges_one_end CHECK (number IS NULL OR fault IS NULL)
);
CREATE INDEX portal_exchanges_open ON portal_exchanges (next_at) WHERE closed_at IS NULL;
CREATE INDEX portal_exchanges_by_message ON portal_exchanges (last_message) WHERE last_message IS NOT NULL;
